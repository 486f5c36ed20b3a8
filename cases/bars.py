"""What closes rows about a young person whatever is granted (`[bars]`), and the conditions on a case (`[conditions]`).

Every model that hangs on a case or a person takes both from here, so each is written in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from access.actor import Actor
from cases.models import (
    Case,
    Conflict,
    Consent,
    ConsentEvent,
    MeetingCallEnd,
    NamedAccess,
    Person,
    ReceiverConflict,
)
from cases.models.case import ENDED_STAGES, LAPSING_STAGES, OPEN_STAGES
from cases.rules.protection import for_the_named

Asked = Mapping[str, Callable[[Actor], Q]]
NEVER = Q(pk__in=())


def hidden_persons(actor: Actor) -> QuerySet[Person]:
    """The protected persons for whom this membership is not named."""
    return Person.objects.filter(_hidden(actor))


def _hidden(actor: Actor) -> Q:
    """Of a person's own row."""
    today = timezone.localdate()
    named = NamedAccess.objects.in_force(today).filter(
        membership_id=actor.member, person_id=OuterRef("pk")
    )
    return Q(protection__in=for_the_named(today)) & Q(~Exists(named))


def conflicts_of(actor: Actor) -> QuerySet[Conflict]:
    """What this user, in any of their memberships here, is not to handle."""
    return Conflict.objects.filter(about_user=actor.user, ended_at__isnull=True)


def bars_on_case(reference: str) -> Asked:
    """`reference` is the row's column that holds the case's id; a row without a case is not closed."""
    # A value and no join: PostgreSQL plans it in half the time, and planning is most of what a bar costs.
    cases = Case.objects.filter(pk=OuterRef(OuterRef(reference)))
    person = Subquery(cases.order_by().values("person_id"))

    def conflict(actor: Actor) -> Q:
        return Q(Exists(conflicts_of(actor).filter(person_id=person)))

    def protected(actor: Actor) -> Q:
        return Q(Exists(hidden_persons(actor).filter(pk=person)))

    return {"conflict": conflict, "protected": protected}


def bars_on_person(*references: str) -> Asked:
    """`references` are the row's columns that hold a person's id, or "pk" of a person: closed where any of them is."""

    def conflict(actor: Actor) -> Q:
        barred = Q()
        for reference in references:
            barred |= Q(Exists(conflicts_of(actor).filter(person_id=OuterRef(reference))))
        return barred

    def protected(actor: Actor) -> Q:
        barred = Q()
        for reference in references:
            elsewhere = Q(Exists(hidden_persons(actor).filter(pk=OuterRef(reference))))
            barred |= _hidden(actor) if reference == "pk" else elsewhere
        return barred

    return {"conflict": conflict, "protected": protected}


def bars_on_concern() -> Asked:
    """A concern that nobody has taken can be one that the actor is not to handle; a taken one is barred as its case."""
    of_case = bars_on_case("case_id")

    def conflict(actor: Actor) -> Q:
        mine = Exists(conflicts_of(actor).filter(concern_id=OuterRef("pk")))
        return Q(mine) | of_case["conflict"](actor)

    return {"conflict": conflict, "protected": of_case["protected"]}


def bars_on_received(reference: str, column: str = "pk") -> Asked:
    """Of what was handed over: nobody here knows whom it is about, so the receiver has said it of the row itself.

    `reference` is the column of ReceiverConflict that holds what the row's `column` holds.
    """

    def conflict(actor: Actor) -> Q:
        mine = ReceiverConflict.objects.filter(about_user=actor.user, ended_at__isnull=True)
        return Q(Exists(mine.filter(**{reference: OuterRef(column)})))

    return {"conflict": conflict, "protected": lambda _actor: NEVER}


# What the actor wrote or was given and that hangs on neither a case nor a person here.
NO_BARS: Asked = {"conflict": lambda _actor: NEVER, "protected": lambda _actor: NEVER}


def conditions_on_case(reference: str) -> Asked:
    """`reference` as in `bars_on_case`, e.g. "case_id", "consent__case_id", or "pk" of a case."""
    stage = "stage__in" if reference == "pk" else f"{reference.removesuffix('_id')}__stage__in"

    def open_case(_actor: Actor) -> Q:
        """As `case_stop.stage_on`: closed from the midnight on which the last consent ended, noted or not."""
        return open_on(timezone.localdate())

    # The same for everybody all day, and asked several times for each page.
    @lru_cache(maxsize=2)
    def open_on(today: date) -> Q:
        waiting = Q(**{stage: OPEN_STAGES - LAPSING_STAGES})
        given = ConsentEvent.objects.filter(
            kind=ConsentEvent.Kind.GIVEN, consent__case_id=OuterRef(reference)
        )
        held = Consent.objects.in_force(today).filter(case_id=OuterRef(reference))
        goes_on = Q(**{stage: LAPSING_STAGES}) & (~Exists(given) | Exists(held))
        return waiting | goes_on

    def going(_actor: Actor) -> Q:
        return ~Q(**{stage: ENDED_STAGES})

    def consent(_actor: Actor) -> Q:
        given = Consent.objects.in_force(timezone.localdate())
        return Q(Exists(given.filter(case_id=OuterRef(reference))))

    return {"open_case": open_case, "going": going, "consent": consent}


def _rests_on_consent(_actor: Actor) -> Q:
    return Q(basis__startswith="SAMTYCKE")


def _call_goes_on(_actor: Actor) -> Q:
    """The host ends a call in the transaction in which the consent that it rested on ends."""
    return ~Q(Exists(MeetingCallEnd.objects.filter(call_id=OuterRef("pk"))))


CALL: Asked = {"consent": _call_goes_on}

# A release is reached only while it is live (`relations.recipient`); these say what it rests on.
BASIS: Asked = {
    "consent": _rests_on_consent,
    "law": lambda actor: ~_rests_on_consent(actor),
}

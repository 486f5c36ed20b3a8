"""How an actor can relate to the rows of `cases`: each function gives what must hold of a row, in SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from access.actor import Actor
from cases.models import (
    Assignment,
    ConcernState,
    ReleaseEnd,
    ReleaseReader,
    RequestDeputy,
    RequestState,
)

EVERY = Q(pk__isnull=False)

# Field group → the releases that need it: one kind of information each (law/information_kind.toml).
RELEASED_KINDS: Mapping[str, Q] = {
    f"release_{kind}": Q(kind=kind)
    for kind in (
        *("contact", "social", "school", "psychosocial", "medical", "police", "leisure"),
        *("meeting", "plan", "conversation", "follow_up"),
    )
} | {"release_full_name": Q(full_name=True), "release_first_name": Q(full_name=False)}


def works_on(lookup: str, reference: str, *, of_unit: bool = False) -> Callable[[Actor], Q]:
    """The actor (or somebody of the unit the actor leads) has an assignment in force.

    `lookup` goes from Assignment to the row's column `reference`.
    """

    def condition(actor: Actor) -> Q:
        today = timezone.localdate()
        who = {"membership__unit_id": actor.unit} if of_unit else {"membership_id": actor.member}
        works = Assignment.objects.in_force(today).filter(**who, **{lookup: OuterRef(reference)})
        return Q(Exists(works))

    return condition


def works_on_both(one: str, other: str) -> Callable[[Actor], Q]:
    """The actor works with both persons of a pair, each in a case of their own."""
    first, second = works_on("case__person_id", one), works_on("case__person_id", other)
    return lambda actor: first(actor) & second(actor)


def author(actor: Actor) -> Q:
    return Q(membership_id=actor.member)


def principal(actor: Actor) -> Q:
    return Q(unit_id=actor.unit)


def in_my_unit(actor: Actor) -> Q:
    """Whether the unit is one that receives such rows was decided when the row was written."""
    return Q(unit_id=actor.unit)


def author_of_report(actor: Actor) -> Q:
    return Q(report__membership_id=actor.member)


def principal_of_report(actor: Actor) -> Q:
    return Q(report__unit_id=actor.unit)


def decider(actor: Actor) -> Q:
    """The unit's own, in the role that the routing gave when the question came."""
    return Q(unit_id=actor.unit, decider_role=actor.role)


def deputy(actor: Actor) -> Q:
    """Named for that unit today: what waits, and what one has decided oneself."""
    named = RequestDeputy.objects.in_force(timezone.localdate()).filter(
        membership_id=actor.member, unit_id=OuterRef("unit_id")
    )
    mine = Q(state=RequestState.WAITING) | Q(decided_by_id=actor.member)
    return Q(Exists(named)) & mine


def asker(actor: Actor) -> Q:
    return Q(receipt__membership_id=actor.member)


def untaken(actor: Actor) -> Q:
    return Q(state=ConcernState.NEW)


def recipient(actor: Actor) -> Q:
    """Named, still within its time, and not ended: asked anew in every request."""
    named = ReleaseReader.objects.filter(release_id=OuterRef("pk"), membership_id=actor.member)
    ended = ReleaseEnd.objects.filter(release_id=OuterRef("pk"))
    return Q(Exists(named)) & ~Q(Exists(ended)) & Q(until__gte=timezone.localdate())


def shared_by(
    author: str, on_case: Mapping[str, Callable[[Actor], Q]]
) -> dict[str, Callable[[Actor], Q]]:
    """Of what a case shares: who works on it. Of what a unit without a case shares: its author, and who leads the unit.

    `author` is the column that holds the author's membership.
    """

    def of_unit(actor: Actor) -> Q:
        return Q(case__isnull=True, unit_id=actor.unit)

    return {
        **on_case,
        "unit_manager": lambda actor: on_case["unit_manager"](actor) | of_unit(actor),
        "principal": of_unit,
        "author": lambda actor: Q(**{"case__isnull": True, author: actor.member}),
    }


def called(actor: Actor) -> Q:
    """Called to a meeting that has not been yet; whether the call still rests on a consent: `bars.CALL`."""
    return Q(membership_id=actor.member, until__gte=timezone.localdate())


def unsettled(condition: Callable[[Actor], Q]) -> Callable[[Actor], Q]:
    return lambda actor: condition(actor) & Q(settled_at__isnull=True)


def kept(condition: Callable[[Actor], Q]) -> Callable[[Actor], Q]:
    return lambda actor: condition(actor) & Q(removed_at__isnull=True)


def case_of(row: Any) -> tuple[UUID | None, str]:
    return (row.case_id, row.case.number) if row.case_id else (None, "")

"""Triage of a concern by the coordinator: take, decline with reason, or join with a person this agency knows.

A hit that the actor may not see takes exactly the way of no hit: a new person without index, and a match
task for those who may see both (design §4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from access import door
from access.actor import Actor
from access.models import Agency, Membership
from access.policy import Action
from access.request_transaction import record
from cases.models import (
    Assignment,
    Case,
    Concern,
    ConcernState,
    Person,
    Protection,
    Stage,
)
from cases.rules.identity_number import IdentityNumber
from cases.rules.numbers import draw_number
from cases.rules.protection import level
from cases.services.follow_up import plan_first
from cases.services.host import demand_host
from cases.services.identifier import add_identifier
from cases.services.protection import carry_over, must_be_enough, name_all
from cases.services.search import find_people, note_search
from crypto.keys import Scope, data_key, new_data_key
from crypto.seal import seal
from reminders.services import finish

ASSIGNMENT_LASTS = timedelta(days=365)
AT_TRIAGE = "Utsedd när orossignalen togs emot."


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the young person is, as the coordinator knows it; the number may be missing."""

    name: str
    birth_date: str
    number: IdentityNumber | None
    protection: Protection = Protection.NONE

    def __repr__(self) -> str:
        return "Identity(‹förseglat›)"


class AlreadyDecided(Exception):
    """Somebody else has taken or declined the concern meanwhile."""


def known_person(*, actor: Actor, number: IdentityNumber | None) -> Person | None:
    """The person this agency knows under that number, if the actor may see it. One search event either way."""
    if number is None:
        note_search(actor, "")
        return None
    return (
        door.visible(actor, Person)
        .filter(pk__in=find_people(actor, number), merged_into__isnull=True)
        .order_by("created_at", "id")
        .first()
    )


def take_concern(
    *,
    actor: Actor,
    concern: Concern,
    identity: Identity,
    join: Person | None,
    now: datetime,
    named: Sequence[Membership] = (),
) -> Case:
    """Opens a case, or joins the concern to the person's open case.

    named: who may see a protected person besides the actor. Raises AlreadyDecided, TooFewNamed, ManagerNotNamed.
    """
    _claim(actor, concern)
    today = now.date()
    case = _open_case_of(actor, join) if join else None
    if case is None:
        person = join or register_person(actor=actor, identity=identity, now=now)
        if join is None and level(identity.protection, today).named_only:
            _name(actor, person, identity, named, now)
        case = open_case(actor=actor, person=person, now=now, today=today)
    carry_over(concern=concern, case=case)
    concern.state = ConcernState.TAKEN
    concern.case = case
    _decide(actor, concern, now)
    record(
        "concern.take",
        object_type="cases.concern",
        object_id=concern.id,
        case=(case.id, case.number),
    )
    return case


def _name(
    actor: Actor, person: Person, identity: Identity, named: Sequence[Membership], now: datetime
) -> None:
    """The one who takes the concern and those chosen, from the start: the case is never without its people."""
    mine = Membership.objects.get(pk=actor.member)
    people = [mine, *(one for one in named if one.id != mine.id)]
    must_be_enough(level(identity.protection, now.date()), people, today=now.date())
    name_all(actor=actor, person=person, named=people, reason=AT_TRIAGE, now=now)
    record("person.protect", object_type="cases.person", object_id=person.id)


def decline_concern(*, actor: Actor, concern: Concern, reason: str, now: datetime) -> None:
    """Not for SSPF. The reason is sealed with the concern; the sender learns nothing of it."""
    _claim(actor, concern)
    key = data_key(
        municipality_id=concern.municipality_id,
        agency_id=concern.agency_id,
        scope=Scope.CONCERN,
        scope_id=concern.id,
    )
    concern.decision = seal(reason, key=key, field="cases.concern.decision", row_id=concern.id)
    concern.state = ConcernState.DECLINED
    _decide(actor, concern, now)
    record("concern.decline", object_type="cases.concern", object_id=concern.id)


def register_person(*, actor: Actor, identity: Identity, now: datetime) -> Person:
    """A new person here. An index that is taken, seen or unseen, ends in the same way: NULL and a match task."""
    person_id = uuid4()
    key = new_data_key(
        municipality_id=actor.municipality_id,
        agency_id=actor.agency_id,
        scope=Scope.PERSON,
        scope_id=person_id,
    )
    place = {"municipality_id": actor.municipality_id, "agency_id": actor.agency_id}
    person = Person.objects.create(
        id=person_id,
        **place,
        name=seal(identity.name, key=key, field="cases.person.name", row_id=person_id),
        birth_date=seal(
            identity.birth_date, key=key, field="cases.person.birth_date", row_id=person_id
        ),
        protection=identity.protection,
        created_at=now,
    )
    if identity.number is not None:
        add_identifier(actor=actor, person=person, key=key, number=identity.number, now=now)
    return person


def open_case(*, actor: Actor, person: Person, now: datetime, today: date) -> Case:
    """A new case, led by the actor. Raises HostClosed where the agency may hold none."""
    demand_host(Agency.objects.get(pk=actor.agency_id), today)
    place = {"municipality_id": actor.municipality_id, "agency_id": actor.agency_id}
    case = Case.objects.create(
        id=uuid4(),
        **place,
        number=draw_number("S", today),
        person=person,
        stage=Stage.NEW,
        opened_at=now,
    )
    new_data_key(**place, scope=Scope.CASE, scope_id=case.id)
    assign(case=case, membership_id=actor.member, lead=True, today=today)
    plan_first(case=case, responsible=actor.member, today=today, now=now)
    record("case.open", object_type="cases.case", object_id=case.id, case=(case.id, case.number))
    return case


def assign(
    *, case: Case, membership_id: UUID, lead: bool, today: date, until: date | None = None
) -> Assignment:
    """Puts a membership of the case's own agency on the case, until that day or the membership ends."""
    membership = Membership.objects.get(pk=membership_id, agency_id=case.agency_id)
    record(
        "case.assign",
        object_type="access.membership",
        object_id=membership.id,
        case=(case.id, case.number),
    )
    return Assignment.objects.create(
        municipality_id=case.municipality_id,
        agency_id=case.agency_id,
        case=case,
        membership=membership,
        lead=lead,
        starts_on=today,
        ends_on=min(until or today + ASSIGNMENT_LASTS, membership.ends_on),
    )


def _claim(actor: Actor, concern: Concern) -> None:
    """Two coordinators at once: the row lock lets the first through and tells the second."""
    locked = Concern.objects.select_for_update().get(pk=concern.pk)
    if locked.state != ConcernState.NEW:
        raise AlreadyDecided
    door.demand(actor, concern, "concern", Action.DECIDE)


def _decide(actor: Actor, concern: Concern, now: datetime) -> None:
    concern.decided_at = now
    concern.decided_by_id = actor.membership_id
    concern.save(update_fields=["state", "case", "decision", "decided_at", "decided_by"])
    finish(kind="concern_unanswered", subject_id=concern.id)


def _open_case_of(actor: Actor, person: Person) -> Case | None:
    return (
        door.visible(actor, Case)
        .filter(person=person)
        .exclude(stage__in=(Stage.CLOSED, Stage.DECLINED))
        .first()
    )

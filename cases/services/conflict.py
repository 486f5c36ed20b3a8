"""Conflict of interest (jäv): declared, closed at once, with every duty handed to somebody else first."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from uuid import UUID, uuid4

from access import door
from access.actor import Actor
from access.models import Membership, PartitionModel, Role
from access.policy import Action
from access.request_transaction import record
from cases.models import Assignment, Case, Concern, Conflict, ConflictKind, NamedAccess
from cases.services.about import pass_on_what_is_barred
from cases.services.acting import acting_membership
from cases.services.assignment import LEADERS, leave_to, people_on
from cases.services.protection import may_work_with
from cases.services.triage import assign
from crypto.keys import Scope, data_key
from crypto.seal import seal
from crypto.sealed import Sealed
from reminders.services import NoOpenDeadline, reassign
from reminders.working_days import local_date


class SuccessorNeeded(Exception):
    """The one who declares leads a case; somebody else must lead it first."""


class OnlyTheManager(Exception):
    """Somebody else's conflict of interest is registered by the manager."""


def leads_any(case: Case, membership: Membership, *, today: date) -> bool:
    return any(
        one.lead and one.membership.user_id == membership.user_id
        for of_person in _cases_of(case)
        for one in people_on(of_person, today=today)
    )


def successors(case: Case, leaving: Membership, *, today: date) -> list[Membership]:
    """Who can lead instead: those who may lead, whom nothing keeps out; the managers where there is nobody."""
    held = (
        Membership.objects.in_force(today)
        .filter(agency_id=case.agency_id)
        .exclude(user_id=leaving.user_id)
        .select_related("user", "unit")
        .order_by("user__name", "role")
    )
    able = may_work_with(case.person, held.filter(role__in=LEADERS), today=today)
    return able or may_work_with(case.person, held.filter(role=Role.MANAGER), today=today)


def declare(
    *,
    actor: Actor,
    case: Case,
    membership: Membership,
    kind: ConflictKind,
    reason: str,
    successor: Membership | None,
    now: datetime,
) -> None:
    """From the next request the case does not exist for the one concerned, in any role of theirs here.

    By the one concerned or a manager. Raises OnlyTheManager, SuccessorNeeded.
    """
    door.demand(actor, case, "conflict", Action.CREATE)
    if membership.user_id != actor.user_id and not door.may(actor, case, "conflict", Action.DECIDE):
        raise OnlyTheManager
    today = local_date(now)
    Case.objects.select_for_update().get(pk=case.pk)
    for of_person in _cases_of(case):
        _leave(of_person, membership, successor, today=today, now=now)
    NamedAccess.objects.filter(
        person_id=case.person_id, membership__user_id=membership.user_id, ended_at__isnull=True
    ).update(ended_at=now)
    held = Conflict.objects.filter(
        person_id=case.person_id, about_user=membership.user_id, ended_at__isnull=True
    )
    if not held.exists():
        row_id = uuid4()
        _create(
            case,
            row_id,
            actor=actor,
            membership=membership,
            kind=kind,
            now=now,
            person_id=case.person_id,
            reason=_sealed(case, Scope.PERSON, case.person_id, row_id, reason),
        )
    pass_on_what_is_barred(case.person, today=today)
    record(
        "conflict.declare",
        object_type="access.membership",
        object_id=membership.id,
        case=(case.id, case.number),
        basis=kind.value,
    )


def declare_on_concern(
    *, actor: Actor, concern: Concern, kind: ConflictKind, reason: str, now: datetime
) -> None:
    """A concern that nobody has taken passes to another coordinator, or to a manager where there is none."""
    door.demand(actor, concern, "conflict", Action.CREATE)
    locked = Concern.objects.select_for_update().get(pk=concern.pk)
    held = Conflict.objects.filter(concern=concern, about_user=actor.user, ended_at__isnull=True)
    if not held.exists():
        row_id = uuid4()
        _create(
            concern,
            row_id,
            actor=actor,
            membership=Membership.objects.get(pk=acting_membership(actor)),
            kind=kind,
            now=now,
            concern_id=concern.id,
            reason=_sealed(concern, Scope.CONCERN, concern.id, row_id, reason),
        )
    heir = _heir(locked, actor, today=local_date(now))
    if heir is not None:
        with suppress(NoOpenDeadline):
            reassign(kind="concern_unanswered", subject_id=concern.id, responsible=heir.id)
    record(
        "conflict.declare_concern",
        object_type="cases.concern",
        object_id=concern.id,
        basis=kind.value,
    )


def note_same_surname(actor: Actor, case: Case, name: str) -> None:
    """A namesake is no conflict of interest; the log review gets to see that the case was opened."""
    mine, theirs = actor.name.split(), name.split()
    if mine and theirs and mine[-1].casefold() == theirs[-1].casefold():
        record(
            "person.same_surname",
            object_type="cases.person",
            object_id=case.person_id,
            case=(case.id, case.number),
        )


def leave_what_is_barred(*, actor: Actor, case: Case, now: datetime) -> None:
    """After a concern was joined to a known person: whom its conflicts of interest close the case for leave it.

    The one who joined them leads where they led, and takes over what they were to do.
    """
    today = local_date(now)
    barred = set(
        Conflict.objects.filter(person_id=case.person_id, ended_at__isnull=True).values_list(
            "about_user", flat=True
        )
    )
    successor = Membership.objects.get(pk=acting_membership(actor))
    for of_person in _cases_of(case):
        for one in people_on(of_person, today=today):
            if one.membership.user_id in barred:
                _leave(of_person, one.membership, successor, today=today, now=now)


def end_conflict(*, actor: Actor, case: Case, conflict_id: UUID, now: datetime) -> None:
    """By the manager, where it was a mistake or has passed. It gives back no assignment."""
    conflict = door.open_one(actor, Conflict, conflict_id, lock=True)
    door.demand(actor, conflict, "conflict", Action.DECIDE)
    if conflict.ended_at is not None or conflict.person_id != case.person_id:
        return
    conflict.ended_at, conflict.ended_by_id = now, acting_membership(actor)
    conflict.save(update_fields=["ended_at", "ended_by"])
    record(
        "conflict.end",
        object_type="access.membership",
        object_id=conflict.membership_id,
        case=(case.id, case.number),
    )


def _cases_of(case: Case) -> list[Case]:
    return list(Case.objects.filter(person_id=case.person_id))


def _leave(
    case: Case, leaving: Membership, successor: Membership | None, *, today: date, now: datetime
) -> None:
    """Ends the leaving user's work on the case; a lead is followed by `successor`."""
    held = people_on(case, today=today)
    mine = [one for one in held if one.membership.user_id == leaving.user_id]
    if not mine:
        return
    heir = next((one for one in held if one.lead and one not in mine), None)
    if any(one.lead for one in mine):
        if successor is None or successor.user_id == leaving.user_id:
            raise SuccessorNeeded
        heir = _put_in_lead(case, held, successor, today=today)
    for one in mine:
        if heir is not None:
            leave_to(case, leaving=one.membership_id, to=heir.membership_id, now=now)
        one.lead, one.ended_at = False, now
        one.save(update_fields=["lead", "ended_at"])


def _put_in_lead(
    case: Case, held: list[Assignment], successor: Membership, *, today: date
) -> Assignment:
    known = next((one for one in held if one.membership_id == successor.id), None)
    if known is None:
        return assign(case=case, membership_id=successor.id, lead=True, today=today)
    known.lead = True
    known.save(update_fields=["lead"])
    return known


def _heir(concern: Concern, actor: Actor, *, today: date) -> Membership | None:
    barred = Conflict.objects.filter(concern=concern, ended_at__isnull=True)
    others = (
        Membership.objects.in_force(today)
        .filter(agency_id=concern.agency_id)
        .exclude(user_id=actor.user)
        .exclude(user_id__in=barred.values("about_user"))
        .order_by("starts_on", "id")
    )
    return others.filter(role=Role.COORDINATOR).first() or others.filter(role=Role.MANAGER).first()


def _create(
    place: PartitionModel,
    row_id: UUID,
    *,
    actor: Actor,
    membership: Membership,
    kind: ConflictKind,
    now: datetime,
    reason: Sealed,
    person_id: UUID | None = None,
    concern_id: UUID | None = None,
) -> None:
    Conflict.objects.create(
        id=row_id,
        municipality_id=place.municipality_id,
        agency_id=place.agency_id,
        about_user=membership.user_id,
        membership=membership,
        person_id=person_id,
        concern_id=concern_id,
        kind=kind,
        reason=reason,
        registered_by_id=acting_membership(actor),
        registered_at=now,
    )


def _sealed(
    place: PartitionModel, scope: Scope, scope_id: UUID, row_id: UUID, reason: str
) -> Sealed:
    key = data_key(
        municipality_id=place.municipality_id,
        agency_id=place.agency_id,
        scope=scope,
        scope_id=scope_id,
    )
    return seal(reason, key=key, field="cases.conflict.reason", row_id=row_id)

"""Setting the level of protection: raising holds at once and says who loses access; lowering needs a second person."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from access import door
from access.actor import Actor
from access.models import Membership, Role
from access.policy import Action
from access.request_transaction import record
from cases.models import (
    Assignment,
    Case,
    NamedAccess,
    Person,
    Protection,
    ProtectionChange,
    ProtectionState,
)
from cases.rules.protection import level, lowers
from cases.services.about import pass_on_what_is_barred
from cases.services.acting import acting_membership
from cases.services.assignment import leave_to, people_on
from cases.services.protected_elsewhere import close_elsewhere
from cases.services.protection import (
    must_be_enough,
    name_all,
    name_one,
    nameable,
    named_for,
)
from cases.services.refusals import ChangedMeanwhile
from crypto.keys import Scope, data_key
from crypto.seal import seal
from reminders.working_days import local_date


class NotRaised(Exception):
    """The level is the one there is, or a lower one."""


class OwnPerson(Exception):
    """The level is given to a new person only, who is linked to nobody."""


class LeadNotNamed(Exception):
    """The one who leads the case would lose it, and nobody would answer for it."""


class SamePerson(Exception):
    """The one who proposed it cannot approve it."""


class OnlyTheManager(Exception):
    """A named manager decides who is named."""


def losing(case: Case, named: Collection[UUID], *, now: datetime) -> list[Assignment]:
    """Those who work on the case now and would not be named."""
    today = local_date(now)
    return [one for one in people_on(case, today=today) if one.membership_id not in named]


def raise_level(
    *,
    actor: Actor,
    case: Case,
    to: Protection,
    named: Sequence[Membership],
    reason: str,
    seen: str,
    now: datetime,
) -> None:
    """Holds from the next request: whoever is not named has no case, no hit and no number.

    seen: the level the page was written with. Raises NotRaised, OwnPerson, LeadNotNamed, TooFewNamed,
    ManagerNotNamed, ChangedMeanwhile.
    """
    door.demand(actor, case, "protection", Action.CREATE)
    person, today = _hold(case), local_date(now)
    if person.protection != seen:
        raise ChangedMeanwhile
    if to == person.protection or lowers(person.protection, to):
        raise NotRaised
    row = level(to, today)
    if row.own_person:
        raise OwnPerson
    must_be_enough(row, named, today=today)
    keys = {one.id for one in named}
    for of_person in Case.objects.filter(person=person):
        _keep_owned(of_person, keys, now=now)
    name_all(actor=actor, person=person, named=named, reason=reason, now=now)
    _note(actor, person, to=to, reason=reason, state=ProtectionState.DONE, now=now)
    person.protection = to
    person.save(update_fields=["protection"])
    # What was proposed of an earlier level is no longer the question.
    ProtectionChange.objects.filter(person=person, state=ProtectionState.WAITING).update(
        state=ProtectionState.REFUSED, decided_at=now
    )
    close_elsewhere(person, row, now=now)
    pass_on_what_is_barred(person, today=today)
    _record("person.protect", case, person)


def ask_to_lower(
    *, actor: Actor, case: Case, to: Protection, reason: str, seen: str, now: datetime
) -> None:
    """Changes nothing until a second person agrees. Raises NotRaised where it would not lower, ChangedMeanwhile."""
    door.demand(actor, case, "protection", Action.CREATE)
    person = _hold(case)
    if person.protection != seen or waiting_change(person) is not None:
        raise ChangedMeanwhile
    if not lowers(person.protection, to) or level(person.protection, local_date(now)).own_person:
        raise NotRaised
    _note(actor, person, to=to, reason=reason, state=ProtectionState.WAITING, now=now)
    _record("person.ask_unprotect", case, person)


def decide_lowering(
    *, actor: Actor, case: Case, change_id: UUID, agree: bool, now: datetime
) -> None:
    """The second person's answer. Raises SamePerson, ChangedMeanwhile."""
    door.demand(actor, case, "protection", Action.DECIDE)
    person = _hold(case)
    change = waiting_change(person)
    if change is None or change.id != change_id:
        raise ChangedMeanwhile
    if change.set_by_user == actor.user_id:
        raise SamePerson
    change.state = ProtectionState.DONE if agree else ProtectionState.REFUSED
    change.decided_by_id, change.decided_by_user = acting_membership(actor), actor.user
    change.decided_at = now
    change.save(update_fields=["state", "decided_by", "decided_by_user", "decided_at"])
    if not agree:
        _record("person.keep_protected", case, person)
        return
    person.protection = change.to_level
    person.save(update_fields=["protection"])
    if not level(person.protection, local_date(now)).named_only:
        NamedAccess.objects.filter(person=person, ended_at__isnull=True).update(ended_at=now)
    _record("person.unprotect", case, person)


def waiting_change(person: Person) -> ProtectionChange | None:
    return ProtectionChange.objects.filter(person=person, state=ProtectionState.WAITING).first()


def may_name(actor: Actor, person_id: UUID, *, now: datetime) -> bool:
    """A named manager; where no manager is named any longer, whoever else is."""
    named = named_for(person_id, today=local_date(now))
    managers = [one for one in named if one.membership.role == Role.MANAGER]
    return any(one.membership_id == actor.membership_id for one in managers or named)


def name_colleague(
    *, actor: Actor, case: Case, membership_id: UUID, reason: str, now: datetime
) -> None:
    """Raises OnlyTheManager, LookupError."""
    door.demand(actor, case, "protection", Action.WRITE)
    person = _hold(case)
    if not may_name(actor, person.id, now=now):
        raise OnlyTheManager
    able = {one.id: one for one in nameable(case.agency_id, today=local_date(now))}
    name_one(actor=actor, case=case, membership=able[membership_id], reason=reason, now=now)


def unname_colleague(*, actor: Actor, case: Case, membership_id: UUID, now: datetime) -> None:
    """Ends what the colleague sees at once. Raises OnlyTheManager, LeadNotNamed, TooFewNamed, ManagerNotNamed."""
    door.demand(actor, case, "protection", Action.WRITE)
    person, today = _hold(case), local_date(now)
    if not may_name(actor, person.id, now=now):
        raise OnlyTheManager
    held = named_for(person.id, today=today)
    staying = [one.membership for one in held if one.membership_id != membership_id]
    if len(staying) == len(held):
        return
    must_be_enough(level(person.protection, today), staying, today=today)
    for of_person in Case.objects.filter(person=person):
        _keep_owned(of_person, {one.id for one in staying}, now=now)
    NamedAccess.objects.filter(
        person=person, membership_id=membership_id, ended_at__isnull=True
    ).update(ended_at=now)
    pass_on_what_is_barred(person, today=today)
    record(
        "person.unname",
        object_type="access.membership",
        object_id=membership_id,
        case=(case.id, case.number),
    )


def _hold(case: Case) -> Person:
    """The case, then its person: of two at once, the second waits and is told."""
    Case.objects.select_for_update().get(pk=case.pk)
    return Person.objects.select_for_update().get(pk=case.person_id)


def _keep_owned(case: Case, named: Collection[UUID], *, now: datetime) -> None:
    """Who is not named stops working on the case, and their duties pass to the lead, who is."""
    leaving = losing(case, named, now=now)
    if any(one.lead for one in leaving):
        raise LeadNotNamed
    lead = next((one for one in people_on(case, today=local_date(now)) if one.lead), None)
    for assignment in leaving:
        if lead is not None:
            leave_to(case, leaving=assignment.membership_id, to=lead.membership_id, now=now)
        assignment.ended_at = now
        assignment.save(update_fields=["ended_at"])
        record(
            "case.unassign",
            object_type="access.membership",
            object_id=assignment.membership_id,
            case=(case.id, case.number),
        )


def _note(
    actor: Actor,
    person: Person,
    *,
    to: Protection,
    reason: str,
    state: ProtectionState,
    now: datetime,
) -> None:
    row_id = uuid4()
    key = data_key(
        municipality_id=person.municipality_id,
        agency_id=person.agency_id,
        scope=Scope.PERSON,
        scope_id=person.id,
    )
    ProtectionChange.objects.create(
        id=row_id,
        municipality_id=person.municipality_id,
        agency_id=person.agency_id,
        person=person,
        from_level=person.protection,
        to_level=to,
        lowers=lowers(person.protection, to),
        reason=seal(reason, key=key, field="cases.protection_change.reason", row_id=row_id),
        state=state,
        set_by_id=acting_membership(actor),
        set_by_user=actor.user,
        set_at=now,
    )


def _record(action: str, case: Case, person: Person) -> None:
    record(action, object_type="cases.person", object_id=person.id, case=(case.id, case.number))

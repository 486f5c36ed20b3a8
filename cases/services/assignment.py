"""Who works on a case: the lead adds and removes colleagues of the same agency, and hands over."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from access import door
from access.actor import Actor
from access.models import Membership, Role
from access.policy import Action
from access.request_transaction import record
from cases.models import Assignment, Case, Consent, Summary, SummaryState
from cases.models.case import ENDED_STAGES
from cases.services.acting import acting_membership
from cases.services.case_stop import KIND as STOPPED
from cases.services.commitment_reminder import give_on
from cases.services.conversation_draft import drop_drafts_of
from cases.services.follow_up import pass_on
from cases.services.meeting_wanted import KIND as MEETING_WANTED
from cases.services.protection import may_work_with
from cases.services.refusals import CaseStopped
from cases.services.summary import approvers
from cases.services.triage import assign
from reminders.services import NoOpenDeadline, reassign
from reminders.working_days import local_date

# Roles of the case's own agency that can be put on a case, and those that can lead it.
WORKERS = (Role.COORDINATOR, Role.SOCIAL_WORKER, Role.MANAGER)
LEADERS = (Role.COORDINATOR, Role.SOCIAL_WORKER)


class NotTheLead(Exception):
    """Only the one who leads the case decides who works on it."""


class LeadStays(Exception):
    """The lead cannot be removed; the case is handed over first."""


def people_on(case: Case, *, today: date) -> list[Assignment]:
    """Those who work on the case now, the lead first; nobody whose membership has ended."""
    rows = (
        Assignment.objects.manned(today)
        .filter(case=case)
        .select_related("membership__user", "membership__unit")
        .order_by("-lead", "starts_on", "id")
    )
    return list(rows)


def others_of_the_agency(case: Case, *, today: date) -> list[Membership]:
    """Colleagues who could be added: in force, in a fitting role, not on the case already."""
    taken = [one.membership_id for one in people_on(case, today=today)]
    rows = (
        Membership.objects.in_force(today)
        .filter(agency_id=case.agency_id, role__in=WORKERS)
        .exclude(pk__in=taken)
        .select_related("user", "unit")
        .order_by("user__name", "role")
    )
    # Who is not named for a protected person, or has a conflict of interest, would see nothing of the case.
    return may_work_with(case.person, rows, today=today)


def leads(actor: Actor, case: Case, *, today: date) -> bool:
    return any(
        one.lead and one.membership_id == actor.membership_id
        for one in people_on(case, today=today)
    )


def add_colleague(
    *, actor: Actor, case: Case, membership: Membership, until: date, now: datetime
) -> Assignment:
    """Lets a colleague of the same agency work on the case. Raises NotTheLead, CaseStopped."""
    today = local_date(now)
    held = _decide(actor, case, today)
    if membership.id in held:
        return held[membership.id]
    # One that has run out by itself still stands in the way of a new one from the same day.
    Assignment.objects.filter(
        case=case, membership=membership, ended_at__isnull=True, ends_on__lt=today
    ).update(ended_at=now)
    return assign(case=case, membership_id=membership.id, lead=False, today=today, until=until)


def remove_colleague(*, actor: Actor, case: Case, membership_id: UUID, now: datetime) -> None:
    """Ends a colleague's work on the case at once; what they were to do passes to the lead.

    Raises NotTheLead, LeadStays, CaseStopped.
    """
    held = _decide(actor, case, local_date(now))
    assignment = held.get(membership_id)
    if assignment is None:
        return
    if assignment.lead:
        raise LeadStays
    leave_to(case, leaving=membership_id, to=acting_membership(actor), now=now)
    assignment.ended_at = now
    assignment.save(update_fields=["ended_at"])
    drop_drafts_of(case=case, membership_id=membership_id)
    record(
        "case.unassign",
        object_type="access.membership",
        object_id=membership_id,
        case=(case.id, case.number),
    )


def hand_over(*, actor: Actor, case: Case, membership_id: UUID, now: datetime) -> None:
    """Another who works on the case leads it from now on, and answers for its next date.

    The earlier lead stays on the case until removed. Raises NotTheLead, CaseStopped, LookupError.
    """
    held = _decide(actor, case, local_date(now))
    assignment = held.get(membership_id)
    if assignment is None or assignment.membership.role not in LEADERS:
        raise LookupError("nobody on the case to hand over to")
    for earlier in held.values():
        if earlier.lead != (earlier.id == assignment.id):
            earlier.lead = earlier.id == assignment.id
            earlier.save(update_fields=["lead"])
    pass_duties(case, leaving=acting_membership(actor), to=membership_id, now=now)
    record(
        "case.hand_over",
        object_type="access.membership",
        object_id=membership_id,
        case=(case.id, case.number),
    )


def _decide(actor: Actor, case: Case, today: date) -> dict[UUID, Assignment]:
    """The case locked for a change of people, and those who work on it now, by membership."""
    door.demand(actor, case, "case", Action.WRITE)
    locked = Case.objects.select_for_update().get(pk=case.pk)
    if locked.stage in ENDED_STAGES:
        raise CaseStopped
    held = people_on(case, today=today)
    if not any(one.lead and one.membership_id == actor.membership_id for one in held):
        raise NotTheLead
    return {one.membership_id: one for one in held}


def leave_to(case: Case, *, leaving: UUID, to: UUID, now: datetime) -> None:
    """Of somebody who leaves the case altogether: also what they had been chosen to remind of."""
    pass_duties(case, leaving=leaving, to=to, now=now)
    give_on(case, leaving=leaving, to=to)


def pass_duties(case: Case, *, leaving: UUID, to: UUID, now: datetime) -> None:
    """Deadlines that the leaving person was to meet go to the other; an approval goes to who may give it."""
    if _is_responsible(case, leaving):
        pass_on(case=case, responsible=to)
    _reassign(STOPPED, case.id, to)
    for consent in Consent.objects.filter(case=case):
        for kind in ("consent_awaited", "consent_expires", "turns_eighteen"):
            _reassign(kind, consent.id, to)
    _reassign(MEETING_WANTED, case.id, to)
    for summary in Summary.objects.filter(case=case, state=SummaryState.DRAFT):
        others = approvers(case, author_id=summary.author_id, today=local_date(now))
        staying = [other.id for other in others if other.id != leaving]
        if staying:
            _reassign("summary_approval", summary.id, to if to in staying else staying[0])


def _is_responsible(case: Case, membership_id: UUID) -> bool:
    return case.follow_ups.filter(state="planned", responsible_id=membership_id).exists()


def _reassign(kind: str, subject_id: UUID, to: UUID) -> None:
    try:
        reassign(kind=kind, subject_id=subject_id, responsible=to)
    except NoOpenDeadline:
        return

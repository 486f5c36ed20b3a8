"""Nothing stays without an owner: what lost its lead or its responsible person is told to a manager, and handed over.

What is without an owner follows from dates and is true at once; the job only sets the manager's deadline.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_noop

from access import door
from access.actor import Actor, system_actor
from access.models import Agency, Membership, Role
from access.policy import Action
from access.request_transaction import record, work
from cases.models import Assignment, Case
from cases.models.case import ENDED_STAGES
from cases.services.appointment import end_with_their_role
from cases.services.assignment import LEADERS, WORKERS, leave_to
from cases.services.break_glass_reviewer import ask_for_the_forgotten
from cases.services.commitment_reminder import give_on_what_is_left
from cases.services.consent import hold_case
from cases.services.follow_up import pass_on
from cases.services.protection import may_work_with
from cases.services.refusals import ChangedMeanwhile
from cases.services.request_barred import ask_the_next
from cases.services.triage import assign
from reminders.models import Deadline
from reminders.services import finish, reassign, set_deadline
from reminders.working_days import local_date

KIND = "without_owner"
NAME = gettext_noop("Det som saknar ansvarig")


def find_everywhere(*, now: datetime) -> int:
    """In every agency's partition in turn; gives how much is without an owner. Safe to run again at any time."""
    return sum(find_for(agency, now=now) for agency in Agency.objects.all())


def find_for(agency: Agency, *, now: datetime) -> int:
    """In one agency's partition, as the system; gives how much is without an owner there."""
    actor = system_actor(
        name=NAME,
        municipality_id=agency.municipality_id,
        agency_id=agency.id,
        agency_kind=agency.kind,
    )
    with work(actor):
        end_with_their_role(today=local_date(now), now=now)
        ask_for_the_forgotten(now=now)
        return find_in(agency.id, today=local_date(now))


def find_in(agency_id: UUID, *, today: date) -> int:
    """Sets a manager's deadline for what has no owner, and ends those for what has one again. In the agency's own work."""
    give_on_what_is_left(today=today)
    ask_the_next(today=today)
    lost: dict[UUID, tuple[str, UUID | None]] = {
        case.id: (case.number, _unit_of(case)) for case in leaderless(today)
    }
    numbers = {number for number, _unit in lost.values()}
    for deadline in unattended(today).exclude(label__in=numbers):
        lost[deadline.id] = (deadline.label, deadline.unit_id)
    told = Deadline.objects.filter(kind=KIND, state=Deadline.State.OPEN)
    for subject_id in set(told.values_list("subject_id", flat=True)) - lost.keys():
        finish(kind=KIND, subject_id=subject_id)
    for subject_id, (number, unit_id) in lost.items():
        about = Case.objects.filter(number=number).select_related("person").first()
        manager = _manager(agency_id, unit_id, today, about)
        if manager is not None:
            set_deadline(
                kind=KIND,
                subject_id=subject_id,
                label=number,
                route="without_owner",
                responsible=manager.id,
                due_on=_standing_day(subject_id),
            )
    return len(lost)


def leaderless(today: date) -> QuerySet[Case]:
    """Open cases of the partition that nobody in force leads."""
    leads = Assignment.objects.manned(today).filter(case_id=OuterRef("pk"), lead=True)
    return Case.objects.exclude(stage__in=ENDED_STAGES).exclude(Exists(leads))


def unattended(today: date) -> QuerySet[Deadline]:
    """Open deadlines of the partition whose responsible person's membership has ended."""
    held = Membership.objects.in_force(today).filter(pk=OuterRef("responsible_membership_id"))
    open_ones = Deadline.objects.filter(state=Deadline.State.OPEN).exclude(kind=KIND)
    return open_ones.exclude(Exists(held))


def seen_by(actor: Actor) -> tuple[list[Case], list[Deadline]]:
    """What this manager is to hand over: cases without a lead, and dates that belong to none of those."""
    cases = [
        case
        for case in door.visible(actor, Case)
        if door.may(actor, case, "case", Action.DECIDE) and actor.role == Role.MANAGER
    ]
    numbers = {case.number for case in cases}
    dates = [
        one
        for one in door.visible(actor, Deadline).select_related("responsible_membership__user")
        if door.may(actor, one, "deadline", Action.DECIDE) and one.label not in numbers
    ]
    return cases, [one for one in dates if one.kind != KIND]


def leaders(actor: Actor, *, today: date) -> list[Membership]:
    """Who can be given a case."""
    return _colleagues(actor, today, LEADERS)


def fitting(actor: Actor, deadline: Deadline, *, today: date) -> list[Membership]:
    """Who can be given the date: those in the role of whoever left, else all who work with cases."""
    role = Role(deadline.responsible_membership.role)
    return _colleagues(actor, today, (role,)) or _colleagues(actor, today, WORKERS)


def give_case(*, actor: Actor, case: Case, to: Membership, now: datetime) -> None:
    """Another leads the case and answers for its dates from now on. Raises ChangedMeanwhile, LookupError."""
    today = local_date(now)
    door.demand(actor, case, "case", Action.DECIDE)
    hold_case(case)
    if to not in may_work_with(case.person, leaders(actor, today=today), today=today):
        raise LookupError("nobody who can lead it")
    if not leaderless(today).filter(pk=case.pk).exists():
        raise ChangedMeanwhile
    manned = set(
        Assignment.objects.manned(today).filter(case=case).values_list("membership_id", flat=True)
    )
    left = [
        one
        for one in Assignment.objects.filter(case=case, ended_at__isnull=True)
        if one.membership_id not in manned
    ]
    for one in left:
        one.ended_at = now
        one.save(update_fields=["ended_at"])
    standing = Assignment.objects.manned(today).filter(case=case, membership=to).first()
    if standing is None:
        assign(case=case, membership_id=to.id, lead=True, today=today)
    else:
        standing.lead = True
        standing.save(update_fields=["lead"])
    _give_dates(case, to, left, now)
    finish(kind=KIND, subject_id=case.id)
    record(
        "case.take_over",
        object_type="access.membership",
        object_id=to.id,
        case=(case.id, case.number),
    )


def give_date(*, actor: Actor, deadline: Deadline, to: Membership, now: datetime) -> None:
    """Another is to do it, and is told. Raises LookupError."""
    door.demand(actor, deadline, "deadline", Action.DECIDE)
    if to not in fitting(actor, deadline, today=local_date(now)):
        raise LookupError("nobody who can do it")
    reassign(kind=deadline.kind, subject_id=deadline.subject_id, responsible=to.id)
    finish(kind=KIND, subject_id=deadline.id)


def _give_dates(case: Case, to: Membership, left: list[Assignment], now: datetime) -> None:
    for one in left:
        leave_to(case, leaving=one.membership_id, to=to.id, now=now)
    works = Assignment.objects.manned(local_date(now)).filter(case=case)
    planned = case.follow_ups.filter(state="planned").first()
    if planned and not works.filter(membership_id=planned.responsible_id).exists():
        pass_on(case=case, responsible=to.id)
    for deadline in unattended(local_date(now)).filter(label=case.number):
        reassign(kind=deadline.kind, subject_id=deadline.subject_id, responsible=to.id)


def _colleagues(actor: Actor, today: date, roles: tuple[Role, ...]) -> list[Membership]:
    held = Membership.objects.in_force(today).filter(agency_id=actor.agency_id, role__in=roles)
    return list(held.select_related("user", "unit").order_by("user__name", "role"))


def _unit_of(case: Case) -> UUID | None:
    last = case.assignments.filter(lead=True).order_by("-starts_on").first()
    return last.membership.unit_id if last else None


def _manager(
    agency_id: UUID, unit_id: UUID | None, today: date, about: Case | None
) -> Membership | None:
    """The unit's own first; of a protected person, one who is named. A number nobody answers for is worse than a number told."""
    held = Membership.objects.in_force(today).filter(agency_id=agency_id, role=Role.MANAGER)
    ranked = sorted(held, key=lambda one: (one.unit_id != unit_id, one.starts_on, one.pk))
    able = may_work_with(about.person, ranked, today=today) if about else ranked
    return next(iter(able or ranked), None)


def _standing_day(subject_id: UUID) -> date | None:
    """The day a manager has been given already stays; a new one is counted by the rule."""
    standing = Deadline.objects.filter(
        kind=KIND, subject_id=subject_id, state=Deadline.State.OPEN
    ).first()
    return standing.due_on if standing else None

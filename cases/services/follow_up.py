"""Follow-up: an open case always has exactly one planned date, with somebody responsible who is reminded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from access import door
from access.actor import Actor
from access.policy import Action
from access.request_transaction import record
from cases.models import Case, FollowUp, FollowUpState
from cases.models.case import OPEN_STAGES
from cases.rules.follow_up_dates import After, proposed
from cases.services.case_seal import seal_texts
from cases.services.consent import hold_case
from cases.services.refusals import CaseStopped, ChangedMeanwhile
from crypto.sealed import Sealed
from reminders.models.deadline import MoveReason
from reminders.services import finish, move, reassign, set_deadline
from reminders.working_days import local_date

KIND = "follow_up_due"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpText:
    """How it goes, and what was agreed."""

    how: str
    agreed: str

    def __repr__(self) -> str:
        return "FollowUpText(‹förseglat›)"


NOTHING = FollowUpText(how="", agreed="")


def plan_first(*, case: Case, responsible: UUID, today: date, now: datetime) -> FollowUp:
    """The date that every case gets when it is opened (`law/follow_up.toml`)."""
    return plan(case=case, responsible=responsible, due_on=proposed(After.OPENING, today), now=now)


def plan(*, case: Case, responsible: UUID, due_on: date, now: datetime) -> FollowUp:
    """The case's one planned follow-up, and the deadline that reminds of it."""
    row_id = uuid4()
    follow_up = FollowUp.objects.create(
        id=row_id,
        municipality_id=case.municipality_id,
        agency_id=case.agency_id,
        case=case,
        due_on=due_on,
        responsible_id=responsible,
        created_at=now,
        **_sealed(case, row_id, NOTHING),
    )
    set_deadline(
        kind=KIND,
        subject_id=follow_up.id,
        label=case.number,
        route="follow_up",
        responsible=responsible,
        due_on=due_on,
    )
    return follow_up


def planned_of(case: Case) -> FollowUp | None:
    return FollowUp.objects.filter(case=case, state=FollowUpState.PLANNED).first()


def hold_follow_up(
    *,
    actor: Actor,
    follow_up: FollowUp,
    text: FollowUpText,
    next_on: date,
    responsible: UUID,
    seen_version: int,
    now: datetime,
) -> FollowUp:
    """Keeps how it goes and plans the next date. Raises ChangedMeanwhile, CaseStopped."""
    case = claim(actor=actor, follow_up=follow_up, seen_version=seen_version)
    if case.stage not in OPEN_STAGES:
        raise CaseStopped
    mark_held(actor=actor, follow_up=follow_up, text=text, now=now)
    return plan(case=case, responsible=responsible, due_on=next_on, now=now)


def move_follow_up(
    *,
    actor: Actor,
    follow_up: FollowUp,
    due_on: date,
    reason: MoveReason,
    seen_version: int,
) -> None:
    """Another date, with a reason from the closed list. Raises ChangedMeanwhile, CaseStopped."""
    case = claim(actor=actor, follow_up=follow_up, seen_version=seen_version)
    if case.stage not in OPEN_STAGES:
        raise CaseStopped
    _move(follow_up, due_on=due_on, reason=reason)


def agree_next(
    *,
    case: Case,
    due_on: date,
    responsible: UUID,
    now: datetime,
    reason: MoveReason = MoveReason.AGREED,
) -> FollowUp:
    """The planned follow-up comes on the day agreed at a conversation; a missing one is planned."""
    follow_up = FollowUp.objects.select_for_update().filter(
        case=case, state=FollowUpState.PLANNED
    ).first()  # fmt: skip
    if follow_up is None:
        return plan(case=case, responsible=responsible, due_on=due_on, now=now)
    if follow_up.due_on != due_on:
        _move(follow_up, due_on=due_on, reason=reason)
    return follow_up


def pass_on(*, case: Case, responsible: UUID) -> None:
    """The planned follow-up gets another responsible person, who is told."""
    follow_up = planned_of(case)
    if follow_up is None or follow_up.responsible_id == responsible:
        return
    follow_up.responsible_id = responsible
    follow_up.version += 1
    follow_up.save(update_fields=["responsible", "version"])
    if case.stage in OPEN_STAGES:
        reassign(kind=KIND, subject_id=follow_up.id, responsible=responsible)


def claim(*, actor: Actor, follow_up: FollowUp, seen_version: int) -> Case:
    """Takes the case and its planned follow-up for change: of two at once, the second is told."""
    door.demand(actor, follow_up, "follow_up", Action.WRITE)
    case = follow_up.case
    hold_case(case)
    locked = FollowUp.objects.select_for_update().get(pk=follow_up.pk)
    if locked.version != seen_version or locked.state != FollowUpState.PLANNED:
        raise ChangedMeanwhile
    return case


def mark_held(*, actor: Actor, follow_up: FollowUp, text: FollowUpText, now: datetime) -> None:
    """For one that is claimed: its text is sealed and its deadline is done."""
    sealed = _sealed(follow_up.case, follow_up.id, text)
    follow_up.how, follow_up.agreed = sealed["how"], sealed["agreed"]
    follow_up.state = FollowUpState.HELD
    follow_up.held_at, follow_up.held_by_id = now, actor.membership_id
    follow_up.version += 1
    follow_up.save(update_fields=["how", "agreed", "state", "held_at", "held_by", "version"])
    finish(kind=KIND, subject_id=follow_up.id)
    record(
        "follow_up.hold",
        object_type="cases.followup",
        object_id=follow_up.id,
        case=(follow_up.case_id, follow_up.case.number),
    )


def days_late(follow_up: FollowUp, now: datetime) -> int:
    return max((local_date(now) - follow_up.due_on).days, 0)


def _move(follow_up: FollowUp, *, due_on: date, reason: MoveReason) -> None:
    follow_up.due_on = due_on
    follow_up.version += 1
    follow_up.save(update_fields=["due_on", "version"])
    move(kind=KIND, subject_id=follow_up.id, due_on=due_on, reason=reason)
    record(
        "follow_up.move",
        object_type="cases.followup",
        object_id=follow_up.id,
        case=(follow_up.case_id, follow_up.case.number),
        basis=reason.value,
    )


def _sealed(case: Case, row_id: UUID, text: FollowUpText) -> dict[str, Sealed]:
    return seal_texts(
        case, model=FollowUp, row_id=row_id, texts={"how": text.how, "agreed": text.agreed}
    )

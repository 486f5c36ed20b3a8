"""A case that stands still because no consent holds, and one that goes on again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from access.request_transaction import current_work, record
from cases.models import (
    Assignment,
    Case,
    Consent,
    ConsentEvent,
    FollowUp,
    FollowUpState,
    Stage,
    Summary,
)
from cases.models.case import LAPSING_STAGES, OPEN_STAGES
from cases.services.commitment_reminder import remind_again, remind_no_more
from cases.services.meeting_wanted import want_no_meeting
from reminders.services import cancel, finish, set_deadline
from reminders.working_days import local_date

KIND = "case_stopped"


class StoppedBecause(StrEnum):
    WITHDRAWN = "samtycke_återkallat"
    EXPIRED = "samtycke_utgått"
    LACKED_SIGNATURE = "underskrift_saknades"
    TURNED_EIGHTEEN = "inväntar_samtycke_18"


def stands_still(case: Case, on: date) -> bool:
    """Whether consents were given and none of them holds on that day, whatever has been noted about it yet."""
    given = Consent.objects.filter(case=case, events__kind=ConsentEvent.Kind.GIVEN)
    return given.exists() and not Consent.objects.in_force(on).filter(case=case).exists()


def stage_on(case: Case, on: date) -> Stage:
    """The case's stage as it is by the calendar: stopped from the midnight on which the last consent ended."""
    lapsed = case.stage in LAPSING_STAGES and stands_still(case, on)
    return Stage.FROZEN if lapsed else Stage(case.stage)


def freeze(case: Case, because: StoppedBecause, now: datetime) -> bool:
    """Stops the case if nothing holds any more: its reminders end, and one is left, to close it or ask anew."""
    if case.stage not in OPEN_STAGES or not stands_still(case, local_date(now)):
        return False
    case.stage, case.stopped_because = Stage.FROZEN, because.value
    case.version += 1
    case.save(update_fields=["stage", "stopped_because", "version"])
    for model in (FollowUp, Summary, Consent):
        for pk in model.objects.filter(case=case).values_list("pk", flat=True):
            cancel(subject_id=pk)
    remind_no_more(case)
    want_no_meeting(case)
    responsible = _responsible(case, local_date(now))
    if responsible is not None:
        set_deadline(
            kind=KIND,
            subject_id=case.id,
            label=case.number,
            route="case_detail",
            responsible=responsible,
        )
    record("case.stop", object_type="cases.case", object_id=case.id, case=(case.id, case.number))
    return True


def go_on(case: Case, now: datetime) -> None:
    """A consent has been given: the case is open, and its planned follow-up is reminded of again."""
    if case.stage not in {Stage.NEW, Stage.AWAITING_CONSENT, Stage.FROZEN}:
        return
    stopped = case.stage == Stage.FROZEN
    case.stage, case.stopped_because = Stage.ACTIVE, ""
    case.version += 1
    case.save(update_fields=["stage", "stopped_because", "version"])
    finish(kind=KIND, subject_id=case.id)
    planned = FollowUp.objects.filter(case=case, state=FollowUpState.PLANNED).first()
    if stopped and planned is not None:
        set_deadline(
            kind="follow_up_due",
            subject_id=planned.id,
            label=case.number,
            route="follow_up",
            responsible=planned.responsible_id,
            due_on=max(planned.due_on, local_date(now) + timedelta(days=1)),
        )
    if stopped:
        remind_again(case, today=local_date(now))


def _responsible(case: Case, on: date) -> UUID | None:
    """Who leads the case; else who does this; else anybody who works on it."""
    held = Assignment.objects.in_force(on).filter(case=case).order_by("-lead", "starts_on", "id")
    leads = [one.membership_id for one in held]
    actor = current_work().actor
    if leads and held[0].lead:
        return leads[0]
    if actor is not None and actor.membership_id is not None:
        return actor.membership_id
    return leads[0] if leads else None

"""Closing a case: a reason, a last note, and the end of everything that rested on the case being open."""

from __future__ import annotations

from datetime import datetime

from access.actor import Actor
from access.request_transaction import record
from cases.models import (
    Assignment,
    Case,
    Consent,
    Conversation,
    ConversationState,
    Disclosure,
    FollowUp,
    Meeting,
    MeetingState,
    Stage,
    Summary,
)
from cases.models.case import FOLLOWS
from cases.rules.codes import Choices, choices, row_of
from cases.services.case_stop import KIND as STOPPED
from cases.services.commitment import drop_all
from cases.services.conversation_draft import drop_drafts
from cases.services.disclosure import end_disclosure
from cases.services.follow_up import FollowUpText, claim, mark_held
from cases.services.meeting import call_off
from cases.services.meeting_wanted import want_no_meeting
from cases.services.refusals import CaseStopped
from reminders.services import cancel
from reminders.working_days import local_date

TABLE = "close_reason"


def reasons(case: Case, *, now: datetime) -> Choices:
    """The reasons that may be given today, for a case in this stage (`law/close_reason.toml`)."""
    today = local_date(now)
    may_follow = FOLLOWS[Stage(case.stage)]
    return [
        (code, label)
        for code, label in choices(TABLE, today)
        if row_of(TABLE, code, today)["ends_in"] in may_follow
    ]


def close_case(
    *,
    actor: Actor,
    follow_up: FollowUp,
    reason: str,
    text: FollowUpText,
    seen_version: int,
    now: datetime,
) -> Case:
    """The last follow-up is held, and the case ends. Raises ChangedMeanwhile, CaseStopped, NoRule.

    The lead keeps reading it; everybody else's access, and every release, ends with this transaction.
    """
    case = claim(actor=actor, follow_up=follow_up, seen_version=seen_version)
    stage = Stage(row_of(TABLE, reason, local_date(now))["ends_in"])
    if stage not in FOLLOWS[Stage(case.stage)]:
        raise CaseStopped
    mark_held(actor=actor, follow_up=follow_up, text=text, now=now)
    _end_sharing(case, now)
    _end_conversations(case)
    _end_meetings(case, now)
    drop_all(actor=actor, case=case, now=now)
    _end_assignments(actor, case, now)
    case.stage, case.closed_at, case.close_reason = stage, now, reason
    case.version += 1
    case.save(update_fields=["stage", "closed_at", "close_reason", "version"])
    record("case.close", object_type="cases.case", object_id=case.id, case=(case.id, case.number))
    return case


def _end_sharing(case: Case, now: datetime) -> None:
    for disclosure in Disclosure.objects.filter(case=case, end__isnull=True):
        end_disclosure(disclosure=disclosure, reason="case_closed", now=now)
    for consent in Consent.objects.filter(case=case):
        cancel(subject_id=consent.id)
    for summary in Summary.objects.filter(case=case):
        cancel(subject_id=summary.id)
    cancel(subject_id=case.id, kind=STOPPED)
    want_no_meeting(case)


def _end_conversations(case: Case) -> None:
    """An invitation that nothing came of is not counted and says nothing about anybody."""
    for conversation in Conversation.objects.select_for_update().filter(case=case):
        drop_drafts(conversation=conversation)
        if conversation.state == ConversationState.INVITED:
            conversation.state = ConversationState.NOT_HELD
            conversation.version += 1
            conversation.save(update_fields=["state", "version"])


def _end_meetings(case: Case, now: datetime) -> None:
    for meeting in Meeting.objects.select_for_update().filter(
        case=case, state=MeetingState.PLANNED
    ):
        call_off(meeting, because="case_closed", now=now)


def _end_assignments(actor: Actor, case: Case, now: datetime) -> None:
    held = list(Assignment.objects.in_force(local_date(now)).filter(case=case))
    leads = {one.id for one in held if one.lead}
    keep = leads or {one.id for one in held if one.membership_id == actor.membership_id}
    for assignment in held:
        if assignment.id not in keep:
            assignment.ended_at = now
            assignment.save(update_fields=["ended_at"])
            record(
                "case.unassign",
                object_type="access.membership",
                object_id=assignment.membership_id,
                case=(case.id, case.number),
            )

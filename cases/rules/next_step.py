"""The one clear next action in a case: a pure rule over what is known of it; words and links come after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cases.models.case import ENDED_STAGES, Stage


class Step(StrEnum):
    """What to do next, most pressing first."""

    NONE = "none"
    STOPPED = "stopped"
    APPROVE_SUMMARY = "approve_summary"
    FOLLOW_UP_LATE = "follow_up_late"
    FOLLOW_UP_TODAY = "follow_up_today"
    WRITE_NOTES = "write_notes"
    NOTE_REPLY = "note_reply"
    CHANGE_SUMMARY = "change_summary"
    REGISTER_CONSENT = "register_consent"
    INVITE = "invite"
    WAIT_FOR_APPROVAL = "wait_for_approval"
    WAIT_FOR_CONVERSATION = "wait_for_conversation"
    FOLLOW_UP_AHEAD = "follow_up_ahead"


class Talk(StrEnum):
    """How far the latest orossamtal has come."""

    NEVER = "never"
    NO_ANSWER_YET = "no_answer_yet"
    AHEAD = "ahead"
    DAY_PASSED = "day_passed"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the rule asks about; `approval` is None, or whether the one who looks can approve the waiting summary."""

    stage: Stage
    consented: bool
    talk: Talk
    follow_up_on: date | None
    approval: bool | None
    returned: bool
    today: date


def talk_of(
    *, held: bool, invited: bool, answered: bool, planned: date | None, today: date
) -> Talk:
    """`invited` is an invitation that has led neither to a talk nor to a no; a no asks for nothing more."""
    if not invited:
        return Talk.DONE if held else Talk.NEVER
    if planned is not None and planned <= today:
        return Talk.DAY_PASSED
    return Talk.AHEAD if answered else Talk.NO_ANSWER_YET


def next_step(facts: Facts) -> Step:
    """The first that holds, most pressing first; nothing in a case that has ended."""
    if facts.stage in ENDED_STAGES:
        return Step.NONE
    ahead = facts.follow_up_on
    unsigned = facts.stage in {Stage.NEW, Stage.AWAITING_CONSENT} and not facts.consented
    steps = (
        (Step.STOPPED, facts.stage == Stage.FROZEN),
        # What waits for somebody, is late, or has to be written down while it is remembered.
        (Step.APPROVE_SUMMARY, facts.approval is True),
        (Step.FOLLOW_UP_LATE, ahead is not None and ahead < facts.today),
        (Step.FOLLOW_UP_TODAY, ahead == facts.today),
        (Step.WRITE_NOTES, facts.talk is Talk.DAY_PASSED),
        (Step.NOTE_REPLY, facts.talk is Talk.NO_ANSWER_YET),
        (Step.CHANGE_SUMMARY, facts.returned),
        # What takes the case further.
        (Step.REGISTER_CONSENT, unsigned),
        (Step.INVITE, facts.talk is Talk.NEVER and facts.stage == Stage.ACTIVE),
        (Step.WAIT_FOR_APPROVAL, facts.approval is False),
        (Step.WAIT_FOR_CONVERSATION, facts.talk is Talk.AHEAD),
        (Step.FOLLOW_UP_AHEAD, ahead is not None),
    )
    return next((step for step, holds in steps if holds), Step.NONE)

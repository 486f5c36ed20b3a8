"""The days of a received report of concern, from the dated timers; pure. The law's limit is what the strict day rolls to."""

from __future__ import annotations

from datetime import date

from reminders.rules import rules


def decide_by(received_on: date) -> date:
    """The last day for the preliminary assessment (SoL 20:2), counted strictly: the day we work by."""
    return rules().timer("preliminary_assessment", received_on).due_after(received_on)


def legal_limit(strict: date) -> date:
    """The last day by law: from a Sunday, a holiday, a Saturday or one of the three eves to the next working day (lag 1930:173)."""
    return rules().timer("preliminary_assessment", strict).legal_limit(strict)


def feedback_by(decided_on: date, *, asked_on: date) -> date:
    """A week after the decision (SoL 19:6); whoever asks later than that is answered at once."""
    return max(rules().timer("feedback_due", decided_on).due_after(decided_on), asked_on)

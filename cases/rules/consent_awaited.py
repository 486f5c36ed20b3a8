"""The days of a consent that waits for signatures, from the dated timer; pure."""

from __future__ import annotations

from datetime import date

from reminders.rules import Recipient, rules

KIND = "consent_awaited"


def answer_by(asked_on: date) -> date:
    """The last day to wait: then one begins anew or ends."""
    return rules().timer(KIND, asked_on).due_after(asked_on)


def next_reminder(asked_on: date, *, today: date) -> date | None:
    """The first day after `today` on which whoever answers for the consent is reminded; None when all have been."""
    timer = rules().timer(KIND, asked_on)
    days = (
        timer.count(answer_by(asked_on), stage.at)
        for stage in timer.stages
        if stage.to == Recipient.RESPONSIBLE
    )
    return min((day for day in days if day > today), default=None)

"""Handing over what `letters` decided: a mail, an SMS instead of it, or both where the mail cannot be turned off."""

from __future__ import annotations

import logging

from reminders import letters, mail, sms
from reminders.models import Outcome, Reminder

logger = logging.getLogger("reminders")


def send(reminder: Reminder, verdict: letters.Send, *, address: str, not_after: float) -> mail.Sent:
    """One try; `not_after` as for `mail.send`. An SMS that is refused for good is no end: the mail goes instead, in the same try."""
    stands_for = verdict.first or reminder
    if verdict.sms_number and sms.provider() is not None:
        told = sms.send(stands_for, number=verdict.sms_number)
        if told.outcome is not Outcome.ACCEPTED:
            logger.warning("reminder %s: SMS %s, code %s", reminder.pk, told.outcome, told.code)
        if not verdict.also_mail and told.outcome is not Outcome.REFUSED:
            return told
    composed = mail.compose(
        stands_for,
        address=address,
        counts=verdict.counts,
        to_unit=verdict.letter is None,
    )
    return mail.send(composed, not_after=not_after)

"""Delivering one claimed reminder: a notice exactly once, a mail at least once with a stable Message-ID."""

from __future__ import annotations

import logging
import time
from datetime import datetime
from functools import partial

from django.db import InterfaceError, OperationalError, connection

from access.actor import Actor
from access.request_transaction import work
from reminders import letters, mail, post
from reminders.claim import Claimed, backoff, let_go, renew
from reminders.failpoint import Point, reach
from reminders.inboxes import give_up, put_in_inboxes
from reminders.models import Outcome, Reminder
from reminders.recipients import address_for, person_for
from reminders.rules import Channel
from reminders.tries import note, still_wanted
from reminders.working_days import local_date

# What is left of it when the mail is handed over is longer than that can take: each of the five steps of SMTP
# that follow may wait EMAIL_TIMEOUT seconds.
MAIL_LEASE = "120 seconds"
PATIENCE_SECONDS = 30.0
logger = logging.getLogger("reminders")


def deliver(claimed: Claimed, *, actor: Actor, now: datetime) -> Outcome | None:
    """The outcome, or None if there was nothing (left) for us to deliver."""
    if claimed.channel == Channel.INAPP:
        return next(iter(put_in_inboxes([claimed], actor=actor, now=now)), None)
    return _send(claimed, actor=actor, now=now)


def _send(claimed: Claimed, *, actor: Actor, now: datetime) -> Outcome | None:
    with work(actor):
        reminder = (
            Reminder.objects.select_related("deadline__unit").filter(pk=claimed.reminder_id).first()
        )
        reach(Point.MAIL_READ)
        if reminder is None:
            return None  # erased since it was claimed
        if not still_wanted(reminder):
            let_go([claimed], status=Reminder.Status.CANCELLED)
            return None
        address = address_for(reminder, today=local_date(now))
        if address is None:
            return Outcome.NOBODY if give_up([(reminder, claimed)]) else None
        # Read before the lease is: the lease ends later than we think, never earlier.
        not_after = time.monotonic() + PATIENCE_SECONDS
        if not renew(claimed, lease=MAIL_LEASE):
            return None
        verdict = _which_letter(reminder, address, now)
        if not isinstance(verdict, letters.Send):
            return _without_sending(reminder, claimed, verdict)
        reach(Point.MAIL_RENEWED)
        note([(reminder, claimed)], Outcome.STARTED)
        reach(Point.MAIL_NOTED)
    # The try is on record before the mail leaves: nothing is sent that nobody could know of.
    reach(Point.MAIL_STARTED)
    sent = post.send(reminder, verdict, address=address, not_after=not_after)
    reach(Point.MAIL_ACCEPTED)
    keep = partial(_keep, reminder, claimed, verdict, sent, actor=actor, now=now)
    try:
        keep()
    except (InterfaceError, OperationalError):
        # The line to the database broke, perhaps long ago. What we know of the mail is worth a new line.
        connection.close()
        keep()
    reach(Point.MAIL_KEPT)
    return sent.outcome


def _which_letter(reminder: Reminder, address: str, now: datetime) -> letters.Verdict:
    """What people choose holds for their own address; a unit's mailbox gets every mail."""
    person = person_for(reminder, today=local_date(now))
    if person is None or person.user.email != address:
        return letters.ALONE
    return letters.decide(reminder, person, now=now)


def _without_sending(
    reminder: Reminder, claimed: Claimed, verdict: letters.Later | letters.Said | letters.Silent
) -> Outcome | None:
    if isinstance(verdict, letters.Later):
        let_go([claimed], status=Reminder.Status.PENDING, next_at=verdict.at, tried=False)
        return None
    if isinstance(verdict, letters.Silent):
        let_go([claimed], status=Reminder.Status.SUPERSEDED)
        return None
    if not let_go([claimed], status=Reminder.Status.SENT):
        return None
    note([(reminder, claimed)], Outcome.JOINED)
    return Outcome.JOINED


def _keep(
    reminder: Reminder,
    claimed: Claimed,
    verdict: letters.Send,
    sent: mail.Sent,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    with work(actor):
        known = reminder.tries.filter(fence=claimed.fence).exclude(outcome=Outcome.STARTED)
        if not known.exists():
            letters.settle(verdict, sent.outcome, now=now)
            _settle(reminder, claimed, sent, now)
        reach(Point.MAIL_SETTLED)


def _settle(reminder: Reminder, claimed: Claimed, sent: mail.Sent, now: datetime) -> None:
    status, next_at = _after(reminder, sent, now)
    # The mail has gone or not, whoever holds the claim by now: the try is noted either way.
    let_go([claimed], status=status, next_at=next_at)
    if status is Reminder.Status.DEAD:
        logger.error("reminder %s: refused by the mail server, code %s", reminder.pk, sent.code)
    elif status is not Reminder.Status.SENT:
        logger.warning("reminder %s: mail %s, code %s", reminder.pk, sent.outcome, sent.code)
    note([(reminder, claimed)], sent.outcome, code=sent.code)


def _after(
    reminder: Reminder, sent: mail.Sent, now: datetime
) -> tuple[Reminder.Status, datetime | None]:
    if sent.outcome is Outcome.ACCEPTED:
        return Reminder.Status.SENT, None
    if sent.outcome is Outcome.REFUSED:
        return Reminder.Status.DEAD, None
    again = backoff(reminder, now=now)
    if sent.outcome is Outcome.UNCERTAIN:
        return Reminder.Status.UNKNOWN, again
    return Reminder.Status.PENDING, again

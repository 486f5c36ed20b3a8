"""Delivering one claimed reminder: a notice exactly once, a mail at least once with a stable Message-ID."""

from __future__ import annotations

import logging
from datetime import datetime

from django.utils import timezone

from access.actor import Actor
from access.request_transaction import record, work
from reminders import mail
from reminders.claim import Claimed, backoff, let_go, renew
from reminders.models import Attempt, Deadline, Notice, Outcome, Reminder
from reminders.recipients import address_for, person_for
from reminders.rules import Channel, Recipient
from reminders.texts import WHEN_PASSED
from reminders.working_days import local_date

# Longer than a mail can take: each of the steps of SMTP may wait EMAIL_TIMEOUT seconds.
MAIL_LEASE = "120 seconds"
logger = logging.getLogger("reminders")


def deliver(claimed: Claimed, *, actor: Actor, now: datetime) -> Outcome | None:
    """The outcome, or None if there was nothing (left) for us to deliver."""
    with work(actor):
        reminder = (
            Reminder.objects.select_related("deadline__unit").filter(pk=claimed.reminder_id).get()
        )
        if not _still_wanted(reminder):
            let_go(claimed, status=Reminder.Status.CANCELLED)
            return None
        if reminder.channel == Channel.INAPP:
            return _put_in_inbox(reminder, claimed, now)
        address = address_for(reminder, today=local_date(now))
        if address is None:
            return _nobody(reminder, claimed)
        if not renew(claimed, lease=MAIL_LEASE):
            return None
        _note(reminder, claimed, Outcome.STARTED)
    # The try is on record before the mail leaves: nothing is sent that nobody could know of.
    sent = mail.send(mail.compose(reminder, address=address))
    with work(actor):
        return _settle(reminder, claimed, sent, now)


def _still_wanted(reminder: Reminder) -> bool:
    deadline = reminder.deadline
    return deadline.state == Deadline.State.OPEN and deadline.version == reminder.version


def _put_in_inbox(reminder: Reminder, claimed: Claimed, now: datetime) -> Outcome | None:
    """Row and notice change in one transaction, and the notice is unique per reminder: exactly once."""
    today = local_date(now)
    person = person_for(reminder, today=today)
    if person is None:
        return _nobody(reminder, claimed)
    if not let_go(claimed, status=Reminder.Status.SENT):
        return None
    # The newest says it all: an inbox holds one notice about one thing.
    reminder.deadline.notices.filter(membership=person, done_at=None).update(done_at=timezone.now())
    passed = reminder.deadline.due_on < today
    Notice.objects.create(
        municipality_id=reminder.municipality_id,
        agency_id=reminder.agency_id,
        reminder=reminder,
        deadline=reminder.deadline,
        membership=person,
        text=WHEN_PASSED.get(reminder.text, reminder.text) if passed else reminder.text,
        created_at=timezone.now(),
    )
    return _note(reminder, claimed, Outcome.DELIVERED)


def _nobody(reminder: Reminder, claimed: Claimed) -> Outcome | None:
    if reminder.recipient == Recipient.DEPUTY:
        # Nobody has been named: the responsible person has a reminder of their own.
        let_go(claimed, status=Reminder.Status.CANCELLED)
        return None
    if not let_go(claimed, status=Reminder.Status.DEAD):
        return None
    logger.error("reminder %s: nobody in the agency can take it", reminder.pk)
    return _note(reminder, claimed, Outcome.NOBODY)


def _settle(reminder: Reminder, claimed: Claimed, sent: mail.Sent, now: datetime) -> Outcome:
    status, next_at = _after(reminder, sent, now)
    # The mail has gone or not, whoever holds the claim by now: the try is noted either way.
    let_go(claimed, status=status, next_at=next_at)
    if status is Reminder.Status.DEAD:
        logger.error("reminder %s: refused by the mail server, code %s", reminder.pk, sent.code)
    elif status is not Reminder.Status.SENT:
        logger.warning("reminder %s: mail %s, code %s", reminder.pk, sent.outcome, sent.code)
    return _note(reminder, claimed, sent.outcome, code=sent.code)


def _after(
    reminder: Reminder, sent: mail.Sent, now: datetime
) -> tuple[Reminder.Status, datetime | None]:
    if sent.outcome is Outcome.ACCEPTED:
        return Reminder.Status.SENT, None
    if sent.outcome is Outcome.REFUSED:
        return Reminder.Status.DEAD, None
    again = backoff(reminder.attempts, channel=reminder.channel, now=now)
    if sent.outcome is Outcome.UNCERTAIN:
        return Reminder.Status.UNKNOWN, again
    return Reminder.Status.PENDING, again


def _note(
    reminder: Reminder, claimed: Claimed, outcome: Outcome, *, code: int | None = None
) -> Outcome:
    Attempt.objects.create(
        municipality_id=reminder.municipality_id,
        agency_id=reminder.agency_id,
        reminder=reminder,
        fence=claimed.fence,
        at=timezone.now(),
        outcome=outcome,
        smtp_code=code,
    )
    if outcome in {Outcome.DELIVERED, Outcome.ACCEPTED}:
        record(
            "reminder.sent",
            object_type="reminders.reminder",
            object_id=reminder.pk,
            case=(None, reminder.deadline.label),
            basis=reminder.channel,
        )
    return outcome

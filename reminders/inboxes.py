"""Putting claimed reminders in inboxes: exactly once, many in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone

from access.actor import Actor
from access.models import Membership
from access.request_transaction import work
from reminders.claim import Claimed, let_go
from reminders.failpoint import Point, reach
from reminders.models import Notice, Outcome, Reminder
from reminders.recipients import takers_of
from reminders.rules import Recipient
from reminders.texts import MOVED_OFTEN, WHEN_PASSED
from reminders.tries import Delivery, note, still_wanted
from reminders.working_days import local_date

# How long a deadline is left alone that somebody is changing at this very moment.
BUSY = timedelta(seconds=5)
NAMED = {Recipient.DEPUTY, Recipient.SUBSTITUTE}
logger = logging.getLogger("reminders")


def put_in_inboxes(batch: Sequence[Claimed], *, actor: Actor, now: datetime) -> list[Outcome]:
    """The outcomes; none for what is no longer wanted, no longer ours, or being changed right now.

    Reminder and notice change in one transaction, and a notice is unique per reminder: all of the batch
    is done, or nothing of it.
    """
    today = local_date(now)
    with work(actor):
        wanted = _read(batch, now)
        takers = takers_of([reminder for reminder, _claimed in wanted], today=today)
        reach(Point.INBOX_READ)
        told = _let_go([d for d in wanted if d[0].pk in takers], Reminder.Status.SENT)
        reach(Point.INBOX_LET_GO)
        _write([(reminder, takers[reminder.pk].membership) for reminder, _claimed in told], today)
        note(told, Outcome.DELIVERED)
        nobody = give_up([d for d in wanted if d[0].pk not in takers])
        reach(Point.INBOX_WRITTEN)
    reach(Point.INBOX_KEPT)
    return [Outcome.DELIVERED] * len(told) + [Outcome.NOBODY] * len(nobody)


def give_up(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Nobody in the agency can take these: dead, with an alarm. Gives those that were ours."""
    # Nobody has been named: the responsible person has a reminder of their own.
    unnamed = [d for d in deliveries if d[0].recipient in NAMED]
    _let_go(unnamed, Reminder.Status.CANCELLED)
    dead = _let_go([d for d in deliveries if d not in unnamed], Reminder.Status.DEAD)
    for reminder, _claimed in dead:
        logger.error("reminder %s: nobody in the agency can take it", reminder.pk)
    note(dead, Outcome.NOBODY)
    return dead


def _read(batch: Sequence[Claimed], now: datetime) -> list[Delivery]:
    """What is still wanted, its deadline held so that nobody can end it before we are through.

    Services hold the deadline before its reminders; so do we, and without waiting for it: no deadlock.
    """
    rows = (
        Reminder.objects.select_related("deadline__unit")
        .select_for_update(of=("deadline",), skip_locked=True, no_key=True)
        .in_bulk([claimed.reminder_id for claimed in batch])
    )
    found = [(rows[c.reminder_id], c) for c in batch if c.reminder_id in rows]
    let_go(
        [claimed for claimed in batch if claimed.reminder_id not in rows],
        status=Reminder.Status.PENDING,
        next_at=now + BUSY,
    )
    _let_go([d for d in found if not still_wanted(d[0])], Reminder.Status.CANCELLED)
    return [d for d in found if still_wanted(d[0])]


def _let_go(deliveries: Sequence[Delivery], status: Reminder.Status) -> list[Delivery]:
    ours = let_go([claimed for _reminder, claimed in deliveries], status=status)
    return [d for d in deliveries if d[1].reminder_id in ours]


def _write(told: Sequence[tuple[Reminder, Membership]], today: date) -> None:
    """The newest says it all: an inbox holds one open notice about one thing. That a date is moved is another thing than the date."""
    now = timezone.now()
    newest = {_place(reminder, person): reminder.pk for reminder, person in told}
    open_ones = Notice.objects.filter(
        deadline__in={reminder.deadline_id for reminder, _person in told}, done_at=None
    ).values_list("pk", "deadline_id", "membership_id", "text")
    old = [
        pk
        for pk, date_of, whose, text in open_ones
        if (date_of, whose, text == MOVED_OFTEN) in newest
    ]
    Notice.objects.filter(pk__in=old).update(done_at=now)
    Notice.objects.bulk_create(
        Notice(
            municipality_id=reminder.municipality_id,
            agency_id=reminder.agency_id,
            reminder=reminder,
            deadline=reminder.deadline,
            membership=person,
            text=_text(reminder, today),
            created_at=now,
            done_at=None if newest[_place(reminder, person)] == reminder.pk else now,
        )
        for reminder, person in told
    )


def _place(reminder: Reminder, person: Membership) -> tuple[UUID, UUID, bool]:
    return reminder.deadline_id, person.pk, reminder.text == MOVED_OFTEN


def _text(reminder: Reminder, today: date) -> str:
    passed = reminder.deadline.due_on < today
    return WHEN_PASSED.get(reminder.text, reminder.text) if passed else reminder.text

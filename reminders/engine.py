"""One tick: find the partitions where something is due, claim, deliver. Any number may run at once."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_noop

from access.actor import Actor, system_actor
from access.request_transaction import work
from reminders.claim import Claimed, claim_due, let_go
from reminders.clock import trusted_now
from reminders.delivery import deliver
from reminders.failpoint import Point, reach
from reminders.inboxes import put_in_inboxes
from reminders.models import Reminder
from reminders.rules import Channel

NAME = gettext_noop("Påminnelser")
# Below the task's hard time limit with room for one slow mail, and below the lease: no mail is begun that others may have.
BUDGET_SECONDS = 45.0
logger = logging.getLogger("reminders")


def tick(now: datetime | None = None) -> Counter[str]:
    """Delivers what is due and counts the outcomes; what there is no time for, the next tick takes.

    now: as if it were that time, for the demo and for tests; otherwise the database's clock, while it can be trusted.
    """
    moment = now or trusted_now()
    if moment is None:
        return Counter()
    stop_at = time.monotonic() + BUDGET_SECONDS
    tally: Counter[str] = Counter()
    for municipality_id, agency_id in due_partitions(moment):
        actor = system_actor(name=NAME, municipality_id=municipality_id, agency_id=agency_id)
        _empty(actor, now=moment, stop_at=stop_at, tally=tally)
    return tally


def due_partitions(now: datetime) -> list[tuple[UUID, UUID]]:
    """(municipality, agency) pairs with something to do, from the one function that sees across partitions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT municipality_id, agency_id FROM reminders_due_partitions(%s)", [now])
        return [(row[0], row[1]) for row in cursor.fetchall()]


def _empty(actor: Actor, *, now: datetime, stop_at: float, tally: Counter[str]) -> None:
    while time.monotonic() < stop_at:
        reach(Point.CLAIM_BEFORE)
        with work(actor):
            batch = claim_due(now=now)
        reach(Point.CLAIM_KEPT)
        if not batch:
            return
        tally.update(_fill_inboxes(batch, actor=actor, now=now))
        mails = [claimed for claimed in batch if claimed.channel != Channel.INAPP]
        for position, claimed in enumerate(mails):
            if time.monotonic() >= stop_at:
                _give_back(actor, mails[position:])
                return
            tally.update(_deliver_one(claimed, actor=actor, now=now))


def _fill_inboxes(batch: Sequence[Claimed], *, actor: Actor, now: datetime) -> list[str]:
    notices = [claimed for claimed in batch if claimed.channel == Channel.INAPP]
    if not notices:
        return []
    try:
        return [*put_in_inboxes(notices, actor=actor, now=now)]
    except Exception:
        logger.exception("%d reminders: not delivered together, now one at a time", len(notices))
    return [
        outcome for claimed in notices for outcome in _deliver_one(claimed, actor=actor, now=now)
    ]


def _deliver_one(claimed: Claimed, *, actor: Actor, now: datetime) -> list[str]:
    try:
        outcome = deliver(claimed, actor=actor, now=now)
    except Exception:
        # One that fails must not hold up the others; its lease runs out and it is tried again.
        logger.exception("reminder %s: delivery failed", claimed.reminder_id)
        return ["failed"]
    return [outcome] if outcome else []


def _give_back(actor: Actor, batch: Sequence[Claimed]) -> None:
    with work(actor):
        let_go(batch, status=Reminder.Status.PENDING, tried=False)

"""Counting what is still to come anew, when the rules, the holidays or the time zone data have changed.

The rule that held on the day a deadline was set still holds for it; what has been sent stays as it is.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_noop

from access.actor import Actor, system_actor
from access.models import Agency
from access.request_transaction import work
from reminders.models import Deadline, Reminder
from reminders.rules import rules
from reminders.rules_version import counted_with
from reminders.services.deadlines import row_of

NAME = gettext_noop("Påminnelser")
AT_ONCE = 200


def recount_everywhere(*, now: datetime, version: str | None = None) -> int:
    """In every agency's partition in turn; gives how many deadlines were counted. Safe to run again at any time."""
    return sum(
        _recount_in(
            system_actor(
                name=NAME,
                municipality_id=agency.municipality_id,
                agency_id=agency.id,
                agency_kind=agency.kind,
            ),
            now=now,
            version=version or counted_with(),
        )
        for agency in Agency.objects.all()
    )


def _recount_in(actor: Actor, *, now: datetime, version: str) -> int:
    counted = 0
    while True:
        with work(actor):
            batch = list(
                Deadline.objects.select_for_update(skip_locked=True)
                .filter(state=Deadline.State.OPEN)
                .exclude(planned_with=version)
                .order_by("id")[:AT_ONCE]
            )
            for deadline in batch:
                _recount(deadline, now)
                deadline.planned_with = version
                deadline.save(update_fields=["planned_with"])
        counted += len(batch)
        if len(batch) < AT_ONCE:
            return counted


def _recount(deadline: Deadline, now: datetime) -> None:
    rows: dict[tuple[int, str, str], Reminder] = {
        (row.stage, row.channel, row.recipient): row
        for row in deadline.reminders.select_for_update().filter(version=deadline.version)
    }
    kept: set[UUID] = set()
    for planned in rules().plan(
        deadline.kind, due_on=deadline.due_on, now=deadline.planned_at, announce=True
    ):
        row = rows.get((planned.stage, planned.channel, planned.to))
        if row is None:
            row_of(deadline, planned, past=planned.fire_at <= now).save(force_insert=True)
            continue
        kept.add(row.pk)
        if _still_to_come(row, now) and row.fire_at != planned.fire_at:
            row.fire_at = row.next_at = planned.fire_at
            row.save(update_fields=["fire_at", "next_at"])
    dropped = [row.pk for row in rows.values() if row.pk not in kept and _still_to_come(row, now)]
    Reminder.objects.filter(pk__in=dropped).update(status=Reminder.Status.SUPERSEDED)


def _still_to_come(row: Reminder, now: datetime) -> bool:
    return row.status == Reminder.Status.PENDING and row.attempts == 0 and row.fire_at > now

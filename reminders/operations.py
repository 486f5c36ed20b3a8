"""How the reminders' machinery stands, for the municipality's administrator: counts, codes and ids, never a content.

The database answers only the administrator who acts, and only about the own municipality (migration 0007).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils import timezone

from access import door, routes
from access.actor import Actor
from access.request_transaction import record
from reminders import clock, queues
from reminders.models import Heartbeat, Reminder
from reminders.texts import NEEDS_LOOKING_AT, RUNS_WELL
from reminders.today import Panel

RETRY = "reminder.retry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A reminder that nobody got: channel "inapp" or "mail", the last try's outcome, the mail server's three digits."""

    id: UUID
    agency: str
    channel: str
    since: datetime | None
    outcome: str | None
    smtp_code: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """counts: due, claimed, today, and the reconciler's open findings by name. heard: queue → last sign of life."""

    counts: dict[str, int]
    heard: dict[str, datetime | None]
    silent: list[str]
    clock: str
    dead: list[Letter]

    @property
    def wants_somebody(self) -> bool:
        found = self.counts.keys() - {"due", "claimed", "today"}
        return bool(found or self.silent or self.clock or self.dead)


def state() -> State:
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, number FROM reminders_state()")
        counts = dict(cursor.fetchall())
        cursor.execute(
            "SELECT id, agency, channel, since, outcome, smtp_code FROM reminders_dead()"
        )
        dead = [
            Letter(id=pk, agency=agency, channel=channel, since=since, outcome=how, smtp_code=code)
            for pk, agency, channel, since, how, code in cursor.fetchall()
        ]
    beats = dict(Heartbeat.objects.values_list("queue", "beat_at"))
    return State(
        counts=counts,
        heard={name: beats.get(name) for name in queues.WATCHED},
        silent=queues.silent(now),
        clock=clock.halted(),
        dead=dead,
    )


def retry(reminder_id: UUID) -> None:
    """Sends a dead one again at the next tick. Raises NotHere where none of that id is dead in the municipality. Logged either way."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reminders_retry(%s)", [reminder_id])
        ((done,),) = cursor.fetchall()
    # Asked in both cases, as by the door: hidden and missing take the same way.
    exists = Reminder.objects.filter(pk=reminder_id).exists()
    if not done:
        outcome = "denied" if exists else "missing"
        door.refuse(Reminder, reminder_id, outcome=outcome, action=RETRY)
        raise door.NotHere
    record(RETRY, object_type="reminders.reminder", object_id=reminder_id)


def operations_panel(actor: Actor) -> list[Panel]:
    """On the administrator's own first page: above all else when something wants looking at."""
    if not routes.may_enter(actor, "operations"):
        return []
    wanted = state().wants_somebody
    return [
        Panel(
            title=str(NEEDS_LOOKING_AT if wanted else RUNS_WELL),
            template="reminders/operations_panel.html",
            context={"tone": "late" if wanted else "good"},
            place="above" if wanted else "below",
        )
    ]

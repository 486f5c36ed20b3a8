"""The queues, and whether each one's canary comes through: broker, worker and database, end to end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db.models.functions import Now

from reminders.models import Heartbeat

QUEUES = ("critical", "default", "bulk")
RECONCILER = "reconciler"
WATCHED = (*QUEUES, RECONCILER)
SILENCE = timedelta(seconds=120)
_NEVER = datetime.min.replace(tzinfo=UTC)


def beat(name: str) -> None:
    """Notes that it is alive, by the database's clock."""
    Heartbeat.objects.update_or_create(queue=name, defaults={"beat_at": Now()})


def silent(now: datetime) -> list[str]:
    """Those whose last sign of life is more than two minutes old, or that never gave one."""
    heard = dict(Heartbeat.objects.values_list("queue", "beat_at"))
    return [name for name in WATCHED if heard.get(name, _NEVER) < now - SILENCE]

"""What Celery calls. The queue is the rows; a tick that is lost or doubled changes nothing."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from reminders import engine, queues, reconciler
from reminders.services.recount import recount_everywhere


@shared_task(name="reminders.tick", acks_late=True)  # type: ignore[untyped-decorator]  # Celery has no types
def tick() -> None:
    """Deliver what is due."""
    engine.tick()


@shared_task(name="reminders.canary", acks_late=True)  # type: ignore[untyped-decorator]  # Celery has no types
def canary(queue: str) -> None:
    """Came through the broker and a worker of that queue, and reached the database."""
    queues.beat(queue)


@shared_task(name="reminders.reconcile", acks_late=True)  # type: ignore[untyped-decorator]  # Celery has no types
def reconcile() -> None:
    """Look for what was lost, left behind or held too long."""
    reconciler.reconcile()


@shared_task(name="reminders.recount", acks_late=True)  # type: ignore[untyped-decorator]  # Celery has no types
def recount() -> None:
    """Count anew what is still to come, where the rules or the time zone data have changed."""
    recount_everywhere(now=timezone.now())

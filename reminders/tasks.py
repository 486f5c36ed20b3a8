"""What Celery calls. The queue is the rows; a tick that is lost or doubled changes nothing."""

from __future__ import annotations

from celery import shared_task

from reminders import engine


@shared_task(name="reminders.tick", acks_late=True)  # type: ignore[untyped-decorator]
def tick() -> None:
    """Deliver what is due."""
    engine.tick()

"""What Celery calls."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from cases.services.forgotten import destroy_forgotten


@shared_task(name="cases.destroy_forgotten", acks_late=True)  # type: ignore[untyped-decorator]
def forgotten() -> None:
    """Destroy drafts that nobody came back to."""
    destroy_forgotten(now=timezone.now())

"""What Celery calls."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from cases.services.forgotten import destroy_forgotten
from cases.services.ownerless import find_everywhere


@shared_task(name="cases.destroy_forgotten", acks_late=True)  # type: ignore[untyped-decorator]
def forgotten() -> None:
    """Destroy drafts that nobody came back to."""
    destroy_forgotten(now=timezone.now())


@shared_task(name="cases.find_ownerless", acks_late=True)  # type: ignore[untyped-decorator]
def find_ownerless() -> None:
    """Tell the managers what lost its owner since, and what has one again."""
    find_everywhere(now=timezone.now())

"""What Celery calls."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from access.models import Agency
from cases.services.birth_date import end_what_is_over
from cases.services.forgotten import destroy_forgotten
from cases.services.ownerless import find_everywhere, find_for


@shared_task(name="cases.destroy_forgotten", acks_late=True)  # type: ignore[untyped-decorator]
def forgotten() -> None:
    """Destroy drafts that nobody came back to."""
    destroy_forgotten(now=timezone.now())


@shared_task(name="cases.find_ownerless", acks_late=True)  # type: ignore[untyped-decorator]
def find_ownerless() -> None:
    """Tell the managers what lost its owner since, and what has one again."""
    find_everywhere(now=timezone.now())


@shared_task(name="cases.find_ownerless_in", acks_late=True)  # type: ignore[untyped-decorator]  # celery has no types
def find_ownerless_in(agency_id: str) -> None:
    """The same in one agency, where somebody's role has just been ended."""
    find_for(Agency.objects.get(pk=UUID(agency_id)), now=timezone.now())


@shared_task(name="cases.end_consents", acks_late=True)  # type: ignore[untyped-decorator]
def ended_consents() -> None:
    """Write down what ended at midnight, on both sides; also after an outage."""
    end_what_is_over(now=timezone.now())

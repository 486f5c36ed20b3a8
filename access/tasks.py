"""What Celery calls in access. Asking twice changes nothing: the rows decide."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from access.log_review.monthly import draw_everywhere


@shared_task(name="access.log_review_month", acks_late=True)  # type: ignore[untyped-decorator]
def log_review_month() -> None:
    """Draw last month's sample in every agency that has somebody who reviews its log."""
    draw_everywhere(today=timezone.localdate())

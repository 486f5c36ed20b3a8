"""What Celery calls in access. Asking twice changes nothing: the rows decide."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from access.accounts.invitation import send
from access.log_review.monthly import draw_everywhere


@shared_task(name="access.log_review_month", acks_late=True)  # type: ignore[untyped-decorator]  # celery has no types
def log_review_month() -> None:
    """Draw last month's sample in every agency that has somebody who reviews its log."""
    draw_everywhere(today=timezone.localdate())


@shared_task(  # type: ignore[untyped-decorator]  # celery has no types
    name="access.send_invitation",
    acks_late=True,
    autoretry_for=(OSError,),
    retry_backoff=30,
    max_retries=8,
)
def send_invitation(user_id: str) -> None:
    """Mail the link with which somebody chooses a password. Twice it is two mails, and one of the links works."""
    send(UUID(user_id))

"""The month's log review has a day by which it is done, for the one who reviews the log."""

from __future__ import annotations

from uuid import UUID

from access.log_review.services import follow
from access.models import LogReview
from reminders.services import finish, set_deadline

KIND = "log_review_due"


def _drawn(review: LogReview, responsible: UUID) -> None:
    set_deadline(
        kind=KIND,
        subject_id=review.id,
        label=f"{review.month:%Y-%m}",
        route="log_review_month",
        responsible=responsible,
    )


def _signed(review: LogReview) -> None:
    finish(kind=KIND, subject_id=review.id)


def follow_log_review() -> None:
    """Called once, when the app is ready."""
    follow(drawn=_drawn, signed=_signed)

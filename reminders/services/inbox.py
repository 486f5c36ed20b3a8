"""What a person does with a notice."""

from __future__ import annotations

from django.utils import timezone

from reminders.models import Notice


def mark_seen(*, notice: Notice) -> None:
    """Takes a notice, opened through the door, off the list; the task itself stays until it is done."""
    if notice.done_at is None:
        notice.read_at = notice.done_at = timezone.now()
        notice.save(update_fields=["read_at", "done_at"])

"""What became of each try to deliver: an append-only row, and the log's event where something came through."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from access.request_transaction import record
from reminders.claim import Claimed
from reminders.models import Attempt, Deadline, Outcome, Reminder
from reminders.moving import MOVED_STAGE

Delivery = tuple[Reminder, Claimed]


def still_wanted(reminder: Reminder) -> bool:
    deadline = reminder.deadline
    if reminder.stage == MOVED_STAGE:
        return deadline.state != Deadline.State.CANCELLED
    return deadline.state == Deadline.State.OPEN and deadline.version == reminder.version


def note(deliveries: Sequence[Delivery], outcome: Outcome, *, code: int | None = None) -> None:
    """One row for each delivery. code: the mail server's three digits, if it gave any."""
    now = timezone.now()
    Attempt.objects.bulk_create(
        Attempt(
            municipality_id=reminder.municipality_id,
            agency_id=reminder.agency_id,
            reminder=reminder,
            fence=claimed.fence,
            at=now,
            outcome=outcome,
            smtp_code=code,
        )
        for reminder, claimed in deliveries
    )
    if outcome not in {Outcome.DELIVERED, Outcome.ACCEPTED, Outcome.JOINED}:
        return
    for reminder, _claimed in deliveries:
        record(
            "reminder.sent",
            object_type="reminders.reminder",
            object_id=reminder.pk,
            case=(None, reminder.deadline.label),
            basis=reminder.channel,
        )

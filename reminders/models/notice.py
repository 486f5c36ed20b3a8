"""A message in somebody's inbox; the authoritative form of a reminder, made exactly once."""

from __future__ import annotations

from django.db import models

from access.models import Membership, PartitionModel
from reminders.models.deadline import Deadline
from reminders.models.reminder import Reminder


class Notice(PartitionModel):
    reminder = models.ForeignKey(Reminder, models.PROTECT, related_name="+")
    deadline = models.ForeignKey(Deadline, models.PROTECT, related_name="notices")
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    text = models.CharField(max_length=40)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    # Not shown before this day; nothing that is sent waits for it.
    snoozed_until = models.DateField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "reminder"], name="one_notice_per_reminder"
            )
        ]
        indexes = [
            models.Index(
                fields=["membership", "-created_at"],
                condition=models.Q(done_at__isnull=True),
                name="open_notices_of_somebody",
            )
        ]

    def __str__(self) -> str:
        return self.text

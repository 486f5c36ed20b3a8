"""One message that a deadline owes somebody, and the record of every try to deliver it. The rows are the queue."""

from __future__ import annotations

from django.db import models

from access.models import PartitionModel
from reminders.models.deadline import Deadline


class Reminder(PartitionModel):
    class Status(models.TextChoices):
        PENDING = "pending"
        CLAIMED = "claimed"
        SENT = "sent"
        SUPERSEDED = "superseded"
        CANCELLED = "cancelled"
        UNKNOWN = "unknown"  # a mail may or may not have been accepted: sent again with the same Message-ID
        DEAD = "dead"

    WAITING = (Status.PENDING, Status.UNKNOWN)
    UNFINISHED = (Status.PENDING, Status.CLAIMED, Status.UNKNOWN)

    deadline = models.ForeignKey(Deadline, models.PROTECT, related_name="reminders")
    version = models.PositiveIntegerField()
    stage = models.SmallIntegerField()
    channel = models.CharField(max_length=10)
    recipient = models.CharField(max_length=20)
    text = models.CharField(max_length=40)
    fire_at = models.DateTimeField()
    # An emergency's mail waits for no opening hours (domain.md §6.5).
    any_hour = models.BooleanField(default=False)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PENDING)
    claim = models.UUIDField(null=True)
    fence = models.PositiveBigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()

    class Meta:
        ordering = ["next_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "municipality",
                    "agency",
                    "deadline",
                    "version",
                    "stage",
                    "channel",
                    "recipient",
                ],
                name="each_reminder_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="claimed")
                | models.Q(claim__isnull=False, lease_until__isnull=False),
                name="claimed_reminder_has_a_lease",
            ),
        ]
        indexes = [
            # Partial, so that an idle poll costs the same with a million deadlines as with ten.
            models.Index(
                fields=["next_at"],
                condition=models.Q(status__in=("pending", "unknown")),
                name="reminders_waiting",
            ),
            models.Index(
                fields=["lease_until"],
                condition=models.Q(status="claimed"),
                name="reminders_claimed",
            ),
            models.Index(
                fields=["deadline"],
                condition=models.Q(status="dead"),
                name="reminders_dead",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.stage:+d}"


class Outcome(models.TextChoices):
    STARTED = "started"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    JOINED = "joined"  # said by a mail that went to the same person after this was due
    DEFERRED = "deferred"
    UNCERTAIN = "uncertain"
    REFUSED = "refused"
    NOBODY = "nobody"


class Attempt(PartitionModel):
    """Append-only: a try is one row when it starts and one when its outcome is known; neither is changed."""

    reminder = models.ForeignKey(Reminder, models.PROTECT, related_name="tries")
    fence = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    # The mail server's three-digit answer; its text may hold an address and is not kept.
    smtp_code = models.PositiveSmallIntegerField(null=True)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return self.outcome

"""How the machinery itself stands: which queue is alive, whether the clock can be trusted, what the reconciler found."""

from __future__ import annotations

from django.db import models

from access.models import PartitionModel


class Heartbeat(models.Model):
    """One row a queue: when its canary last came through the broker and a worker."""

    queue = models.CharField(max_length=20, primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.queue


class Clock(models.Model):
    """One row for each start of a machine: the last time of the database's clock that was trusted there.

    host: the machine's boot id. uptime: its seconds since then, asleep or not, when `seen_at` was read.
    fault: "forward" or "back" while claiming is halted.
    """

    host = models.CharField(max_length=40, primary_key=True)
    seen_at = models.DateTimeField()
    uptime = models.FloatField()
    fault = models.CharField(max_length=10, blank=True)
    halted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.fault or "ok"


class Check(models.TextChoices):
    """What the reconciler looks for."""

    INCOMPLETE = "incomplete"  # an open deadline lacks a reminder that its timer asks for
    OVERDUE = "overdue"  # a reminder has waited for more than five minutes past its time
    STUCK = "stuck"  # a claim has stood for more than a minute past its lease
    STRAY = "stray"  # a reminder still waits though its deadline is closed or has a newer version
    NOBODY = "nobody"  # nobody in the agency could take it


class Finding(PartitionModel):
    """Raised once for as long as it lasts. object_id: the deadline of `incomplete`, else the reminder."""

    check_name = models.CharField(max_length=12, choices=Check.choices)
    object_id = models.UUIDField()
    found_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["found_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "check_name", "object_id"],
                condition=models.Q(gone_at__isnull=True),
                name="each_finding_once",
            )
        ]

    def __str__(self) -> str:
        return self.check_name

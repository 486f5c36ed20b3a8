"""A secret address where somebody's calendar program fetches dates without names."""

from __future__ import annotations

from django.db import models

from access.models import Membership, PartitionModel


class CalendarFeed(PartitionModel):
    """token_hash: SHA-256 (hex) of the secret in the address; the secret itself is shown once and kept nowhere."""

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    token_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "membership"],
                condition=models.Q(revoked_at__isnull=True),
                name="one_calendar_feed_per_membership",
            )
        ]
        indexes = [
            models.Index(
                fields=["token_hash"],
                condition=models.Q(revoked_at__isnull=True),
                name="calendar_feeds_by_token",
            )
        ]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d}"

"""Break-glass (nödöppning): one case, read only, for a short time, with a reason; reviewed by somebody else."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from access.models import Membership, PartitionModel, Unit
from cases.models.case import Case
from crypto.fields import SealedField


class BreakGlassQuery(models.QuerySet["BreakGlass"]):
    def in_force(self, now: datetime) -> BreakGlassQuery:
        """Ends by itself: no job has to close anything."""
        return self.filter(opened_at__lte=now, until__gt=now, ended_at__isnull=True)


class BreakGlass(PartitionModel):
    """An opening is never prolonged: a second one is a row, a reason and a review of its own.

    `reviewer` is who has been asked to review it; `opened_by_user` and `reviewed_by_user` let the database itself
    hold the two apart, whatever memberships they have.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="openings")
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    opened_by_user = models.UUIDField()
    reason = models.CharField(max_length=40)
    words = SealedField(uid="cases.break_glass.words")
    opened_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reviewer = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    reviewed_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    reviewed_by_user = models.UUIDField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=40, blank=True)
    note = SealedField(uid="cases.break_glass.note", null=True)

    objects: ClassVar[models.Manager[BreakGlass]] = BreakGlassQuery.as_manager()

    class Meta:
        ordering = ["-opened_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gt=F("opened_at")), name="break_glass_ends_after"
            ),
            models.CheckConstraint(
                condition=Q(
                    outcome="",
                    reviewed_by__isnull=True,
                    reviewed_by_user__isnull=True,
                    reviewed_at__isnull=True,
                )
                | Q(
                    ~Q(outcome=""),
                    reviewed_by__isnull=False,
                    reviewed_by_user__isnull=False,
                    reviewed_at__isnull=False,
                ),
                name="break_glass_reviewed_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(reviewed_by_user=F("opened_by_user")),
                name="break_glass_never_reviewed_by_its_opener",
            ),
        ]
        indexes = [
            models.Index(
                fields=["membership", "until"],
                condition=Q(ended_at__isnull=True),
                name="break_glass_of_somebody",
            )
        ]

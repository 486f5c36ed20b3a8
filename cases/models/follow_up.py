"""Follow-up (uppföljning i SSPF): an open case always has exactly one planned; held ones stay as they were."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from access.models import Membership, PartitionModel
from cases.models.case import Case
from crypto.fields import SealedField


class FollowUpState(models.TextChoices):
    PLANNED = "planned", _("Planerad")
    HELD = "held", _("Gjord")
    CANCELLED = "cancelled", _("Inställd")


class FollowUp(PartitionModel):
    case = models.ForeignKey(Case, models.PROTECT, related_name="follow_ups")
    due_on = models.DateField()
    responsible = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=10, choices=FollowUpState.choices, default=FollowUpState.PLANNED
    )
    how = SealedField(uid="cases.follow_up.how")
    agreed = SealedField(uid="cases.follow_up.agreed")
    held_at = models.DateTimeField(null=True)
    held_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-due_on", "-created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "case"],
                condition=models.Q(state="planned"),
                name="one_planned_follow_up_per_case",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="held")
                | models.Q(held_at__isnull=False, held_by__isnull=False),
                name="held_follow_up_says_when_and_by_whom",
            ),
        ]

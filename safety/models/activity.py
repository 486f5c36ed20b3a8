"""What a promise is kept by: who does what by when, how one sees it, what came of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from access.models import Membership, PartitionModel, Unit
from safety.models.pledge import Pledge, Promise


class ActivityStatus(models.TextChoices):
    PLANNED = "planned", _("Planerad")
    ONGOING = "ongoing", _("Pågår")
    DONE = "done", _("Genomförd")
    DROPPED = "dropped", _("Blev inte av")


class Activity(PartitionModel):
    """`promise` is empty for what serves the whole pledge. `figure_keys`: see `access.figures`."""

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="activities")
    promise = models.ForeignKey(Promise, models.SET_NULL, null=True, related_name="activities")
    what = models.TextField()
    owner_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(null=True)
    indicator = models.CharField(max_length=300, blank=True)
    result = models.TextField(blank=True)
    status = models.CharField(
        max_length=20, choices=ActivityStatus.choices, default=ActivityStatus.PLANNED
    )
    figure_keys = models.JSONField(default=list)
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["order", "id"]

    def __str__(self) -> str:
        return self.what


class FollowUp(PartitionModel):
    """How it went, told to the public at the next publication."""

    activity = models.ForeignKey(Activity, models.PROTECT, related_name="follow_ups")
    text = models.TextField()
    noted_on = models.DateField()
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["noted_on", "id"]

    def __str__(self) -> str:
        return self.text

"""A joint intervention (gemensam insats): two or more agencies, a group or an area, never a person."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from access.models import Membership, PartitionModel, Unit
from safety.models.activity import Activity


class Level(models.TextChoices):
    GROUP = "group", _("Grupp")
    AREA = "area", _("Område")


class InterventionState(models.TextChoices):
    PLANNED = "planned", _("Planerad")
    ONGOING = "ongoing", _("Pågår")
    DONE = "done", _("Avslutad")


# What may follow a state.
NEXT: dict[InterventionState, tuple[InterventionState, ...]] = {
    InterventionState.PLANNED: (InterventionState.ONGOING,),
    InterventionState.ONGOING: (InterventionState.DONE, InterventionState.PLANNED),
    InterventionState.DONE: (InterventionState.ONGOING,),
}


class Intervention(PartitionModel):
    number = models.CharField(max_length=20)
    level = models.CharField(max_length=10, choices=Level.choices)
    what = models.TextField()
    where = models.CharField(max_length=200)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    requested_by = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    activity = models.ForeignKey(Activity, models.SET_NULL, null=True, related_name="interventions")
    state = models.CharField(
        max_length=10, choices=InterventionState.choices, default=InterventionState.PLANNED
    )
    result = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-starts_on", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "number"], name="intervention_number_once"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True)
                | models.Q(ends_on__gte=models.F("starts_on")),
                name="intervention_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class TaskStatus(models.TextChoices):
    PLANNED = "planned", _("Planerad")
    ONGOING = "ongoing", _("Pågår")
    DONE = "done", _("Gjord")
    DROPPED = "dropped", _("Blev inte av")


OPEN_TASK = (TaskStatus.PLANNED, TaskStatus.ONGOING)


class InterventionTask(PartitionModel):
    """`agency` is the one that is to do it; its responsible person works there."""

    intervention = models.ForeignKey(Intervention, models.PROTECT, related_name="tasks")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    responsible = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    what = models.TextField()
    due_on = models.DateField()
    status = models.CharField(max_length=10, choices=TaskStatus.choices, default=TaskStatus.PLANNED)
    result = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["due_on", "id"]

    def __str__(self) -> str:
        return self.what

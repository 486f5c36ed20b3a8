"""A person of another municipality, appointed to approve what is proposed in one case, for a time."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from access.models import Membership, PartitionModel
from cases.models.case import Case


class AppointmentQuery(models.QuerySet["Appointment"]):
    def in_force(self, today: date) -> AppointmentQuery:
        return self.filter(starts_on__lte=today, ends_on__gte=today, ended_at__isnull=True)


class Appointment(PartitionModel):
    """`membership` is the appointed person's guest membership here; without an appointment it opens nothing."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="appointments")
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    home = models.CharField(max_length=60)
    appointed_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    appointed_at = models.DateTimeField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Appointment]] = AppointmentQuery.as_manager()

    class Meta:
        ordering = ["starts_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "case", "membership", "starts_on"],
                condition=Q(ended_at__isnull=True),
                name="appointment_once",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="appointment_ends_after"
            ),
        ]

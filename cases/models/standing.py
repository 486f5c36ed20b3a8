"""Standing sharing (löpande delning): only where the municipality has decided so, with a date."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from access.models import Membership, PartitionModel


class StandingQuery(models.QuerySet["StandingDecision"]):
    def in_force(self, today: date) -> StandingQuery:
        return self.filter(decided_on__lte=today, until__gte=today, ended_at__isnull=True)


class StandingDecision(PartitionModel):
    """The decision as registered: to which agency, for which kind of information, until when."""

    number = models.CharField(max_length=40)
    decided_on = models.DateField()
    until = models.DateField()
    to_agency = models.UUIDField()
    to_agency_name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20)
    registered_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[StandingDecision]] = StandingQuery.as_manager()

    class Meta:
        ordering = ["-decided_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gte=F("decided_on")), name="standing_ends_after"
            ),
            models.UniqueConstraint(
                fields=["municipality", "agency", "number", "to_agency", "kind"],
                condition=Q(ended_at__isnull=True),
                name="standing_once",
            ),
        ]

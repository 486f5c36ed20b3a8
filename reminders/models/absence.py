"""When somebody is away, and who takes their reminders meanwhile. Why somebody is away is nobody's business here."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models

from access.models import Membership, PartitionModel


class AbsenceQuery(models.QuerySet["Absence"]):
    def in_force(self, today: date) -> AbsenceQuery:
        return self.filter(from_day__lte=today, to_day__gte=today, ended_at__isnull=True)


class Absence(PartitionModel):
    """From the first day to the last, both included; `ended_at` ends it at once."""

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    from_day = models.DateField()
    to_day = models.DateField()
    substitute = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    noted_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Absence]] = AbsenceQuery.as_manager()

    class Meta:
        ordering = ["from_day", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(to_day__gte=models.F("from_day")), name="absence_ends_after"
            ),
            models.CheckConstraint(
                condition=~models.Q(membership=models.F("substitute")), name="substitute_is_another"
            ),
        ]
        indexes = [
            models.Index(
                fields=["membership", "to_day"],
                condition=models.Q(ended_at__isnull=True),
                name="absences_of_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"{self.from_day} – {self.to_day}"

"""Guardian (vårdnadshavare): who decides in a young person's personal matters, from–to (FB 6 kap. 2 and 11 §§)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models

from access.models import PartitionModel
from cases.models.person import Person
from crypto.fields import SealedField


class GuardianQuery(models.QuerySet["Guardian"]):
    def in_force(self, on: date) -> GuardianQuery:
        return self.filter(starts_on__lte=on).exclude(ends_on__lt=on)


class Guardian(PartitionModel):
    """`custody` is a code of law/custody.toml; `ends_on` the last day, null while it lasts."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="guardians")
    name = SealedField(uid="cases.guardian.name")
    phone = SealedField(uid="cases.guardian.phone")
    address = SealedField(uid="cases.guardian.address")
    custody = models.CharField(max_length=20)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    form_id = models.UUIDField(null=True)

    objects: ClassVar[models.Manager[Guardian]] = GuardianQuery.as_manager()

    class Meta:
        ordering = ["starts_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True)
                | models.Q(ends_on__gte=models.F("starts_on")),
                name="guardian_ends_after",
            ),
            models.UniqueConstraint(
                fields=["municipality", "agency", "form_id"], name="guardian_once_per_form"
            ),
        ]

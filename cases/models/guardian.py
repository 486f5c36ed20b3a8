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


class GuardianCorrection(PartitionModel):
    """Append-only: what stood wrong about a guardian, and why it was corrected.

    custody_was: the code that stood, also where it was right. name_was: null where the name was right; how somebody is
    reached is kept up without history. recorded_by: a membership.
    """

    guardian = models.ForeignKey(Guardian, models.PROTECT, related_name="corrections")
    custody_was = models.CharField(max_length=20)
    name_was = SealedField(uid="cases.guardian_correction.name_was", null=True)
    reason = SealedField(uid="cases.guardian_correction.reason")
    at = models.DateTimeField()
    recorded_by = models.UUIDField()

    class Meta:
        ordering = ["at", "id"]

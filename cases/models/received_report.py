"""A report of concern (orosanmälan) that has come in: when, and what is to be done by when. Never what the investigation says."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from access.models import Membership, PartitionModel, Unit
from cases.models.person import Person
from crypto.fields import SealedField


class ReportState(models.TextChoices):
    RECEIVED = "received", _("Förhandsbedömning pågår")
    OPENED = "opened", _("Utredning inledd")
    NOT_OPENED = "not_opened", _("Utredning inte inledd")
    ONGOING = "ongoing", _("Utredning pågick redan")


class ReceivedReport(PartitionModel):
    """In the intake unit's own partition, and reached by that unit only. The agency's case system holds the original."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    number = models.CharField(max_length=20)
    received_at = models.DateTimeField()
    how = models.CharField(max_length=20)
    responsible = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()
    child = SealedField(uid="cases.received_report.child")
    reporter = SealedField(uid="cases.received_report.reporter")
    reference = SealedField(uid="cases.received_report.reference")
    # The last day counted strictly (SoL 20:2); the law's own limit may be later (rules/report_dates.py).
    decide_by = models.DateField()
    protection_assessed_at = models.DateTimeField(null=True)
    protection_assessed_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, related_name="+"
    )
    state = models.CharField(
        max_length=20, choices=ReportState.choices, default=ReportState.RECEIVED
    )
    decided_on = models.DateField(null=True)
    decided_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=0)
    # Known here, and then the bars reach the report too; most who are reported are not.
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["received_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "number"],
                name="received_report_number_once_per_agency",
            ),
            models.CheckConstraint(
                condition=models.Q(state="received", decided_on__isnull=True)
                | (~models.Q(state="received") & models.Q(decided_on__isnull=False)),
                name="decided_report_has_a_day",
            ),
        ]

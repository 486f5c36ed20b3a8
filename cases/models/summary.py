"""A summary (sammanfattning): text written by the owner for one other agency, approved by a second person."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from access.models import Membership, PartitionModel
from cases.models.case import Case
from cases.models.consent import Consent
from crypto.fields import SealedField


class SummaryState(models.TextChoices):
    DRAFT = "draft", _("Väntar på godkännande")
    RETURNED = "returned", _("Tillbaka för ändring")
    RELEASED = "released", _("Utlämnad")


class Summary(PartitionModel):
    case = models.ForeignKey(Case, models.PROTECT, related_name="summaries")
    consent = models.ForeignKey(Consent, models.PROTECT, related_name="summaries")
    to_agency = models.UUIDField()
    to_agency_name = models.CharField(max_length=120)
    to_unit = models.UUIDField()
    to_unit_name = models.CharField(max_length=120)
    about = SealedField(uid="cases.summary.about")
    body = SealedField(uid="cases.summary.body")
    until = models.DateField()
    state = models.CharField(
        max_length=20, choices=SummaryState.choices, default=SummaryState.DRAFT
    )
    author = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    written_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-written_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True)
                | ~models.Q(approved_by=models.F("author")),
                name="summary_approver_is_not_author",
            )
        ]


class SummaryReader(PartitionModel):
    """A named person of the receiving unit. Their membership is in another partition: a plain id."""

    summary = models.ForeignKey(Summary, models.PROTECT, related_name="readers")
    reader_membership = models.UUIDField()
    reader_name = models.CharField(max_length=120)

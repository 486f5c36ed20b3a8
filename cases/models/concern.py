"""A concern (orossignal): the draft and the receipt stay with the sender, the text goes to the receiver."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from access.models import Membership, PartitionModel
from cases.models.case import Case
from crypto.fields import SealedField


class ConcernDraft(PartitionModel):
    """What has been typed so far, sealed under a key of its own that dies with the draft."""

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    payload = SealedField(uid="cases.concern_draft.payload")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "membership"], name="one_concern_draft_each"
            )
        ]


class ConcernState(models.TextChoices):
    NEW = "new", _("Ny")
    TAKEN = "taken", _("Tagen")
    DECLINED = "declined", _("Inte aktuell")


class Concern(PartitionModel):
    """In the receiver's intake, sealed under the receiver's key. The sender's side is told, not linked."""

    number = models.CharField(max_length=20)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=20, choices=ConcernState.choices, default=ConcernState.NEW)
    child = SealedField(uid="cases.concern.child")
    seen = SealedField(uid="cases.concern.seen")
    place = SealedField(uid="cases.concern.place")
    done = SealedField(uid="cases.concern.done")
    guardians = SealedField(uid="cases.concern.guardians")
    sender = SealedField(uid="cases.concern.sender")
    decision = SealedField(uid="cases.concern.decision")
    by_phone = models.BooleanField(default=False)
    basis = models.CharField(max_length=30)
    basis_version = models.DateField()
    answer_by = models.DateField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="concerns")

    class Meta:
        ordering = ["received_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "number"], name="concern_number_once_per_agency"
            )
        ]


class ConcernReceipt(PartitionModel):
    """All that the sender keeps: a number and a time. What it later says follows from the time alone."""

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    number = models.CharField(max_length=20)
    sent_at = models.DateTimeField()
    settled_on = models.DateField()

    class Meta:
        ordering = ["-sent_at"]


class ReportMade(PartitionModel):
    """That a report of concern (orosanmälan, SoL 19:1) was made; secret where it was made (OSL 40:7 g)."""

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    unit_id = models.UUIDField()
    number = models.CharField(max_length=20)
    made_at = models.DateTimeField()
    how = models.CharField(max_length=20)
    received_by = SealedField(uid="cases.report_made.received_by")
    feedback_asked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made_at"]

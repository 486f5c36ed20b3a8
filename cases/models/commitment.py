"""Commitment (åtagande): what somebody has promised for the young person, until when, and which adult reminds them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from access.models import Membership, PartitionModel
from cases.models.case import Case
from cases.models.guardian import Guardian
from crypto.fields import SealedField


class PromisedBy(models.TextChoices):
    YOUNG = "young", _("Den unge")
    GUARDIAN = "guardian", _("Vårdnadshavare")
    COLLEAGUE = "colleague", _("Kollega")


class CommitmentState(models.TextChoices):
    OPEN = "open", _("Pågår")
    KEPT = "kept", _("Klart")
    NOT_KEPT = "not_kept", _("Blev inte av")
    DROPPED = "dropped", _("Gäller inte längre")


class Commitment(PartitionModel):
    """`adult` is reminded: whom the family chose; a colleague's own promise reminds that colleague."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="commitments")
    promise = SealedField(uid="cases.commitment.promise")
    promised_by = models.CharField(max_length=10, choices=PromisedBy.choices)
    guardian = models.ForeignKey(Guardian, models.PROTECT, null=True, related_name="+")
    colleague = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    due_on = models.DateField()
    adult = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=10, choices=CommitmentState.choices, default=CommitmentState.OPEN
    )
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["due_on", "created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    promised_by="young", guardian__isnull=True, colleague__isnull=True
                )
                | models.Q(promised_by="guardian", guardian__isnull=False, colleague__isnull=True)
                | models.Q(promised_by="colleague", guardian__isnull=True, colleague__isnull=False),
                name="commitment_says_who_promised",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", closed_at__isnull=True, closed_by__isnull=True)
                | (
                    ~models.Q(state="open")
                    & models.Q(closed_at__isnull=False, closed_by__isnull=False)
                ),
                name="ended_commitment_says_when_and_by_whom",
            ),
        ]

"""What somebody had typed when the session locked: sealed, kept for the same membership, given back."""

from __future__ import annotations

from django.db import models

from access.models.membership import Membership
from access.models.partition import PartitionModel
from crypto.fields import SealedField


class HeldForm(PartitionModel):
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    path = models.CharField(max_length=300)
    payload = SealedField(uid="access.held_form.payload")
    held_at = models.DateTimeField()

    class Meta:
        ordering = ["-held_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "membership", "path"],
                name="one_held_form_per_page",
            )
        ]

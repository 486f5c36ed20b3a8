"""That two persons here are siblings: it exists only for who may see both. It moves nothing between their cases."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from access.models import Membership, PartitionModel
from cases.models.person import Person


class Sibling(PartitionModel):
    """`one` has the lower id, so that a pair stands once."""

    one = models.ForeignKey(Person, models.PROTECT, related_name="+")
    other = models.ForeignKey(Person, models.PROTECT, related_name="+")
    linked_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    linked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["linked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "one", "other"],
                condition=Q(ended_at__isnull=True),
                name="siblings_once",
            ),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="sibling_pair_in_order"),
        ]

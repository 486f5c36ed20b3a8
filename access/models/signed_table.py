"""SignedTable: who signed which version of which table that decides, on paper. Only ever added to."""

from __future__ import annotations

from django.db import models

from access.models.membership import Membership
from access.models.partition import PartitionModel


class SignedTable(PartitionModel):
    """`sha256` in hex is what was signed; `version` is what the paper called it. Every agency of the municipality may read it.

    signed_by and title name an official in office, never a person of a case.
    """

    table = models.CharField(max_length=40)
    version = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    signed_by = models.CharField(max_length=120)
    title = models.CharField(max_length=120)
    signed_on = models.DateField()
    paper_reference = models.CharField(max_length=60)
    recorded_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-recorded_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    *("municipality", "agency", "table", "sha256"),
                    *("signed_by", "title", "signed_on", "paper_reference"),
                ],
                name="table_signed_once_each",
            )
        ]
        indexes = [
            models.Index(fields=["municipality", "table", "-recorded_at"], name="tables_signed")
        ]

"""What every protected row has: an id made before insert, and the partition it lives in."""

from __future__ import annotations

import uuid

from django.db import models

from access.models.directory import Agency, Municipality


class PartitionModel(models.Model):
    """A row of exactly one (municipality, agency); the database's row-level security holds it there.

    Reached only through `access.door`; written only by services.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")

    class Meta:
        abstract = True

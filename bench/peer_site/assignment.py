"""The product's table of assignments, as the peers see it: the same columns, keys and row-level security."""

import uuid

from django.db import models


class AssignmentRow(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    municipality_id = models.UUIDField()
    agency_id = models.UUIDField()
    case_id = models.UUIDField()
    membership_id = models.UUIDField()
    lead = models.BooleanField(default=False)
    starts_on = models.DateField()
    ends_on = models.DateField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        managed = False
        db_table = "cases_assignment"

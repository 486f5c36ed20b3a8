"""The product's table of cases, as django-guardian sees it; one row of permission for each assignment."""

import uuid

from django.db import models


class CaseRow(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    municipality_id = models.UUIDField()
    agency_id = models.UUIDField()
    number = models.CharField(max_length=20)
    opened_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "cases_case"

    def __str__(self) -> str:
        return self.number


SUBJECT = CaseRow

"""The product's table of cases, as django-guardian sees it: with generic permissions, and with foreign keys to it."""

import uuid

from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase


class _Case(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    municipality_id = models.UUIDField()
    agency_id = models.UUIDField()
    number = models.CharField(max_length=20)
    opened_at = models.DateTimeField()

    class Meta:
        abstract = True
        managed = False
        db_table = "cases_case"

    def __str__(self) -> str:
        return self.number


class CaseRow(_Case):
    """Guardian's default: permissions in tables for every model, with the row's key as text."""


class KeyedCase(_Case):
    """Guardian's "direct foreign key permissions"."""


class KeyedCaseUserPermission(UserObjectPermissionBase):  # type: ignore[misc]  # not installed where types are checked
    content_object = models.ForeignKey(KeyedCase, models.CASCADE)


class KeyedCaseGroupPermission(GroupObjectPermissionBase):  # type: ignore[misc]
    content_object = models.ForeignKey(KeyedCase, models.CASCADE)


SUBJECT = CaseRow

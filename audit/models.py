"""The log as the log review reads it; rows are written by `audit.record` only (schema in SQL)."""

from typing import Any, NoReturn

from django.contrib.postgres.fields import ArrayField
from django.db import models


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    """Reads; what the database would refuse is refused here with a clearer word."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("events are written by audit.record.write and never changed")

    create = bulk_create = bulk_update = update = delete = _refuse


class AuditEvent(models.Model):
    """One event of the actor's own agency (row-level security shows no other)."""

    id = models.UUIDField(primary_key=True)
    occurred_at = models.DateTimeField()
    municipality_id = models.UUIDField()
    agency_id = models.UUIDField()
    unit_id = models.UUIDField(null=True)
    actor_user_id = models.UUIDField(null=True)
    actor_membership_id = models.UUIDField(null=True)
    actor_name = models.TextField()
    actor_role = models.TextField()
    action = models.TextField()
    object_type = models.TextField()
    object_id = models.UUIDField(null=True)
    case_id = models.UUIDField(null=True)
    case_number = models.TextField()
    field_groups = ArrayField(models.TextField())
    relation = models.TextField()
    basis = models.TextField()
    purpose = models.TextField()
    outcome = models.TextField()
    request_id = models.UUIDField()
    detail_hash = models.BinaryField(null=True)
    v = models.SmallIntegerField()
    leaf_hash = models.BinaryField()

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = '"audit"."event"'

    def __str__(self) -> str:
        return f"{self.occurred_at:%Y-%m-%d %H:%M:%S} {self.action} {self.outcome}"

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("events are written by audit.record.write and never changed")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("events are never deleted")

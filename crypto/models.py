"""The key tables, for reading about them; keys are made and used through `crypto.keys` (schema in SQL)."""

from django.db import models


class MunicipalityKey(models.Model):
    """A municipality's key: one kind wraps data keys, the other is the root of its blind indexes."""

    id = models.UUIDField(primary_key=True)
    municipality_id = models.UUIDField()
    kind = models.TextField()
    version = models.IntegerField()
    provider = models.TextField()
    wrapped = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = '"keys"."municipality_key"'

    def __str__(self) -> str:
        return f"municipality key {self.id}"


class DataKeyRow(models.Model):
    """A data key as it is stored; once destroyed, a row without the key remains."""

    id = models.UUIDField(primary_key=True)
    municipality_id = models.UUIDField()
    agency_id = models.UUIDField()
    scope = models.TextField()
    scope_id = models.UUIDField()
    version = models.IntegerField()
    municipality_key_id = models.UUIDField()
    wrapped = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = '"keys"."data_key"'

    def __str__(self) -> str:
        return f"data key {self.id}"


class PlatformKey(models.Model):
    """The key of secrets that belong to no municipality."""

    id = models.UUIDField(primary_key=True)
    version = models.IntegerField()
    provider = models.TextField()
    wrapped = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = '"keys"."platform_key"'

    def __str__(self) -> str:
        return f"platform key {self.id}"

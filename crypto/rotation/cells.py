"""The sealed columns of every model, and a page of their rows taken for change."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps

from crypto.fields import SealedField
from crypto.rotation.state import rows

# Small enough that nobody waits long for a row that is being sealed anew.
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table and its sealed columns, each with its uid, and the blind index beside a column, if any."""

    name: str
    uids: dict[str, str]
    indexes: dict[str, str]

    def page(
        self, columns: list[str], municipality_id: UUID, agency_id: UUID, after: UUID
    ) -> tuple[list[Any], list[UUID]]:
        """Rows (id, *columns) locked for change, and the ids of all rows of the page, also of those held by others."""
        named = ", ".join(f'"{column}"' for column in columns)
        where = (
            f' FROM "{self.name}" WHERE municipality_id = %s AND agency_id = %s AND id > %s'
            " ORDER BY id LIMIT %s"
        )
        values = [municipality_id, agency_id, after, AT_ONCE]
        ids = [row[0] for row in rows(f"SELECT id{where}", values)]
        if not ids:
            return [], []
        # Never waiting for a row, the rotation is in nobody's way, and in no deadlock.
        taken = rows(
            f'SELECT id, {named} FROM "{self.name}" WHERE id = ANY(%s) ORDER BY id'  # noqa: S608
            " FOR NO KEY UPDATE SKIP LOCKED",
            [ids],
        )
        return taken, ids


def sealed_tables() -> list[SealedTable]:
    """Every table with a sealed column, in the order of their names."""
    return sorted(_found(), key=lambda table: table.name)


def _found() -> Iterator[SealedTable]:
    for model in apps.get_models():
        fields = [field for field in model._meta.local_fields if isinstance(field, SealedField)]
        if fields:
            yield SealedTable(
                model._meta.db_table,
                {str(field.column): field.uid for field in fields},
                {str(field.column): field.index for field in fields if field.index},
            )

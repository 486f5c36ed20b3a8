"""The database's own line of defence: row-level security and grants for a partition's tables.

Used in migrations. Policies: read, change and delete where municipality and agency are the actor's;
insert where the municipality is (the drop box: what crosses is written into the receiver's
partition). A setting that is missing or empty is an error, never an empty answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import migrations

MUNICIPALITY = "municipality_id = current_setting('sspf.municipality')::uuid"
PARTITION = f"{MUNICIPALITY} AND agency_id = current_setting('sspf.agency')::uuid"
APPLICATION = "sspf_web, sspf_worker"


def partition_table(
    table: str,
    *,
    joint: bool = False,
    grants: str = "SELECT, INSERT, UPDATE",
    references: Mapping[str, str] | None = None,
) -> migrations.RunSQL:
    """Puts `table` under forced row-level security and ties its references to the same partition.

    joint: readable by every agency of the municipality (for what holds no person).
    references: column → table; each becomes a foreign key over (municipality, agency, id), so no
    reference can cross a partition.
    """
    mine = MUNICIPALITY if joint else PARTITION
    key = "municipality_id, id" if joint else "municipality_id, agency_id, id"
    statements: list[str | tuple[str, dict[str, Any] | list[Any] | tuple[Any, ...] | None]] = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY read_own ON {table} FOR SELECT TO {APPLICATION} USING ({mine})",
        (
            f"CREATE POLICY change_own ON {table} FOR UPDATE TO {APPLICATION}"
            f" USING ({mine}) WITH CHECK ({mine})"
        ),
        f"CREATE POLICY delete_own ON {table} FOR DELETE TO {APPLICATION} USING ({mine})",
        f"CREATE POLICY drop_box ON {table} FOR INSERT TO {APPLICATION} WITH CHECK ({MUNICIPALITY})",
        f"CREATE POLICY backup_all ON {table} FOR SELECT TO sspf_backup USING (true)",
        f"GRANT {grants} ON {table} TO {APPLICATION}",
        f"GRANT SELECT ON {table} TO sspf_backup",
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_place UNIQUE ({key})",
    ]
    for column, target in (references or {}).items():
        own = f"{key.rsplit(', ', 1)[0]}, {column}"
        statements.append(
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_same_place"
            f" FOREIGN KEY ({own}) REFERENCES {target} ({key}) DEFERRABLE INITIALLY DEFERRED"
        )
    return migrations.RunSQL(statements, migrations.RunSQL.noop)


def rotatable(table: str, *columns: str) -> migrations.RunSQL:
    """Lets `manage.py rotate` seal these columns of a partition table anew, and no others.

    columns: every sealed column, and the blind index beside it; a test holds that none is forgotten.
    """
    named = ", ".join(columns)
    return migrations.RunSQL(
        [
            f"CREATE POLICY rotate_own ON {table} FOR SELECT TO sspf_rotator USING ({PARTITION})",
            (
                f"CREATE POLICY rotate_own_cells ON {table} FOR UPDATE TO sspf_rotator"
                f" USING ({PARTITION}) WITH CHECK ({PARTITION})"
            ),
            (
                f"GRANT SELECT (id, municipality_id, agency_id, {named}), UPDATE ({named})"
                f" ON {table} TO sspf_rotator"
            ),
        ],
        migrations.RunSQL.noop,
    )


def open_table(
    table: str, *, grants: str = "SELECT, INSERT, UPDATE", private: bool = False
) -> migrations.RunSQL:
    """A table outside the partitions (directory, sessions): on a short list that a test holds.

    Only the web changes it; the worker reads the directory. private: nobody else reads it, and no
    backup holds its rows.
    """
    readers = [f"GRANT SELECT ON {table} TO sspf_worker, sspf_backup"]
    return migrations.RunSQL(
        [
            f"GRANT {grants} ON {table} TO sspf_web",
            *(without_rows_in_backups(table) if private else readers),
        ],
        migrations.RunSQL.noop,
    )


def without_rows_in_backups(table: str) -> list[str]:
    """Statements after which a dump holds the table and none of its rows: a session's key would be a way in.

    The backup role must be able to lock the table, and for that it needs the right to read it.
    """
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"DROP POLICY IF EXISTS web_only ON {table}",
        f"CREATE POLICY web_only ON {table} TO sspf_web USING (true) WITH CHECK (true)",
        f"GRANT SELECT ON {table} TO sspf_backup",
    ]

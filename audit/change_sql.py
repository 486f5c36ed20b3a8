"""Watching a table: every change of a row is noted in `audit.change` by the database itself (design D8).

Used in migrations. The trigger is written out for each table, with the columns by name: hashing them that way
costs a quarter less than a general one (`to_jsonb(NEW)`), and it cannot be told at run time to look away.

    shape  SHA-256("sspf/watched/v1" 00 table 00 sealed,… 00 plain,…): which columns a note speaks of
    cells  for each sealed column SHA-256 of the stored token, or NULL
    rest   SHA-256(record_send(ROW(plain columns))): everything else in the row
    leaf   SHA-256(record_send(ROW(every column of the note before `leaf`)))

record_send is PostgreSQL's binary form of a row: count(4), then for each column type(4) ‖ length(4) ‖ bytes,
length −1 for NULL. `audit/auditctl.py` builds the same bytes without the database's help.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from django.db import migrations
from django.utils import timezone

from audit.event import PLATFORM, Event
from audit.record import row_changes, write


def shape_of(table: str, sealed: Sequence[str], plain: Sequence[str]) -> bytes:
    """The name under which the columns of a note are known (32 bytes)."""
    parts = ("sspf/watched/v1", table, ",".join(sealed), ",".join(plain))
    return sha256("\0".join(parts).encode("ascii")).digest()


def watch_table(table: str, *, sealed: Sequence[str] = (), plain: Sequence[str]) -> Any:
    """Note every change of `table`'s rows from now on; it needs the columns id and municipality_id.

    sealed: columns of sealed tokens, each with a hash of its own. plain: all the others, hashed together.
    Call it anew with the full lists after adding a column; follow it by `note_what_is_there`.
    """
    shape = f"'\\x{shape_of(table, sealed, plain).hex()}'::bytea"
    cells = ", ".join(f"sha256(NEW.{column})" for column in sealed)
    rest = ", ".join(f"NEW.{column}" for column in plain)
    function = f"audit.note_{table.replace('.', '_')}"
    return migrations.RunSQL(
        f"""
        INSERT INTO audit.watched (shape, table_name, sealed, plain)
             VALUES ({shape}, '{table}', '{{{",".join(sealed)}}}', '{{{",".join(plain)}}}')
        ON CONFLICT (shape) DO NOTHING;

        CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                PERFORM audit.note('D', OLD.municipality_id, {shape}, OLD.id, '{{}}', NULL);
            ELSE
                PERFORM audit.note(left(TG_OP, 1), NEW.municipality_id, {shape}, NEW.id,
                                   ARRAY[{cells}]::bytea[], sha256(record_send(ROW({rest}))));
            END IF;
            RETURN NULL;
        END $$;
        REVOKE ALL ON FUNCTION {function}() FROM PUBLIC;

        CREATE OR REPLACE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {function}();
        CREATE OR REPLACE TRIGGER not_emptied BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_emptying();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER noted;
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER not_emptied;
        """,  # noqa: S608  names from migrations only
        migrations.RunSQL.noop,
    )


def note_what_is_there(*tables: str) -> migrations.RunPython:
    """Note the rows that were there before the watching began, and write one event that binds the notes."""

    def begin(_apps: Any, schema_editor: Any) -> None:
        request_id = uuid4()
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('sspf.request', %s, true), set_config('sspf.changes', '', true),"
                " set_config('sspf.municipality', %s, true)",
                [str(request_id), str(PLATFORM)],
            )
            for table in tables:
                _touch_all(cursor, table)
            digest = row_changes()
            if digest is not None:
                write([_beginning(request_id, digest)])
            cursor.execute("SELECT set_config('sspf.request', '', true)")

    return migrations.RunPython(begin, migrations.RunPython.noop)


def _touch_all(cursor: Any, table: str) -> None:
    cursor.execute("SELECT relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", [table])
    forced = cursor.fetchone()[0]
    if forced:
        # The owner stands under row-level security too, and has no rows.
        cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    cursor.execute(f"UPDATE {table} SET id = id")  # noqa: S608
    if forced:
        cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _beginning(request_id: UUID, digest: bytes) -> Event:
    return Event(
        id=uuid4(),
        occurred_at=timezone.now(),
        municipality_id=PLATFORM,
        agency_id=PLATFORM,
        unit_id=None,
        actor_user_id=None,
        actor_membership_id=None,
        actor_name="",
        actor_role="",
        action="watch.begin",
        object_type="",
        object_id=None,
        case_id=None,
        case_number="",
        field_groups=(),
        relation="",
        basis="",
        purpose="",
        outcome="done",
        request_id=request_id,
        detail_hash=digest,
    )

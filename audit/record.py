"""Writing events: inside the transaction of what they tell of, so that both stand or neither (design D8)."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from audit.event import COLUMNS, VERSION, Event, leaf_hash

# PostgreSQL takes 65,535 parameters in a statement; more events than this in one request are rare.
AT_ONCE = 1_000

_EVENT = ", ".join(["%s"] * (len(COLUMNS) + 2))
_CHANGES = "SELECT current_setting('sspf.changes', true)"


def write(events: Sequence[Event]) -> bytes | None:
    """Write events and put them in the sequencer's queue; a failure fails the whole transaction.

    Waits for no other writer: events get their place in the tree afterwards. Gives what `row_changes` would
    (None where there is nothing to write), without a question more.
    """
    changes = None
    for start in range(0, len(events), AT_ONCE):
        changes = _write(events[start : start + AT_ONCE])
    return changes


def row_changes() -> bytes | None:
    """The digest of what the database noted of this request's row changes so far; None if nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES)
        return _digest(cursor.fetchone())


def erase_details(row_ids: Collection[UUID]) -> int:
    """Blank what is noted of rows that are gone (table, row id, hashes); gives the number of notes.

    The erasure is a note of this request itself, and so bound to its event: record an act that tells of it. A row
    that still exists is refused. Rows that were never watched are passed over.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit.erase_details(%s::uuid[])", [list(row_ids)])
        return int(cursor.fetchone()[0])


def _write(events: Sequence[Event]) -> bytes | None:
    rows: list[Any] = []
    queue: list[Any] = []
    for event in events:
        leaf = leaf_hash(event)
        values = [getattr(event, column) for column in COLUMNS]
        rows += [list(v) if isinstance(v, tuple) else v for v in values]
        rows += [VERSION, leaf]
        queue += [event.municipality_id, event.id, event.occurred_at, leaf]
    statement = (
        f"WITH written AS (INSERT INTO audit.event ({', '.join(COLUMNS)}, v, leaf_hash)"  # noqa: S608
        f" VALUES {', '.join([f'({_EVENT})'] * len(events))}),"
        " queued AS (INSERT INTO audit.unsequenced (municipality_id, event_id, occurred_at, leaf_hash)"
        f" VALUES {', '.join(['(%s, %s, %s, %s)'] * len(events))})"
        f" {_CHANGES}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, rows + queue)
        return _digest(cursor.fetchone())


def _digest(row: tuple[str | None]) -> bytes | None:
    return bytes.fromhex(row[0]) if row[0] else None

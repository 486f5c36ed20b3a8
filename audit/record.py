"""Writing events: inside the transaction of what they tell of, so that both stand or neither (design D8)."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from audit.event import COLUMNS, VERSION, Event, leaf_hash

# PostgreSQL takes 65,535 parameters in a statement; more events than this in one request are rare.
AT_ONCE = 1_000

_EVENT = ", ".join(["%s"] * (len(COLUMNS) + 2))


def write(events: Sequence[Event]) -> None:
    """Write events and put them in the sequencer's queue; a failure fails the whole transaction.

    Waits for no other writer: events get their place in the tree afterwards.
    """
    for start in range(0, len(events), AT_ONCE):
        _write(events[start : start + AT_ONCE])


def _write(events: Sequence[Event]) -> None:
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
        f" VALUES {', '.join([f'({_EVENT})'] * len(events))})"
        " INSERT INTO audit.unsequenced (municipality_id, event_id, occurred_at, leaf_hash)"
        f" VALUES {', '.join(['(%s, %s, %s, %s)'] * len(events))}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, rows + queue)

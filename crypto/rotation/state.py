"""How far a rotation has got, in `keys.rotation`, and the wait for transactions that began before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

import psycopg
from django.db import connection

NOBODY = UUID(int=0)
# Any two rotations exclude each other: they would fight over the same rows for nothing.
LOCK = 0x55B0_0C6E


@dataclass(slots=True)
class Rotation:
    """One row; `position` is where the present pass stands, in words of the job."""

    id: UUID
    kind: str
    municipality_id: UUID
    agency_id: UUID
    phase: str
    position: str
    done: int
    total: int
    kept: int
    started_at: datetime
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """What one transaction did: rows looked at, changed, left because somebody held them; "" ends the pass."""

    position: str
    seen: int = 0
    changed: int = 0
    held: int = 0


class TooEarly(Exception):
    """The replaced key is still needed for a while; `until` says how long."""

    def __init__(self, until: datetime) -> None:
        super().__init__("the replaced key is still needed")
        self.until = until


class Job(Protocol):
    """What is particular to one kind of key. Every method runs inside one transaction of its own."""

    kind: str
    municipality_id: UUID
    agency_id: UUID

    def total(self) -> int:
        """About how many rows there are to do, for telling."""
        ...

    def publish(self, rotation: Rotation) -> bool:
        """Make new keys, one batch; whether there are more to make. Doing it again makes none twice."""
        ...

    def page(self, rotation: Rotation) -> Page:
        """Seal the next rows anew, from `rotation.position` on."""
        ...

    def destroy(self, rotation: Rotation) -> int:
        """Empty the keys that were replaced; the number of those that had to be kept. May raise TooEarly."""
        ...


_COLUMNS = (
    "id, kind, municipality_id, agency_id, phase, position, done, total, kept, started_at, moved_at"
)


def begin(job: Job) -> Rotation:
    """The rotation of this kind and place that is under way, or a new one."""
    where: list[Any] = [job.kind, job.municipality_id, job.agency_id]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM keys.rotation WHERE kind = %s AND municipality_id = %s"  # noqa: S608
            " AND agency_id = %s AND phase <> 'done'",
            where,
        )
        row = cursor.fetchone()
        if row is None:
            cursor.execute(
                "INSERT INTO keys.rotation (id, kind, municipality_id, agency_id, phase, total)"  # noqa: S608
                f" VALUES (%s, %s, %s, %s, 'publish', %s) RETURNING {_COLUMNS}",
                [uuid4(), *where, job.total()],
            )
            row = cursor.fetchone()
    return Rotation(*row)


def save(rotation: Rotation) -> None:
    """Keep how far it got, in the transaction that got it there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE keys.rotation SET phase = %s, position = %s, done = %s, total = %s, kept = %s,"
            " moved_at = now() WHERE id = %s",
            [
                rotation.phase,
                rotation.position,
                rotation.done,
                max(rotation.total, rotation.done),
                rotation.kept,
                rotation.id,
            ],
        )


def every(limit: int = 50) -> list[Rotation]:
    """Those under way, and the latest that have ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM keys.rotation"  # noqa: S608
            " ORDER BY phase = 'done', moved_at DESC LIMIT %s",
            [limit],
        )
        return [Rotation(*row) for row in cursor.fetchall()]


def only_one() -> bool:
    """Whether this process is now the one that rotates, until its connection ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def barrier() -> int:
    """A number that every transaction which began before this one is below."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text")
        return int(cursor.fetchone()[0])


def passed(number: int) -> bool:
    """Whether every transaction of this database numbered below has ended; asked outside any transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_PASSED, [str(number)])
        return bool(cursor.fetchone()[0])


# Numbers are the whole cluster's, keys are one database's: a long transaction next door is not waited for. Whoever
# has a number and no lock on it yet, or none any more, counts as still at work here; the next look tells.
_PASSED = """
SELECT NOT EXISTS (
    SELECT FROM pg_snapshot_xip(pg_current_snapshot()) AS running
    WHERE running < %s::xid8 AND NOT EXISTS (
        SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE locktype = 'transactionid' AND granted AND transactionid = running::xid
            AND datid <> (SELECT oid FROM pg_database WHERE datname = current_database())
    )
)"""


def rows(statement: str, values: Sequence[Any]) -> list[Any]:
    """Run one statement in PostgreSQL's binary form: keys and tokens in batches would cost four times as text."""
    with _cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def change(statement: str, values: Sequence[Any]) -> int:
    """Run one change in the same way; the number of rows."""
    with _cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def _cursor() -> psycopg.Cursor[Any]:
    connection.ensure_connection()
    return psycopg.Cursor(connection.connection, row_factory=psycopg.rows.tuple_row)

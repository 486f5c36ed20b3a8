"""One municipality's tree in the database: growing it, and refusing one that is not what was signed (design D8)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from audit.auditctl import Checkpoint, Tree, origin_of, sign_checkpoint
from audit.checkpoint_file import append, latest
from crypto.signing import Signer

# Any number that nothing else in the database uses; held to the end of each transaction below.
LOCK = 0x5353_5046
BATCH = 5_000


class Inconsistent(Exception):
    """The tree in the database is not a continuation of what was signed; a human must look."""


class Elsewhere(Exception):
    """Another sequencer, on another machine, is at work."""


def grow(
    municipality_id: UUID, known: Tree | None, folder: Path, key: bytes, *, batch: int = BATCH
) -> tuple[Tree, int]:
    """Number one batch of waiting events, in one transaction; return the tree and how many were taken.

    `known` is the tree as this process last saw it; any other has to continue what was signed.
    """
    with _own_numbers(), transaction.atomic(), connection.cursor() as cursor:
        tree = open_tree(cursor, municipality_id, known, folder, key)
        rows, taken = _take(cursor, municipality_id, batch)
        if rows:
            first = tree.size
            for _occurred_at, _event_id, leaf in rows:
                tree.append(leaf)
            cursor.execute(
                "INSERT INTO audit.sequence (municipality_id, seq, event_id, leaf_hash)"
                " SELECT %s, %s + n - 1, event_id, leaf"
                " FROM unnest(%s::uuid[], %s::bytea[]) WITH ORDINALITY AS batch (event_id, leaf, n)",
                [municipality_id, first, [row[1] for row in rows], [row[2] for row in rows]],
            )
            cursor.execute(
                "INSERT INTO audit.tree (municipality_id, size, frontier) VALUES (%s, %s, %s)"
                " ON CONFLICT (municipality_id) DO UPDATE"
                " SET size = excluded.size, frontier = excluded.frontier, grown_at = now()",
                [municipality_id, tree.size, tree.frontier()],
            )
    return tree, taken


def sign(municipality_id: UUID, known: Tree | None, folder: Path, signer: Signer) -> Tree:
    """Sign the committed tree and append the checkpoint to its file, unless it is there already."""
    with transaction.atomic(), connection.cursor() as cursor:
        tree = open_tree(cursor, municipality_id, known, folder, signer.public_key)
        signed = latest(folder, municipality_id, signer.public_key)
        if signed is None or signed.size < tree.size:
            checkpoint = Checkpoint(origin_of(municipality_id), tree.size, tree.root())
            now = datetime.now(UTC)
            note = sign_checkpoint(checkpoint, signer.sign, signer.public_key, now)
            append(folder, municipality_id, note)
        else:
            _examine(municipality_id, tree, signed)
    return tree


def open_tree(
    cursor: Any, municipality_id: UUID, known: Tree | None, folder: Path, key: bytes
) -> Tree:
    """The tree as the database has it, while no other sequencer can change it until the transaction ends."""
    # A checkpoint must never tell of a commit that a crash of the server could still undo.
    cursor.execute("SET LOCAL synchronous_commit = on")
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
    if not cursor.fetchone()[0]:
        raise Elsewhere
    cursor.execute(
        "SELECT size, frontier FROM audit.tree WHERE municipality_id = %s", [municipality_id]
    )
    size, frontier = cursor.fetchone() or (0, b"")
    try:
        tree = Tree(size, bytes(frontier))
    except ValueError:
        raise Inconsistent("the recorded tree is damaged") from None
    if known is None or not _same(tree, known):
        signed = latest(folder, municipality_id, key)
        if signed is not None:
            _examine(municipality_id, tree, signed)
    return tree


@contextmanager
def _own_numbers() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise Inconsistent("the sequence already has events beyond the recorded tree") from None


def _examine(municipality_id: UUID, tree: Tree, signed: Checkpoint) -> None:
    """Raise Inconsistent unless the tree continues what was signed (C2SP tlog-checkpoint: a MUST)."""
    if signed.size > tree.size:
        raise Inconsistent(
            f"{signed.size} events were signed, but the database has {tree.size}: cut or rolled back"
        )
    root = tree.root() if signed.size == tree.size else _root_at(municipality_id, tree, signed.size)
    if root != signed.root:
        raise Inconsistent(f"the first {signed.size} events are not those that were signed")


def _root_at(municipality_id: UUID, tree: Tree, size: int) -> bytes:
    """Grow the tree anew from the sequence, to see that the signed one lies within it."""
    again = Tree()
    root = again.root()
    with connection.cursor() as cursor:
        cursor.execute(
            "DECLARE leaves NO SCROLL CURSOR FOR SELECT leaf_hash FROM audit.sequence"
            " WHERE municipality_id = %s AND seq < %s ORDER BY seq",
            [municipality_id, tree.size],
        )
        while True:
            cursor.execute("FETCH 10000 FROM leaves")
            rows = cursor.fetchall()
            if not rows:
                break
            for (leaf,) in rows:
                again.append(bytes(leaf))
                if again.size == size:
                    root = again.root()
        cursor.execute("CLOSE leaves")
    if not _same(again, tree):
        raise Inconsistent("the recorded tree is not that of the sequence")
    return root


def _take(
    cursor: Any, municipality_id: UUID, batch: int
) -> tuple[list[tuple[Any, UUID, bytes]], int]:
    """Take a batch out of the queue, oldest first; return it and how many rows were taken."""
    cursor.execute(
        "DELETE FROM audit.unsequenced u USING"
        " (SELECT municipality_id, event_id FROM audit.unsequenced WHERE municipality_id = %s"
        "  ORDER BY occurred_at, event_id LIMIT %s) AS batch"
        " WHERE u.municipality_id = batch.municipality_id AND u.event_id = batch.event_id"
        " RETURNING u.occurred_at, u.event_id, u.leaf_hash",
        [municipality_id, batch],
    )
    rows = {row[1]: (row[0], row[1], bytes(row[2])) for row in cursor.fetchall()}
    taken = len(rows)
    # Whoever may write events could also queue one again; it already has its number.
    cursor.execute(
        "SELECT event_id FROM audit.sequence WHERE municipality_id = %s AND event_id = ANY(%s)",
        [municipality_id, list(rows)],
    )
    for (event_id,) in cursor.fetchall():
        del rows[event_id]
    return sorted(rows.values(), key=lambda row: row[:2]), taken


def _same(one: Tree, other: Tree) -> bool:
    return one.size == other.size and one.frontier() == other.frontier()

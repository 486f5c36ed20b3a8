"""The courier: carries new checkpoints to the witnesses and keeps their cosignatures (design D8).

A process of its own, without the signing key and with the way out that the signing one does not have. Numbering and
signing never wait for it. For each log, at most once a minute: read the last checkpoint; for every witness that has
not cosigned it, prove that it continues what the witness saw last, send it, verify the answer, write it down.

Killed before the answer is written, it asks again: the witness then says that it has seen this one, and cosigns anew.
"""

import logging
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from django.db import DatabaseError, InterfaceError, connection, transaction

from audit.auditctl import (
    BadCheckpoint,
    Checkpoint,
    Roots,
    Tree,
    consistency_proof,
    is_uuid,
    origin_of,
    read_checkpoint,
)
from audit.checkpoint_file import held, latest_note
from audit.witness import Note, read_note
from audit.witnesses import (
    Away,
    Conflict,
    NoProof,
    NotItsLog,
    Unreachable,
    Witness,
    keep_notes,
    kept_notes,
)

log = logging.getLogger("audit.courier")

ROUND = 60.0
POLL = 0.5
# A witness that is away is no fault of the log; one that stays away is somebody's to look at.
PATIENCE = timedelta(hours=24)
AT_ONCE = 10_000


class Alarm(Exception):
    """The log is not what a witness has seen; a human must look."""


class Courier:
    """The work of one process; `round` is one round of it."""

    def __init__(self, *, folder: Path, witnesses: Sequence[Witness], public_key: bytes) -> None:
        self._folder = folder
        self._witnesses = witnesses
        self._public_key = public_key
        self._trees: dict[UUID, dict[int, Tree]] = {}
        self._silent_since: dict[tuple[str, UUID], datetime] = {}
        self._told: dict[UUID, str] = {}

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; wait for a database that is away, and for a courier that is first."""
        while not stop.is_set():
            with held(self._folder, "courier") as alone:
                if alone:
                    self._work(stop)
                    return
            stop.wait(POLL)

    def run_once(self) -> bool:
        """Make one round; tell whether this process was the one to do it."""
        with held(self._folder, "courier") as alone:
            if alone:
                self.round()
            return alone

    def _work(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self.round()
            except (DatabaseError, InterfaceError, psycopg.Error) as fault:
                # The message may quote a row; its kind is enough to look for it in the server's log.
                log.warning("the database does not answer (%s)", type(fault).__name__)
            connection.close()
            stop.wait(ROUND)

    def round(self) -> None:
        """Visit every witness with what it has not seen, and tell what is wrong."""
        faults: dict[UUID, str] = {}
        away: set[str] = set()
        for municipality_id in self._logs() if self._witnesses else ():
            told = self._carry(municipality_id, away)
            if told:
                faults[municipality_id] = "; ".join(told)
                if self._told.get(municipality_id) != faults[municipality_id]:
                    log.error("log of %s: %s", municipality_id, faults[municipality_id])
        self._told = faults
        self._beat("; ".join(f"{name}: {text}" for name, text in sorted(faults.items())))

    def _logs(self) -> list[UUID]:
        names = (path.stem for path in self._folder.glob("*.checkpoints"))
        return sorted(UUID(name) for name in names if is_uuid(name))

    def _carry(self, municipality_id: UUID, away: set[str]) -> list[str]:
        """Take one log's last checkpoint to every witness; return what is wrong."""
        try:
            checkpoint, note = self._newest(municipality_id)
            keys = [witness.key for witness in self._witnesses]
            kept = kept_notes(self._folder, municipality_id, keys)
        except (BadCheckpoint, ValueError, OSError) as fault:
            return [f"its files cannot be read: {fault}"]
        faults = []
        for witness in self._witnesses:
            last = kept.get(witness.key.name)
            if last is not None and last.text == note.text:
                continue
            try:
                if witness.name in away:
                    raise Away("it did not answer before")  # noqa: TRY301  silence is handled in one place
                line = self._visit(municipality_id, witness, last, checkpoint, note)
                kept[witness.key.name] = _with(note, line)
                keep_notes(self._folder, municipality_id, kept)
            except Alarm as fault:
                faults.append(f"witness {witness.name}: {fault}")
            except Away as fault:
                if isinstance(fault, Unreachable):
                    away.add(witness.name)
                log.warning("log of %s, witness %s: %s", municipality_id, witness.name, fault)
                if self._silent_too_long(witness, municipality_id):
                    faults.append(f"witness {witness.name} has not cosigned for a day")
                continue
            except NotItsLog:
                pass
            self._silent_since.pop((witness.name, municipality_id), None)
        self._forget(municipality_id, {last.size for last in kept.values()})
        return faults

    def _newest(self, municipality_id: UUID) -> tuple[Checkpoint, Note]:
        note = latest_note(self._folder, municipality_id)
        if note is None:
            raise BadCheckpoint("there is no checkpoint")
        checkpoint = read_checkpoint(note, origin_of(municipality_id), self._public_key)
        return checkpoint, read_note(note)

    def _visit(
        self,
        municipality_id: UUID,
        witness: Witness,
        last: Note | None,
        checkpoint: Checkpoint,
        note: Note,
    ) -> str:
        """Have one witness cosign; return its signature line."""
        if last is not None:
            if last.size > checkpoint.size:
                raise Alarm(f"it cosigned {last.size} events, the log has signed {checkpoint.size}")
            if self._tree(municipality_id, last.size).root() != last.root:
                raise Alarm(f"the first {last.size} events are not those that it cosigned")
        seen = last.size if last else 0
        whole = f"{note.text}\n" + "".join(f"{line}\n" for *_, line in note.signatures)
        for _attempt in range(2):
            proof = self._proof(municipality_id, seen, checkpoint)
            try:
                return witness.ask(seen, proof, whole)
            except NoProof:
                raise Alarm(
                    f"it has seen another log: there is no proof from {seen} events"
                ) from None
            except Conflict as conflict:
                if conflict.seen == seen == checkpoint.size:
                    raise Alarm(f"it has seen another log of {seen} events") from None
                if conflict.seen > checkpoint.size:
                    raise Alarm(
                        f"it has seen {conflict.seen} events, the log has signed {checkpoint.size}:"
                        " cut or rolled back"
                    ) from None
                if last is not None and conflict.seen < last.size:
                    log.warning("witness %s has forgotten what it cosigned", witness.name)
                seen = conflict.seen
        raise Away("it changes its answer")

    def _proof(self, municipality_id: UUID, seen: int, checkpoint: Checkpoint) -> list[bytes]:
        """The proof that the checkpoint continues what the witness saw, from the rows as they are now."""
        tree = self._tree(municipality_id, seen)
        leaves = _leaves(municipality_id, seen, checkpoint.size)
        newest = Tree(tree.size, tree.frontier())
        newest.extend(leaves)
        if (newest.size, newest.root()) != (checkpoint.size, checkpoint.root):
            raise Alarm("the events in the database are not those of the last checkpoint")
        self._trees[municipality_id][newest.size] = newest
        return consistency_proof(seen, checkpoint.size, _roots(tree, leaves))

    def _tree(self, municipality_id: UUID, size: int) -> Tree:
        """The tree of the first events, grown from the largest smaller one at hand."""
        known = self._trees.setdefault(municipality_id, {0: Tree()})
        start = known[max(one for one in known if one <= size)]
        tree = Tree(start.size, start.frontier())
        while tree.size < size:
            leaves = _leaves(municipality_id, tree.size, min(tree.size + AT_ONCE, size))
            if not leaves:
                raise Alarm(f"there are only {tree.size} of the {size} events that were cosigned")
            tree.extend(leaves)
        known[size] = tree
        return tree

    def _forget(self, municipality_id: UUID, sizes: set[int]) -> None:
        """Keep the trees that the next round begins from."""
        known = self._trees.get(municipality_id, {0: Tree()})
        self._trees[municipality_id] = {
            size: tree for size, tree in known.items() if size in sizes | {0}
        }

    def _silent_too_long(self, witness: Witness, municipality_id: UUID) -> bool:
        now = datetime.now(UTC)
        since = self._silent_since.setdefault((witness.name, municipality_id), now)
        return now - since > PATIENCE

    def _beat(self, fault: str) -> None:
        """Tell that the courier lives, for the health page; without witnesses there is none to miss."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE audit.sequencer_status SET witness_fault = %s,"
                " witness_beat_at = CASE WHEN %s THEN now() END",
                [fault, bool(self._witnesses)],
            )


def _with(note: Note, line: str) -> Note:
    """The note with one more signature."""
    more = read_note(f"{note.text}\n{line}\n").signatures
    return Note(note.text, note.origin, note.size, note.root, note.signatures + more)


def _roots(tree: Tree, leaves: Sequence[bytes]) -> Roots:
    """Roots of what lies wholly within an old tree's full subtrees or wholly behind it: all that a proof needs."""
    peaks, first, frontier = {}, 0, tree.frontier()
    for number in range(tree.size.bit_count()):
        end = first + (1 << (tree.size - first).bit_length() - 1)
        peaks[first, end] = frontier[32 * number : 32 * number + 32]
        first = end

    def root(first: int, end: int) -> bytes:
        if end <= tree.size:
            return peaks[first, end]
        part = Tree()
        part.extend(leaves[first - tree.size : end - tree.size])
        return part.root()

    return root


def _leaves(municipality_id: UUID, first: int, end: int) -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT leaf_hash FROM audit.sequence WHERE municipality_id = %s AND seq >= %s AND seq < %s"
            " ORDER BY seq",
            [municipality_id, first, end],
        )
        rows: list[tuple[Any]] = cursor.fetchall()
    return [bytes(leaf) for (leaf,) in rows]

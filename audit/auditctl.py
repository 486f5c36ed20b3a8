"""Verifies the SSPF evidence log from outside: one file, no Django, only `cryptography` and `psycopg`.

    python auditctl.py verify --database CONNINFO --checkpoints DIR --public-key BASE64

It reads every event, hashes it anew, grows each municipality's Merkle tree (RFC 6962) and holds it against the
checkpoints (C2SP tlog-checkpoint) that were signed (Ed25519) and kept outside the database. Ends with OK, or
names each fault. Exit code 0: whole. 1: at least one fault. 2: the check could not be made.

Connect as sspf_backup, which may read all of the log and change nothing.
"""

import argparse
import base64
import os
import re
import struct
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format

QUEUE_PATIENCE = timedelta(minutes=5)
SIGNING_PATIENCE = timedelta(minutes=1)
SHOWN_OF_A_KIND = 50

# ---------------------------------------------------------------------------------------------- tree


class Tree:
    """A growing RFC 6962 Merkle tree that remembers only the roots of its full subtrees."""

    def __init__(self, size: int = 0, frontier: bytes = b"") -> None:
        if len(frontier) != 32 * size.bit_count():
            raise ValueError("the frontier does not fit the size")
        self.size = size
        self._peaks = [frontier[i : i + 32] for i in range(0, len(frontier), 32)]

    def append(self, leaf: bytes) -> None:
        """Add a leaf hash."""
        peaks, size = self._peaks, self.size
        while size & 1:
            leaf = sha256(b"\x01" + peaks.pop() + leaf).digest()
            size >>= 1
        peaks.append(leaf)
        self.size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add many leaf hashes, level by level: the same as appending them one by one, but faster."""
        nodes, size, left = list(leaves), self.size, []
        self.size += len(nodes)
        while nodes:
            if size & 1:
                nodes.insert(0, self._peaks.pop())
            if len(nodes) & 1:
                left.append(nodes.pop())
            pair = iter(nodes)
            nodes = [
                sha256(b"\x01" + one + other).digest()
                for one, other in zip(pair, pair, strict=True)
            ]
            size >>= 1
        self._peaks += reversed(left)

    def root(self) -> bytes:
        """The Merkle tree hash of all leaves so far."""
        if not self._peaks:
            return sha256(b"").digest()
        *rest, root = self._peaks
        for peak in reversed(rest):
            root = sha256(b"\x01" + peak + root).digest()
        return root

    def frontier(self) -> bytes:
        """What must be kept to go on growing: the roots of the full subtrees, largest first."""
        return b"".join(self._peaks)


# The root of the leaves from one number up to, but not including, another.
Roots = Callable[[int, int], bytes]


def roots_of(leaves: Sequence[bytes]) -> Roots:
    """The roots of a sequence of leaf hashes that is at hand."""

    def root(first: int, end: int) -> bytes:
        tree = Tree()
        tree.extend(leaves[first:end])
        return tree.root()

    return root


def inclusion_proof(index: int, size: int, root: Roots) -> list[bytes]:
    """The audit path of one leaf, nearest sibling first (RFC 6962 §2.1.1)."""
    if not 0 <= index < size:
        raise ValueError("the tree has no such leaf")
    path, first, end = [], 0, size
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            path.append(root(middle, end))
            end = middle
        else:
            path.append(root(first, middle))
            first = middle
    return path[::-1]


def consistency_proof(old: int, size: int, root: Roots) -> list[bytes]:
    """The proof that the tree of `size` leaves continues that of `old` leaves (RFC 6962 §2.1.2)."""
    if not 0 <= old <= size:
        raise ValueError("a tree can only continue a smaller one")
    path, first, end = [], 0, size
    while 0 < old < end:
        middle = first + _split(end - first)
        if old <= middle:
            path.append(root(middle, end))
            end = middle
        else:
            path.append(root(first, middle))
            first = middle
    if first:
        path.append(root(first, end))
    return path[::-1]


def root_by_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that an audit path leads to, or None if its length is wrong (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return None
    number, last, root = index, size - 1, leaf
    for node in path:
        if last == 0:
            return None
        if number & 1 or number == last:
            root = sha256(b"\x01" + node + root).digest()
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            root = sha256(b"\x01" + root + node).digest()
        number, last = number >> 1, last >> 1
    return root if last == 0 else None


def is_consistent(old: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Tell whether the path proves that one tree continues another (RFC 9162 §2.1.4.2)."""
    if not 0 < old < size:
        # Every tree continues the empty one, and no other of its own size.
        same = old_root == (root if old == size else sha256(b"").digest())
        return same and 0 <= old <= size and not path
    nodes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not nodes:
        return False
    number, last = old - 1, size - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    older = newer = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            older = sha256(b"\x01" + node + older).digest()
            newer = sha256(b"\x01" + node + newer).digest()
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            newer = sha256(b"\x01" + newer + node).digest()
        number, last = number >> 1, last >> 1
    return last == 0 and (older, newer) == (old_root, root)


def _split(leaves: int) -> int:
    """The largest power of two that is smaller than a number of leaves."""
    return 1 << (leaves - 1).bit_length() - 1


# --------------------------------------------------------------------------------------- checkpoints

LOG_SIGNATURE = 0x01
TIMED_SIGNATURE = 0x04
_SIGNATURE_LINE = re.compile(r"— ([^\s+]{1,255}) ([A-Za-z0-9+/]+={0,2})")


class BadCheckpoint(Exception):
    """A checkpoint that is malformed, of another log, or not signed by the log's key."""


@dataclass(frozen=True)
class Checkpoint:
    """A signed statement: at this time the log had this many events, with this root."""

    origin: str
    size: int
    root: bytes
    signed_at: datetime | None = None

    def text(self) -> str:
        """The part that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def origin_of(municipality_id: UUID) -> str:
    """The name of a municipality's log."""
    return f"sspf/{municipality_id}"


def key_id(origin: str, kind: int, public_key: bytes) -> bytes:
    """The four bytes that name a key in a signature line (C2SP signed-note)."""
    return sha256(origin.encode() + b"\n" + bytes((kind,)) + public_key).digest()[:4]


def timed_message(text: str, seconds: int) -> bytes:
    """What a timestamped signature signs (C2SP tlog-cosignature)."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def sign_checkpoint(
    checkpoint: Checkpoint, sign: Callable[[bytes], bytes], public_key: bytes, now: datetime
) -> str:
    """The signed note: the log's own signature, and one that tells the time."""
    text, seconds = checkpoint.text(), int(now.timestamp())
    timed = seconds.to_bytes(8, "big") + sign(timed_message(text, seconds))
    lines = [text, "\n"]
    for kind, signature in ((LOG_SIGNATURE, sign(text.encode())), (TIMED_SIGNATURE, timed)):
        stamp = base64.b64encode(key_id(checkpoint.origin, kind, public_key) + signature).decode()
        lines.append(f"— {checkpoint.origin} {stamp}\n")
    return "".join(lines)


def read_checkpoint(note: str, origin: str, public_key: bytes) -> Checkpoint:
    """Parse a signed note and verify it; other people's signatures on it are ignored."""
    if any(letter < " " and letter != "\n" for letter in note):
        raise BadCheckpoint("it holds control characters")
    head, gap, tail = note.partition("\n\n")
    lines = head.split("\n")
    if not gap or len(lines) < 3 or not tail.endswith("\n"):
        raise BadCheckpoint("it is not a checkpoint")
    if lines[0] != origin:
        raise BadCheckpoint(f"it belongs to another log ({lines[0][:60]})")
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]):
        raise BadCheckpoint("its size is not a number")
    root = _decode(lines[2])
    if len(root) != 32:
        raise BadCheckpoint("its root is not a hash")
    signed_at = _verify_signatures(head + "\n", tail, origin, public_key)
    return Checkpoint(origin, int(lines[1]), root, signed_at)


def _verify_signatures(text: str, tail: str, origin: str, public_key: bytes) -> datetime | None:
    key = Ed25519PublicKey.from_public_bytes(public_key)
    ids = {kind: key_id(origin, kind, public_key) for kind in (LOG_SIGNATURE, TIMED_SIGNATURE)}
    signed, signed_at = False, None
    for line in tail[:-1].split("\n"):
        matched = _SIGNATURE_LINE.fullmatch(line)
        if matched is None:
            raise BadCheckpoint("it has a malformed signature line")
        stamp = _decode(matched[2])
        if len(stamp) < 5:
            raise BadCheckpoint("it has a signature line without a signature")
        if matched[1] != origin:
            continue
        try:
            if stamp[:4] == ids[LOG_SIGNATURE]:
                key.verify(stamp[4:], text.encode())
                signed = True
            elif stamp[:4] == ids[TIMED_SIGNATURE] and len(stamp) == 4 + 8 + 64:
                seconds = int.from_bytes(stamp[4:12], "big")
                key.verify(stamp[12:], timed_message(text, seconds))
                signed_at = datetime.fromtimestamp(seconds, UTC)
        except (InvalidSignature, OverflowError, ValueError):
            raise BadCheckpoint("its signature is wrong") from None
    if not signed:
        raise BadCheckpoint("it is not signed by the log's key")
    return signed_at


def _decode(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise BadCheckpoint("it is not valid base64") from None
    if base64.b64encode(raw).decode() != text:
        raise BadCheckpoint("it has base64 in another than its usual form")
    return raw


def checkpoint_file(folder: Path, municipality_id: UUID) -> Path:
    """Where a municipality's checkpoints are appended."""
    return folder / f"{municipality_id}.checkpoints"


def notes_in(text: str) -> list[str]:
    """Split a file's text into its notes, which are two blocks each, with an empty line after each block."""
    blocks = text.split("\n\n")
    whole = [
        f"{head}\n\n{tail}\n" for head, tail in zip(blocks[0:-1:2], blocks[1:-1:2], strict=False)
    ]
    left = "\n\n".join(blocks[2 * len(whole) :])
    return [*whole, left] if left else whole


# A witness is never sent more (C2SP tlog-witness); 2**63 events need no more either.
LONGEST_PROOF = 63


def add_checkpoint_body(old: int, path: Sequence[bytes], note: str) -> str:
    """What a witness is sent: the size it knows, the proof from there, the new note (C2SP tlog-witness)."""
    lines = [f"old {old}", *(base64.b64encode(node).decode() for node in path)]
    return "\n".join(lines) + f"\n\n{note}"


def read_add_checkpoint_body(body: str) -> tuple[int, list[bytes], str]:
    """The size the sender believes is known, the proof from there, and the note, none of them verified."""
    head, gap, note = body.partition("\n\n")
    first, *lines = head.split("\n")
    size = re.fullmatch(r"old (0|[1-9][0-9]{0,18})", first)
    path = [_decode(line) for line in lines]
    if not gap or size is None or len(path) > LONGEST_PROOF or any(len(n) != 32 for n in path):
        raise BadCheckpoint("it is not a checkpoint with its proof")
    return int(size[1]), path, note


# -------------------------------------------------------------------------------- events as they are

UUID_, TIME, TEXT, TEXTS, BYTES = 2, 3, 1, 4, 5
COLUMNS: tuple[tuple[str, int], ...] = (
    ("id", UUID_),
    ("occurred_at", TIME),
    ("municipality_id", UUID_),
    ("agency_id", UUID_),
    ("unit_id", UUID_),
    ("actor_user_id", UUID_),
    ("actor_membership_id", UUID_),
    ("actor_name", TEXT),
    ("actor_role", TEXT),
    ("action", TEXT),
    ("object_type", TEXT),
    ("object_id", UUID_),
    ("case_id", UUID_),
    ("case_number", TEXT),
    ("field_groups", TEXTS),
    ("relation", TEXT),
    ("basis", TEXT),
    ("purpose", TEXT),
    ("outcome", TEXT),
    ("request_id", UUID_),
    ("detail_hash", BYTES),
)
# The only columns an event's hash does not cover: leaf_hash is the hash (and is compared with it).
NOT_HASHED = frozenset({"leaf_hash"})

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FROM_2000 = 946_684_800_000_000
_NULL = b"\0\0\0\0\0"
_HEADS = tuple(bytes((kind,)) for _name, kind in COLUMNS)
_TEXTS_AT = [name for name, _kind in COLUMNS].index("field_groups")
_TIME_AT = [name for name, _kind in COLUMNS].index("occurred_at")


class _AsSent(Loader):
    """Gives the bytes that PostgreSQL sent (binary format), which are those that were hashed."""

    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


class _Texts(Loader):
    """text[] in binary → each text with its length; another shape than one plain list gives no match."""

    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        raw = bytes(data)
        if raw[:4] == b"\0\0\0\0":
            return b""
        if raw[:8] != b"\0\0\0\1\0\0\0\0" or raw[16:20] != b"\0\0\0\1":
            return b"\xff" + raw
        # The elements follow, each with its length, exactly as in the canonical bytes.
        return raw[20:]


class _Time(Loader):
    """timestamptz in binary → microseconds since 1970."""

    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        (since_2000,) = struct.unpack("!q", data)
        shifted = (int(since_2000) + _FROM_2000) & 0xFFFF_FFFF_FFFF_FFFF
        return shifted.to_bytes(8, "big")


def leaf_of(version: int, values: Sequence[bytes | None]) -> bytes:
    """The leaf hash of a row as it stands in the table."""
    # An event has only ever been written with a version of one byte; any other gives no match.
    parts = [b"\0", bytes((version,)) if 0 <= version <= 255 else b"\xff\xff"]
    for head, value in zip(_HEADS, values, strict=True):
        if value is None:
            parts.append(_NULL)
        else:
            parts += [head, len(value).to_bytes(4, "big"), value]
    return sha256(b"".join(parts)).digest()


def _time(raw: bytes | None) -> str:
    if raw is None:
        return "an unknown time"
    micros = int.from_bytes(raw, "big", signed=True)
    try:
        return f"{_EPOCH + timedelta(microseconds=micros):%Y-%m-%d %H:%M:%S} UTC"
    except OverflowError:
        return "an impossible time"


def _read_raw(cursor: Any) -> None:
    loaders = {"uuid": _AsSent, "text": _AsSent, "bytea": _AsSent, "timestamptz": _Time}
    for name, loader in loaders.items():
        cursor.adapters.register_loader(name, loader)
    cursor.adapters.register_loader(psycopg.postgres.types["text"].array_oid, _Texts)


# ------------------------------------------------------------------------------------------- verifying


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, with as much of a name as can be given."""

    kind: str
    text: str
    event_id: str | None = None
    first: int | None = None
    last: int | None = None


@dataclass
class Report:
    """What was found in one municipality's log."""

    municipality_id: UUID
    events: int = 0
    waiting: int = 0
    root: bytes = field(default_factory=lambda: sha256(b"").digest())
    checkpoint: Checkpoint | None = None
    faults: list[Fault] = field(default_factory=list)
    dropped: int = 0

    def add(self, kind: str, text: str, **where: Any) -> None:
        """Note a fault; of one kind only so many are written out."""
        if sum(fault.kind == kind for fault in self.faults) < SHOWN_OF_A_KIND:
            self.faults.append(Fault(kind, text, **where))
        else:
            self.dropped += 1


Progress = Callable[[UUID, int], None]
_NOBODY = UUID(int=0)
_E = ", ".join(f"e.{name}" for name, _kind in COLUMNS)
_SEQUENCED = f"""
    SELECT s.seq, coalesce(s.event_id, '{_NOBODY}'::uuid), coalesce(s.leaf_hash, ''), e.tableoid IS NOT NULL, e.leaf_hash, coalesce(e.v, 0)::int8, {_E}
      FROM audit.sequence s
      LEFT JOIN audit.event e ON e.municipality_id = s.municipality_id AND e.id = s.event_id
     WHERE s.municipality_id = %s ORDER BY s.seq, s.event_id
"""  # noqa: S608  nothing but the names above
_WAITING = f"""
    SELECT u.event_id, u.queued_at, coalesce(u.leaf_hash, ''), e.tableoid IS NOT NULL, e.leaf_hash, coalesce(e.v, 0)::int8, {_E}
      FROM audit.unsequenced u
      LEFT JOIN audit.event e ON e.municipality_id = u.municipality_id AND e.id = u.event_id
     WHERE u.municipality_id = %s ORDER BY u.queued_at
"""  # noqa: S608
_SLIPPED_IN = """
    SELECT e.id, e.occurred_at FROM audit.event e
     WHERE e.municipality_id = %s
       AND NOT EXISTS (SELECT FROM audit.sequence s
                        WHERE s.municipality_id = e.municipality_id AND s.event_id = e.id)
       AND NOT EXISTS (SELECT FROM audit.unsequenced u
                        WHERE u.municipality_id = e.municipality_id AND u.event_id = e.id)
     ORDER BY e.occurred_at
"""
_LOGS = """
    SELECT municipality_id FROM audit.tree UNION SELECT municipality_id FROM audit.sequence
    UNION SELECT municipality_id FROM audit.unsequenced UNION SELECT municipality_id FROM audit.event
"""


def verify(
    connection: psycopg.Connection[Any],
    folder: Path,
    public_key: bytes,
    *,
    municipality_id: UUID | None = None,
    progress: Progress = lambda _municipality, _events: None,
) -> Iterator[Report]:
    """Verify every municipality's log, or one; the connection must not be in a transaction."""
    # Before the snapshot: a checkpoint is only signed for what was committed, so none read here may be
    # larger than what the snapshot shows.
    files = {path.stem: path.read_bytes() for path in sorted(folder.glob("*.checkpoints"))}
    connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
    connection.set_read_only(True)
    with connection.transaction():
        connection.execute("SET LOCAL cursor_tuple_fraction = 1")
        if municipality_id is not None:
            logs = {municipality_id}
        else:
            logs = {row[0] for row in connection.execute(_LOGS) if row[0] is not None}
            logs |= {UUID(name) for name in files if is_uuid(name)}
        for one in sorted(logs):
            yield _verify_one(connection, one, files.get(str(one)), public_key, progress)


def is_uuid(text: str) -> bool:
    """Tell whether a text is a uuid in its one usual form."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _verify_one(
    connection: psycopg.Connection[Any],
    municipality_id: UUID,
    file: bytes | None,
    public_key: bytes,
    progress: Progress,
) -> Report:
    report = Report(municipality_id)
    checkpoints = _read_checkpoints(report, file, public_key)
    tree = _walk(connection, report, checkpoints, progress)
    report.events, report.root = tree.size, tree.root()
    if checkpoints:
        report.checkpoint = checkpoints[-1]
    _hold_against_tree(connection, report, tree)
    _look_at_the_queue(connection, report)
    _look_for_strangers(connection, report)
    return report


def _read_checkpoints(report: Report, file: bytes | None, public_key: bytes) -> list[Checkpoint]:
    if file is None:
        return []
    found: list[Checkpoint] = []
    origin = origin_of(report.municipality_id)
    for number, note in enumerate(notes_in(file.decode(errors="replace")), start=1):
        try:
            found.append(read_checkpoint(note, origin, public_key))
        except BadCheckpoint as fault:
            report.add("checkpoint", f"checkpoint {number} in its file cannot be trusted: {fault}")
    for earlier, later in pairwise(found):
        if later.size < earlier.size or (later.size == earlier.size and later.root != earlier.root):
            text = f"two signed checkpoints contradict each other ({earlier.size} and {later.size} events)"
            report.add("checkpoint", text, first=later.size, last=earlier.size)
    return sorted(found, key=lambda checkpoint: checkpoint.size)


class _Ruler:
    """Holds the growing tree against the checkpoints, smallest first."""

    def __init__(self, report: Report, checkpoints: Sequence[Checkpoint]) -> None:
        self._report = report
        self._left = list(reversed(checkpoints))
        self._agreed = 0
        self._broken = False

    def measure(self, tree: Tree) -> None:
        while self._left and self._left[-1].size <= tree.size:
            checkpoint = self._left.pop()
            if self._broken:
                continue
            if checkpoint.root == tree.root():
                self._agreed = checkpoint.size
                continue
            self._broken = True
            first, last = self._agreed, checkpoint.size - 1
            text = (
                f"the log is not the one that was signed {_when(checkpoint)}: among events number {first} to"
                f" {last} something was changed, removed, added or moved, and the hashes made to fit"
            )
            self._report.add("root", text, first=first, last=last)

    def close(self, tree: Tree) -> None:
        if self._left:
            largest = self._left[0]
            first, last = tree.size, largest.size - 1
            text = (
                f"the end is cut off or the database was rolled back: {largest.size} events were signed"
                f" {_when(largest)}, but only {tree.size} are left; events number {first} to {last} are gone"
            )
            self._report.add("cut", text, first=first, last=last)


def _when(checkpoint: Checkpoint) -> str:
    return f"{checkpoint.signed_at:%Y-%m-%d %H:%M:%S} UTC" if checkpoint.signed_at else "earlier"


def _walk(
    connection: psycopg.Connection[Any],
    report: Report,
    checkpoints: Sequence[Checkpoint],
    progress: Progress,
) -> Tree:
    """Go through the sequence from first to last."""
    tree, ruler = Tree(), _Ruler(report, checkpoints)
    ruler.measure(tree)
    expected = 0
    before: bytes | None = None
    earlier: tuple[int, bytes] | None = None
    with connection.cursor(name="sequence", binary=True) as cursor:
        _read_raw(cursor)
        cursor.itersize = 5_000
        cursor.execute(_SEQUENCED, [report.municipality_id])
        for seq, event_id, leaf, present, stored_leaf, version, *values in cursor:
            if earlier == (seq, event_id):
                text = f"event {UUID(bytes=event_id)} (number {seq}) is in the table twice"
                report.add("twice", text, event_id=str(UUID(bytes=event_id)), first=seq, last=seq)
                continue
            if seq < expected:
                report.add("twice", f"number {seq} was given to two events", first=seq, last=seq)
                continue
            if seq > expected:
                text = f"numbers {expected} to {seq - 1} are missing from the sequence"
                report.add("gap", text, first=expected, last=seq - 1)
            earlier, expected = (seq, event_id), seq + 1
            if not present:
                _name_missing(report, seq, event_id, before)
            elif leaf_of(version, values) != leaf or stored_leaf != leaf:
                _name_changed(report, seq, event_id, leaf, stored_leaf, version, values)
            before = values[_TIME_AT] if present else before
            tree.append(leaf)
            ruler.measure(tree)
            if tree.size % 20_000 == 0:
                progress(report.municipality_id, tree.size)
    ruler.close(tree)
    return tree


def _name_missing(report: Report, seq: int, event_id: bytes, before: bytes | None) -> None:
    name = str(UUID(bytes=event_id))
    text = f"event {name} (number {seq}, after {_time(before)}) has been removed"
    report.add("missing", text, event_id=name, first=seq, last=seq)


def _name_changed(  # noqa: PLR0917
    report: Report,
    seq: int,
    event_id: bytes,
    leaf: bytes,
    stored_leaf: bytes | None,
    version: int,
    values: Sequence[bytes | None],
) -> None:
    name, actual = str(UUID(bytes=event_id)), leaf_of(version, values)
    if actual == leaf:
        what = "its stored hash (leaf_hash) has been changed"
    elif stored_leaf == leaf:
        what = "its content has been changed since it was written"
    elif stored_leaf == actual:
        what = "its content or its place is not the one that was sequenced, and its stored hash fits the change"
    else:
        what = "neither its content nor its stored hash is the one that was sequenced"
    text = f"event {name} (number {seq}, {_time(values[_TIME_AT])}): {what}"
    report.add("changed", text, event_id=name, first=seq, last=seq)


def _hold_against_tree(connection: psycopg.Connection[Any], report: Report, tree: Tree) -> None:
    row = connection.execute(
        "SELECT size, frontier, grown_at, now() FROM audit.tree WHERE municipality_id = %s",
        [report.municipality_id],
    ).fetchone()
    if row is None:
        if tree.size:
            report.add("tree", "the record of the tree's size and root has been removed")
        return
    size, frontier, grown_at, now = row
    if size != tree.size:
        report.add("tree", f"the tree is recorded with {size} events, the sequence has {tree.size}")
    elif frontier != tree.frontier():
        report.add("tree", "the recorded tree has another root than the sequence")
    signed = report.checkpoint.size if report.checkpoint else 0
    if signed < tree.size and abs(now - grown_at) > SIGNING_PATIENCE:
        text = (
            f"events number {signed} to {tree.size - 1} are not covered by any signed checkpoint:"
            " the sequencer does not sign, or checkpoints were removed"
        )
        report.add("unsigned", text, first=signed, last=tree.size - 1)


def _look_at_the_queue(connection: psycopg.Connection[Any], report: Report) -> None:
    (now,) = connection.execute("SELECT now()").fetchone() or (None,)
    with connection.cursor(name="queue", binary=True) as cursor:
        _read_raw(cursor)
        cursor.execute(_WAITING, [report.municipality_id])
        for event_id, queued_raw, leaf, present, stored_leaf, version, *values in cursor:
            report.waiting += 1
            name = str(UUID(bytes=event_id))
            queued = _EPOCH + timedelta(microseconds=int.from_bytes(queued_raw, "big", signed=True))
            if not present:
                report.add("missing", f"event {name} (waiting) has been removed", event_id=name)
            elif leaf_of(version, values) != leaf or stored_leaf != leaf:
                text = f"event {name} (waiting, {_time(values[_TIME_AT])}) has been changed"
                report.add("changed", text, event_id=name)
            if now is not None and abs(now - queued) > QUEUE_PATIENCE:
                text = f"event {name} has waited since {queued:%Y-%m-%d %H:%M:%S} UTC: does the sequencer run?"
                report.add("waiting", text, event_id=name)


def _look_for_strangers(connection: psycopg.Connection[Any], report: Report) -> None:
    with connection.cursor(name="strangers", binary=True) as cursor:
        _read_raw(cursor)
        cursor.execute(_SLIPPED_IN, [report.municipality_id])
        for event_id, occurred_at in cursor:
            name = str(UUID(bytes=event_id))
            text = (
                f"event {name} ({_time(occurred_at)}) is in the table but was never queued or sequenced:"
                " it was added or moved past the log, or its number was taken away"
            )
            report.add("stranger", text, event_id=name)


# --------------------------------------------------------------------------------------- command line


def describe(report: Report) -> list[str]:
    """The report of one municipality as lines of plain words."""
    name = (
        "platform" if report.municipality_id.int == 0 else f"municipality {report.municipality_id}"
    )
    waiting = f" ({report.waiting} more waiting to be sequenced)" if report.waiting else ""
    lines = [
        f"{name}",
        f"  events      {report.events}{waiting}",
        f"  root        {base64.b64encode(report.root).decode()}",
    ]
    if report.checkpoint:
        lines.append(
            f"  checkpoint  {report.checkpoint.size} events, signed {_when(report.checkpoint)}"
        )
    else:
        lines.append("  checkpoint  none")
    lines += [f"  FAULT       {fault.text}" for fault in report.faults]
    if report.dropped:
        lines.append(f"  FAULT       … and {report.dropped} more of these kinds")
    return lines if report.faults else [*lines, "  whole"]


def _demand_full_view(connection: psycopg.Connection[Any]) -> None:
    with connection.transaction():
        row = connection.execute(
            "SELECT current_user, rolsuper OR rolbypassrls OR rolname IN ('sspf_backup', 'sspf_sequencer')"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    if row is None or not row[1]:
        raise ValueError("this database user may not see the whole log; connect as sspf_backup")


def _on_stderr() -> Progress:
    started, told = time.monotonic(), [time.monotonic()]

    def tell(municipality_id: UUID, events: int) -> None:
        if time.monotonic() - told[0] >= 1:
            told[0] = time.monotonic()
            rate = events / (told[0] - started)
            print(f"{municipality_id}: {events} events, {rate:.0f}/s", file=sys.stderr, flush=True)

    return tell


def _verify_command(options: argparse.Namespace) -> int:
    folder = Path(options.checkpoints)
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}")
    public_key = _decode(options.public_key)
    if len(public_key) != 32:
        raise ValueError("the public key is 32 bytes in base64")
    faulty = 0
    with psycopg.connect(options.database) as connection:
        _demand_full_view(connection)
        for report in verify(
            connection,
            folder,
            public_key,
            municipality_id=options.municipality,
            progress=_on_stderr(),
        ):
            print("\n".join(describe(report)), flush=True)
            faulty += bool(report.faults)
    print(f"verified {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
    print(f"FAULTS in {faulty} of the logs above" if faulty else "OK")
    return 1 if faulty else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="auditctl", description="Verify the SSPF evidence log.")
    commands = parser.add_subparsers(required=True, metavar="verify")
    command = commands.add_parser(
        "verify", help="read the whole log and hold it against its checkpoints"
    )
    command.add_argument("--database", required=True, help="conninfo or URL; log in as sspf_backup")
    command.add_argument(
        "--checkpoints",
        default=os.environ.get("SSPF_CHECKPOINT_DIR"),
        help="folder with the signed checkpoints (or SSPF_CHECKPOINT_DIR)",
    )
    command.add_argument(
        "--public-key",
        default=os.environ.get("SSPF_AUDIT_PUBLIC_KEY"),
        help="base64 of the log's Ed25519 public key (or SSPF_AUDIT_PUBLIC_KEY)",
    )
    command.add_argument("--municipality", type=UUID, help="only this municipality's log")
    options = parser.parse_args(arguments)
    if not options.checkpoints or not options.public_key:
        parser.error("--checkpoints and --public-key are needed")
    try:
        return _verify_command(options)
    except (ValueError, OSError, BadCheckpoint, psycopg.Error) as fault:
        print(f"could not verify: {str(fault).strip()}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main())

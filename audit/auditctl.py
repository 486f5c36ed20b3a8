"""Checks the SSPF evidence log from outside: one file, no Django, only `cryptography` (and `psycopg` to read a database).

    python auditctl.py verify       is every event that was ever signed still there, unchanged and in its place?
    python auditctl.py prove        write a file that proves one event to anybody
    python auditctl.py check        read such a file: no database needed
    python auditctl.py consistency  does a later signed checkpoint continue an earlier one?
    python auditctl.py changes      is every row change that the database noted bound to an event?
    python auditctl.py cells        does every watched row hold what was noted last?

Each says what it wants with --help. Exit code 0: whole, or proven. 1: something is wrong, and is named. 2: it could
not be checked. Connect as sspf_backup, which may read all of the log and change nothing.

Each event is hashed as PostgreSQL sends it (`audit/event.py` says how), each municipality's hashes form a Merkle tree
(RFC 6962), and the tree is held against checkpoints (C2SP tlog-checkpoint) that were signed (Ed25519) and kept
outside the database, and that witnesses may have cosigned (C2SP tlog-cosignature).
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import struct
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import groupby, islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

if TYPE_CHECKING:
    import psycopg

QUEUE_PATIENCE = "5 minutes"
SIGNING_PATIENCE = "1 minute"
WITNESS_PATIENCE = timedelta(days=1)
SHOWN_OF_A_KIND = 50


class CannotCheck(Exception):
    """Something that is needed is missing or malformed: nothing was found out either way."""


class NotSo(Exception):
    """What was to be proven is not true of this log."""


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


# --------------------------------------------------------------------------------- signed checkpoints

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


@dataclass(frozen=True)
class Witness:
    """Somebody outside who cosigns checkpoints: a name and an Ed25519 key."""

    name: str
    public_key: bytes

    def cosigned(self, note: str) -> bool:
        """Tell whether the witness's signature is on a note; a false one is an error."""
        head, _gap, tail = note.partition("\n\n")
        mine = key_id(self.name, TIMED_SIGNATURE, self.public_key)
        signed = False
        for line in tail.splitlines():
            matched = _SIGNATURE_LINE.fullmatch(line)
            stamp = _decode(matched[2]) if matched else b""
            if matched is None or matched[1] != self.name or stamp[:4] != mine:
                continue
            seconds = int.from_bytes(stamp[4:12], "big")
            try:
                Ed25519PublicKey.from_public_bytes(self.public_key).verify(
                    stamp[12:], timed_message(f"{head}\n", seconds)
                )
            except InvalidSignature:
                raise BadCheckpoint(f"the signature of witness {self.name} is wrong") from None
            signed = True
        return signed


def read_witness(text: str) -> Witness:
    """A witness's key as one line, name+hash+key (C2SP signed-note, verifier key)."""
    name, *rest = text.strip().split("+", 2)
    try:
        raw = base64.b64decode(rest[1], validate=True)
    except (IndexError, ValueError):
        raise ValueError("a witness is one line: name+hash+key") from None
    if not name or len(raw) != 33 or raw[0] != TIMED_SIGNATURE:
        raise ValueError("it is not the Ed25519 key of a witness")
    if key_id(name, TIMED_SIGNATURE, raw[1:]).hex() != rest[0]:
        raise ValueError("its hash does not fit: a part of the line was lost or changed")
    return Witness(name, raw[1:])


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

COLUMNS = (
    "v",
    "id",
    "occurred_at",
    "municipality_id",
    "agency_id",
    "unit_id",
    "actor_user_id",
    "actor_membership_id",
    "actor_name",
    "actor_role",
    "action",
    "object_type",
    "object_id",
    "case_id",
    "case_number",
    "field_groups",
    "relation",
    "basis",
    "purpose",
    "outcome",
    "request_id",
    "detail_hash",
)
# The only columns an event's hash does not cover: leaf_hash is the hash (and is compared with it).
NOT_HASHED = frozenset({"leaf_hash"})
VERSION = 2

# What is hashed, made by the database: the prefix of a leaf (RFC 6962 §2.1) and the row in its binary form.
_HASHED = f"decode('00', 'hex') || record_send(ROW({', '.join(f'e.{name}' for name in COLUMNS)}))"
_SMALLINT, _TEXT, _TEXTS, _TIME, _UUID, _BYTES = 21, 25, 1009, 1184, 2950, 17
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def columns_of(record: bytes) -> dict[str, tuple[int, bytes | None]]:
    """An event's canonical bytes taken apart: for each column its type's oid and bytes; raises ValueError."""
    count, at = int.from_bytes(record[:4], "big"), 4
    values: list[tuple[int, bytes | None]] = []
    while at < len(record):
        oid, length = struct.unpack_from("!Ii", record, at) if len(record) >= at + 8 else (0, -2)
        at += 8
        if length < -1 or at + length > len(record):
            raise ValueError("these are not the bytes of an event")
        values.append((oid, None if length < 0 else record[at : at + length]))
        at += max(length, 0)
    if not count == len(values) == len(COLUMNS):
        raise ValueError("these are not the bytes of an event")
    return dict(zip(COLUMNS, values, strict=True))


def in_words(record: bytes) -> dict[str, str]:
    """The columns of an event's canonical bytes as text that is safe to print; an unset one is left out."""
    return {
        name: _printable(_SHOWN.get(oid, bytes.hex)(raw))
        for name, (oid, raw) in columns_of(record).items()
        if raw is not None
    }


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in text)


def _time_in_words(raw: bytes) -> str:
    try:
        moment = _EPOCH + timedelta(microseconds=int.from_bytes(raw, "big", signed=True))
    except OverflowError:
        return "an impossible time"
    return f"{moment:%Y-%m-%d %H:%M:%S.%f} UTC"


def _texts_in_words(raw: bytes) -> str:
    if raw[:12] == struct.pack("!iiI", 0, 0, _TEXT):
        return "(none)"
    texts, at = [], 20
    while raw[:4] == b"\0\0\0\1" and at < len(raw):
        length = int.from_bytes(raw[at : at + 4], "big", signed=True)
        texts.append(raw[at + 4 : at + 4 + max(length, 0)].decode(errors="replace"))
        at += 4 + max(length, 0)
    return ", ".join(texts)


_SHOWN: Mapping[int, Callable[[bytes], str]] = {
    _SMALLINT: lambda raw: str(int.from_bytes(raw, "big", signed=True)),
    _TEXT: lambda raw: raw.decode(errors="replace"),
    _TEXTS: _texts_in_words,
    _TIME: _time_in_words,
    _UUID: lambda raw: str(UUID(bytes=raw)) if len(raw) == 16 else raw.hex(),
    _BYTES: bytes.hex,
}


def _time_of(hashed: bytes | None) -> str:
    """When an event happened, to the second, for a sentence."""
    raw = columns_of(hashed[1:])["occurred_at"][1] if hashed else None
    return _time_in_words(raw).partition(".")[0] if raw else "an unknown time"


# ----------------------------------------------------------------------------------- what was found


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
    """What was found in one municipality's log; `since` is the number of events an earlier run answers for."""

    municipality_id: UUID
    events: int = 0
    since: int = 0
    waiting: int = 0
    root: bytes = field(default_factory=lambda: sha256(b"").digest())
    checkpoint: Checkpoint | None = None
    cosigned: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    dropped: int = 0
    reached: Reached | None = None

    def add(self, kind: str, text: str, **where: Any) -> None:
        """Note a fault; of one kind only so many are written out."""
        if sum(fault.kind == kind for fault in self.faults) < SHOWN_OF_A_KIND:
            self.faults.append(Fault(kind, text, **where))
        else:
            self.dropped += 1


@dataclass(frozen=True)
class Reached:
    """How far a log was found whole: a signed checkpoint, the tree there, and when it was looked at."""

    checkpoint: Checkpoint
    note: str
    tree: Tree
    verified_at: datetime


Progress = Callable[[UUID, int, int], None]


def _silent(municipality_id: UUID, events: int, of: int) -> None:
    """Tell nobody how far it is."""


# --------------------------------------------------------------------------- files beside the database


@dataclass(frozen=True)
class _Files:
    """What is kept outside the database for one log, as it was before the database was read."""

    checkpoints: bytes | None
    witnessed: bytes | None


def _files_in(folder: Path) -> dict[str, _Files]:
    names = {
        path.stem for ending in ("checkpoints", "witnessed") for path in folder.glob(f"*.{ending}")
    }
    return {
        name: _Files(*(_content(folder / f"{name}.{e}") for e in ("checkpoints", "witnessed")))
        for name in sorted(names)
    }


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _read_files(
    report: Report,
    files: _Files,
    public_key: bytes,
    witnesses: Sequence[Witness],
    begin: Reached | None,
) -> list[tuple[Checkpoint, str]]:
    """The checkpoints to hold the tree against, smallest first, with their notes."""
    text = (files.checkpoints or b"").decode(errors="replace")
    found: list[tuple[Checkpoint, str]] = []
    if begin is not None:
        _before, known, text_after = text.rpartition(begin.note)
        if known:
            text = text_after.removeprefix("\n")
        else:
            size = begin.checkpoint.size
            report.add(
                "checkpoint",
                f"the checkpoint of {size} events, verified before, is not in its file",
            )
        found.append((begin.checkpoint, begin.note))
    found += _read_notes(report, text, public_key, "checkpoint")
    for (earlier, _), (later, _) in pairwise(found):
        if later.size < earlier.size or (later.size == earlier.size and later.root != earlier.root):
            text = f"two signed checkpoints contradict each other ({earlier.size} and {later.size} events)"
            report.add("checkpoint", text, first=later.size, last=earlier.size)
    if found:
        report.checkpoint = max((one for one, _note in found), key=lambda one: one.size)
    text = (files.witnessed or b"").decode(errors="replace")
    cosigned = list(_read_notes(report, text, public_key, "cosigned checkpoint"))
    for checkpoint, note in cosigned:
        for witness in witnesses:
            try:
                if witness.cosigned(note):
                    before = report.cosigned.get(witness.name, 0)
                    report.cosigned[witness.name] = max(before, checkpoint.size)
            except BadCheckpoint as fault:
                report.add("checkpoint", f"a cosigned checkpoint cannot be trusted: {fault}")
    first = begin.checkpoint.size if begin else 0
    held = [one for one in [*found, *cosigned] if one[0].size >= first]
    return sorted(held, key=lambda one: one[0].size)


def _read_notes(
    report: Report, text: str, public_key: bytes, what: str
) -> list[tuple[Checkpoint, str]]:
    origin, found = origin_of(report.municipality_id), []
    for number, note in enumerate(notes_in(text), start=1):
        try:
            found.append((read_checkpoint(note, origin, public_key), note))
        except BadCheckpoint as fault:
            report.add("checkpoint", f"{what} {number} in its file cannot be trusted: {fault}")
    return found


def _demand_witnesses(
    report: Report, checkpoints: Sequence[tuple[Checkpoint, str]], quorum: int, now: datetime
) -> None:
    """What was signed more than a day ago must have been seen by so many witnesses."""
    if not quorum:
        return
    seen = sorted(report.cosigned.values(), reverse=True)
    covered = seen[quorum - 1] if len(seen) >= quorum else 0
    due = max(
        (
            one.size
            for one, _ in checkpoints
            if one.signed_at and now - one.signed_at > WITNESS_PATIENCE
        ),
        default=0,
    )
    if covered < due:
        text = (
            f"events number {covered} to {due - 1} were signed more than a day ago, but fewer than {quorum}"
            " of the named witnesses have cosigned them"
        )
        report.add("witness", text, first=covered, last=due - 1)


# --------------------------------------------------------------------------------- reading the database

CHUNK = 5_000
# What may be held while events and numbers come in a different order; some 150 MB.
MOST_UNPAIRED = 1_000_000

_EVENTS = f"""
    SELECT {_HASHED}, coalesce(uuid_send(e.id) || e.leaf_hash, '')
      FROM audit.event e WHERE e.municipality_id = %s
"""  # noqa: S608  nothing but the names above
_NUMBERS = """
    SELECT seq, coalesce(uuid_send(event_id) || leaf_hash, '')
      FROM audit.sequence WHERE municipality_id = %s ORDER BY seq
"""
_QUEUED = """
    SELECT coalesce(uuid_send(event_id) || leaf_hash, '') FROM audit.unsequenced WHERE municipality_id = %s
"""
_NUMBERED_ONCE = """
    SELECT FROM pg_constraint WHERE conrelid = 'audit.sequence'::regclass
       AND pg_get_constraintdef(oid) = 'UNIQUE (municipality_id, event_id)'
"""
_SEQUENCED = f"""
    SELECT coalesce(s.seq, -1), coalesce(s.event_id, '{UUID(int=0)}'), coalesce(s.leaf_hash, ''),
           CASE WHEN e.tableoid IS NOT NULL THEN {_HASHED} END, e.leaf_hash
      FROM audit.sequence s
      LEFT JOIN audit.event e ON e.municipality_id = s.municipality_id AND e.id = s.event_id
     WHERE s.municipality_id = %s AND (s.seq >= %s OR s.seq < 0 OR s.seq IS NULL) ORDER BY s.seq, s.event_id
"""  # noqa: S608
_WAITING = f"""
    SELECT coalesce(u.event_id, '{UUID(int=0)}'), coalesce(u.leaf_hash, ''),
           CASE WHEN e.tableoid IS NOT NULL THEN {_HASHED} END, e.leaf_hash,
           u.occurred_at IS NOT DISTINCT FROM e.occurred_at,
           u.queued_at BETWEEN now() - %s::interval AND now() + %s::interval,
           to_char(u.queued_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC')
      FROM audit.unsequenced u
      LEFT JOIN audit.event e ON e.municipality_id = u.municipality_id AND e.id = u.event_id
     WHERE u.municipality_id = %s ORDER BY u.queued_at
"""  # noqa: S608
_SLIPPED_IN = f"""
    SELECT e.id, {_HASHED} FROM audit.event e
     WHERE e.municipality_id = %s AND e.occurred_at >= %s
       AND NOT EXISTS (SELECT FROM audit.sequence s
                        WHERE s.municipality_id = e.municipality_id AND s.event_id = e.id)
       AND NOT EXISTS (SELECT FROM audit.unsequenced u
                        WHERE u.municipality_id = e.municipality_id AND u.event_id = e.id)
     ORDER BY e.occurred_at
"""  # noqa: S608
_TREE = """
    SELECT size, frontier, coalesce(grown_at BETWEEN now() - %s::interval AND now() + %s::interval, false)
      FROM audit.tree WHERE municipality_id = %s
"""
_EVIDENCE = ("audit.event", "audit.sequence", "audit.unsequenced", "audit.tree")
_PLATFORM = UUID(int=0)
_LOGS = """
    SELECT municipality_id FROM audit.tree UNION SELECT municipality_id FROM audit.sequence
    UNION SELECT municipality_id FROM audit.unsequenced UNION SELECT municipality_id FROM audit.event
"""


@dataclass(frozen=True)
class _Snapshot:
    """One moment of the database, over two connections so that two tables can be read side by side."""

    numbers: psycopg.Connection[Any]
    events: psycopg.Connection[Any]
    now: datetime


@contextmanager
def _snapshot(connection: psycopg.Connection[Any]) -> Iterator[_Snapshot]:
    import psycopg  # only what reads a database needs it

    connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
    connection.set_read_only(True)
    with connection.transaction():
        ((name, now),) = connection.execute("SELECT pg_export_snapshot(), now()").fetchall()
        with psycopg.connect(
            connection.info.dsn, password=connection.info.password or None
        ) as second:
            second.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
            second.set_read_only(True)
            with second.transaction():
                second.execute(f"SET TRANSACTION SNAPSHOT '{name}'")
                # In the order of the disk, which is nearly that of the numbers.
                for setting in ("synchronize_seqscans", "enable_indexscan", "jit"):
                    second.execute(f"SET LOCAL {setting} = off")
                second.execute("SET LOCAL max_parallel_workers_per_gather = 0")
                for each in (connection, second):
                    _be_plain(each)
                yield _Snapshot(connection, second, now)


def _be_plain(connection: psycopg.Connection[Any]) -> None:
    """For this transaction: each name means what it is to mean, and texts are sent as they were hashed, in UTF-8."""
    connection.execute("SET LOCAL search_path = pg_catalog, public, pg_temp")
    connection.execute("SET LOCAL client_encoding = 'UTF8'")


_HIDDEN = """
    SELECT c.oid::regclass::text FROM unnest(%s::text[]) AS asked (name) JOIN pg_class c ON c.oid = to_regclass(asked.name)
     WHERE c.relkind NOT IN ('r', 'p') OR row_security_active(c.oid) AND (
           EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND NOT p.polpermissive AND {mine})
           OR NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive AND {mine}
                             AND pg_get_expr(p.polqual, p.polrelid) = 'true'))
     ORDER BY 1
""".format(  # noqa: S608  nothing but what follows
    mine="p.polcmd IN ('r', '*') AND EXISTS (SELECT FROM unnest(p.polroles) AS role"
    " WHERE role = 0 OR pg_has_role(role, 'MEMBER'))"
)


def _tell_hidden(
    connection: psycopg.Connection[Any], report: Report, tables: Sequence[str]
) -> None:
    """A row that this user is not shown, by a policy or a view, cannot be missed: the table is named instead."""
    for (table,) in connection.execute(_HIDDEN, [list(tables)]):
        text = f"{table}: rows of it may be hidden from this user, by a policy or a view that was put there"
        report.add("hidden", text)


@contextmanager
def _streamed(
    connection: psycopg.Connection[Any], query: str, parameters: Sequence[Any] | Mapping[str, Any]
) -> Iterator[Iterator[tuple[Any, ...]]]:
    """The rows of a query as they come; closing it before the last row spoils the transaction around it."""
    from psycopg import capabilities

    size = 1_000 if capabilities.has_stream_chunked() else 1
    with (
        connection.cursor() as cursor,
        closing(cursor.stream(query, parameters, binary=True, size=size)) as rows,  # type: ignore[type-var]
    ):
        yield rows


# ------------------------------------------------------------------------------------------- verifying


def verify(
    connection: psycopg.Connection[Any],
    folder: Path,
    public_key: bytes,
    *,
    municipality_id: UUID | None = None,
    since: Mapping[UUID, Reached] | None = None,
    witnesses: Sequence[Witness] = (),
    quorum: int = 0,
    progress: Progress = _silent,
) -> Iterator[Report]:
    """Verify every municipality's log, or one; the connection must not be in a transaction.

    A log that is named in `since` is only read from there on.
    """
    # Before the snapshot: a checkpoint is only signed for what was committed, so none read here may be
    # larger than what the snapshot shows.
    files = _files_in(folder)
    since = since or {}
    with _snapshot(connection) as snapshot:
        adrift = False
        if municipality_id is not None:
            logs = {municipality_id}
        else:
            logs = {row[0] for row in connection.execute(_LOGS)}
            adrift = None in logs
            logs = (logs - {None}) | ({_PLATFORM} if adrift else set())
            logs |= {UUID(name) for name in files if is_uuid(name)} | set(since)
        for one in sorted(logs):
            report, begin = Report(one), since.get(one)
            own = files.get(str(one), _Files(None, None))
            checkpoints = _read_files(report, own, public_key, witnesses, begin)
            _verify_one(snapshot, report, checkpoints, begin, progress)
            _demand_witnesses(report, checkpoints, quorum, datetime.now(UTC))
            _tell_hidden(connection, report, _EVIDENCE)
            if adrift and one == _PLATFORM:
                report.add("stranger", "there are events or numbers that belong to no log")
            yield report


def is_uuid(text: str) -> bool:
    """Tell whether a text is a uuid in its one usual form."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _verify_one(
    snapshot: _Snapshot,
    report: Report,
    checkpoints: Sequence[tuple[Checkpoint, str]],
    begin: Reached | None,
    progress: Progress,
) -> None:
    """The fast way proves a log whole; only where it cannot, the slow way names what is wrong."""
    log = report.municipality_id
    patience = [SIGNING_PATIENCE] * 2
    recorded = snapshot.numbers.execute(_TREE, [*patience, log]).fetchone()
    size = recorded[0] if recorded and recorded[0] else 0

    def tell(events: int) -> None:
        progress(log, events, size)

    growth = None if begin else _pair(snapshot, _Growth(Tree(), checkpoints), log, tell)
    if growth is None:
        growth = _Growth(begin.tree if begin else Tree(), checkpoints)
        _walk(snapshot.numbers, report, growth, tell)
        earliest = begin.verified_at - timedelta(days=1) if begin else "-infinity"
        _look_for_strangers(snapshot.numbers, report, earliest)
    growth.close(report, _numbers_left(snapshot.numbers, log) if begin else growth.tree.size)
    report.events, report.root = growth.tree.size, growth.tree.root()
    report.since = begin.checkpoint.size if begin else 0
    if growth.agreed is not None:
        report.reached = Reached(*growth.agreed, snapshot.now)
    _hold_against_tree(recorded, report, growth.tree)
    _look_at_the_queue(snapshot.numbers, report)


class _Growth:
    """A log's tree, held against the checkpoints while it grows, smallest first."""

    def __init__(self, tree: Tree, checkpoints: Sequence[tuple[Checkpoint, str]]) -> None:
        self.tree = Tree(tree.size, tree.frontier())
        self.agreed: tuple[Checkpoint, str, Tree] | None = None
        self._left = list(reversed(checkpoints))
        self._broken: tuple[int, Checkpoint] | None = None
        self._measure()

    def extend(self, leaves: Sequence[bytes]) -> None:
        at = 0
        while at < len(leaves):
            room = self._left[-1][0].size - self.tree.size if self._left else len(leaves)
            self.tree.extend(leaves[at : at + room])
            self._measure()
            at += room

    def _measure(self) -> None:
        while self._left and self._left[-1][0].size <= self.tree.size:
            checkpoint, note = self._left.pop()
            if self._broken:
                continue
            if checkpoint.root == self.tree.root():
                self.agreed = (checkpoint, note, Tree(self.tree.size, self.tree.frontier()))
            else:
                self._broken = (self.agreed[0].size if self.agreed else 0, checkpoint)

    def close(self, report: Report, left: int) -> None:
        """Tell what did not agree; `left` is how many events still have a number."""
        if self._broken:
            first, checkpoint = self._broken
            last = checkpoint.size - 1
            text = (
                f"the log is not the one that was signed {_when(checkpoint)}: among events number {first} to"
                f" {last} something was changed, removed, added or moved, and the hashes made to fit"
            )
            report.add("root", text, first=first, last=last)
        largest = self._left[0][0] if self._left else self.agreed[0] if self.agreed else None
        if largest and left < largest.size:
            text = (
                f"the end is cut off or the database was rolled back: {largest.size} events were signed"
                f" {_when(largest)}, but only {left} are left; events number {left} to {largest.size - 1} are gone"
            )
            report.add("cut", text, first=left, last=largest.size - 1)


def _when(checkpoint: Checkpoint) -> str:
    return f"{checkpoint.signed_at:%Y-%m-%d %H:%M:%S} UTC" if checkpoint.signed_at else "earlier"


def _pair(
    snapshot: _Snapshot, growth: _Growth, log: UUID, tell: Callable[[int], None]
) -> _Growth | None:
    """Grow the tree from the numbers while every event is hashed and paired with its number; None if any is odd.

    A pair is the event's id with its hash. Each is met once among the events and once among the numbers, or waits.
    Both tables come in nearly the same order, so few are held at a time.
    """
    # With every id numbered once, no event that is there twice can be paired twice.
    if snapshot.numbers.execute(_NUMBERED_ONCE).fetchone() is None:
        return None
    found: set[bytes] = set()
    given: set[bytes] = set()
    with (
        snapshot.events.transaction(force_rollback=True),
        snapshot.numbers.transaction(force_rollback=True),
        _streamed(snapshot.events, _EVENTS, [log]) as events,
        _streamed(snapshot.numbers, _NUMBERS, [log]) as numbers,
    ):
        while True:
            some, more = list(islice(events, CHUNK)), list(islice(numbers, CHUNK))
            if not some and not more:
                break
            keys, numbered = [key for _hashed, key in some], [key for _seq, key in more]
            size = growth.tree.size
            if [key for hashed, key in some if sha256(hashed).digest() != key[16:]] or [
                seq for seq, _key in more
            ] != list(range(size, size + len(more))):
                return None
            growth.extend([key[16:] for key in numbered])
            tell(growth.tree.size)
            if not found and not given and keys == numbered:
                continue
            if len(found) + len(keys) > len(found.union(keys)):
                return None
            found.update(keys)
            given.update(numbered)
            pairs = found & given
            found -= pairs
            given -= pairs
            if len(found) + len(given) > MOST_UNPAIRED:
                return None
    waiting = snapshot.numbers.execute(_QUEUED, [log], binary=True)
    return growth if not given and found <= {row[0] for row in waiting} else None


def _walk(
    connection: psycopg.Connection[Any],
    report: Report,
    growth: _Growth,
    tell: Callable[[int], None],
) -> None:
    """Go through the sequence from first to last and name what is wrong with each number's event."""
    expected = growth.tree.size
    before: bytes | None = None
    earlier: tuple[int, UUID] | None = None
    with _streamed(connection, _SEQUENCED, [report.municipality_id, expected]) as rows:
        for seq, event_id, leaf, hashed, stored_leaf in rows:
            name = str(event_id)
            if seq < 0:
                report.add("gap", f"event {name} has lost its number", event_id=name)
                continue
            if earlier == (seq, event_id):
                text = f"event {name} (number {seq}) is in the table twice"
                report.add("twice", text, event_id=name, first=seq, last=seq)
                continue
            if seq < expected:
                text = f"number {seq} was given to two events"
                report.add("twice", text, first=seq, last=seq)
                continue
            if seq > expected:
                text = f"numbers {expected} to {seq - 1} are missing from the sequence"
                report.add("gap", text, first=expected, last=seq - 1)
            earlier, expected = (seq, event_id), seq + 1
            if hashed is None:
                text = f"event {name} (number {seq}, after {_time_of(before)}) has been removed"
                report.add("missing", text, event_id=name, first=seq, last=seq)
            elif not leaf == stored_leaf == sha256(hashed).digest():
                text = f"event {name} (number {seq}, {_time_of(hashed)}): {_change(hashed, leaf, stored_leaf)}"
                report.add("changed", text, event_id=name, first=seq, last=seq)
            before = hashed or before
            growth.extend([leaf])
            if not growth.tree.size % CHUNK:
                tell(growth.tree.size)


def _change(hashed: bytes, leaf: bytes, stored_leaf: bytes | None) -> str:
    """What is wrong with an event that is not the one that was sequenced."""
    actual = sha256(hashed).digest()
    version = int.from_bytes(columns_of(hashed[1:])["v"][1] or b"", "big")
    if version != VERSION:
        return (
            f"it says that it is of format {version}, not {VERSION}: it was changed, or written by an older"
            " version of SSPF (a demo is begun anew with `make reset`)"
        )
    if actual == leaf:
        return "its stored hash (leaf_hash) has been changed"
    if stored_leaf == leaf:
        return "its content has been changed since it was written"
    if stored_leaf == actual:
        return "its content or its place is not the one that was sequenced, and its stored hash fits the change"
    return "neither its content nor its stored hash is the one that was sequenced"


def _numbers_left(connection: psycopg.Connection[Any], log: UUID) -> int:
    query = "SELECT coalesce(max(seq) + 1, 0) FROM audit.sequence WHERE municipality_id = %s"
    row = connection.execute(query, [log]).fetchone()
    return int(row[0]) if row else 0


def _hold_against_tree(row: tuple[Any, ...] | None, report: Report, tree: Tree) -> None:
    if row is None:
        if tree.size:
            report.add("tree", "the record of the tree's size and root has been removed")
        return
    size, frontier, just_grown = row
    if size != tree.size:
        report.add("tree", f"the tree is recorded with {size} events, the sequence has {tree.size}")
    elif frontier != tree.frontier():
        report.add("tree", "the recorded tree has another root than the sequence")
    signed = report.checkpoint.size if report.checkpoint else 0
    if signed < tree.size and not just_grown:
        text = (
            f"events number {signed} to {tree.size - 1} are not covered by any signed checkpoint:"
            " the sequencer does not sign, or checkpoints were removed"
        )
        report.add("unsigned", text, first=signed, last=tree.size - 1)


def _look_at_the_queue(connection: psycopg.Connection[Any], report: Report) -> None:
    patience = [QUEUE_PATIENCE] * 2
    with _streamed(connection, _WAITING, [*patience, report.municipality_id]) as rows:
        for event_id, leaf, hashed, stored_leaf, same_time, patient, queued in rows:
            report.waiting += 1
            name = str(event_id)
            if hashed is None:
                report.add("missing", f"event {name} (waiting) has been removed", event_id=name)
            elif not (leaf == stored_leaf == sha256(hashed).digest() and same_time):
                text = f"event {name} (waiting, {_time_of(hashed)}) has been changed"
                report.add("changed", text, event_id=name)
            if not patient:
                text = f"event {name} has waited since {queued or 'an unknown time'}: does the sequencer run?"
                report.add("waiting", text, event_id=name)


def _look_for_strangers(
    connection: psycopg.Connection[Any], report: Report, earliest: datetime | str
) -> None:
    with _streamed(connection, _SLIPPED_IN, [report.municipality_id, earliest]) as rows:
        for event_id, hashed in rows:
            text = (
                f"event {event_id} ({_time_of(hashed)}) is in the table but was never queued or sequenced:"
                " it was added or moved past the log, or its number was taken away"
            )
            report.add("stranger", text, event_id=str(event_id))


# ------------------------------------------------------------------------- what an earlier run answers for

_STATE = "sspf auditctl state 1"


def read_state(text: str, public_key: bytes) -> dict[UUID, Reached]:
    """How far each log was found whole; raises CannotCheck unless every part is signed and fits the others."""
    try:
        state = json.loads(text)
        if state["what"] != _STATE or state["public_key"] != base64.b64encode(public_key).decode():
            raise CannotCheck("the state file is of another log, or of another version")
        return {
            UUID(name): _read_reached(UUID(name), log, public_key)
            for name, log in state["logs"].items()
        }
    except (BadCheckpoint, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise CannotCheck(
            f"the state file contradicts itself ({fault}); move it away to verify from the beginning"
        ) from None


def _read_reached(log: UUID, state: Mapping[str, str], public_key: bytes) -> Reached:
    checkpoint = read_checkpoint(state["checkpoint"], origin_of(log), public_key)
    tree = Tree(checkpoint.size, _decode(state["frontier"]))
    if tree.root() != checkpoint.root:
        raise ValueError("its tree is not the one that was signed")
    verified_at = datetime.fromisoformat(state["verified_at"])
    return Reached(checkpoint, state["checkpoint"], tree, verified_at.astimezone(UTC))


def write_state(path: Path, logs: Mapping[UUID, Reached], public_key: bytes) -> None:
    """Put the state in its place whole, or not at all."""
    state = {
        "what": _STATE,
        "public_key": base64.b64encode(public_key).decode(),
        "logs": {
            str(log): {
                "checkpoint": reached.note,
                "frontier": base64.b64encode(reached.tree.frontier()).decode(),
                "verified_at": reached.verified_at.isoformat(),
            }
            for log, reached in sorted(logs.items())
        },
    }
    _write_whole(path, json.dumps(state, indent=1, ensure_ascii=False) + "\n")


def _write_whole(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


# -------------------------------------------------------------------------------- proofs for others

_PROOF = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True)
class Proof:
    """That one event is in a log: its canonical bytes, its number, the path to the root, the signed note."""

    record: bytes
    index: int
    path: tuple[bytes, ...]
    note: str

    def text(self) -> str:
        """The file (C2SP tlog-proof); the event itself is its extra data."""
        lines = [_PROOF, f"extra {base64.b64encode(self.record).decode()}", f"index {self.index}"]
        lines += [base64.b64encode(node).decode() for node in self.path]
        return "\n".join(lines) + f"\n\n{self.note}"


def read_proof(text: str) -> Proof:
    """Take a proof file apart without believing it; raises ValueError with the reason."""
    head, gap, note = text.partition("\n\n")
    lines = head.split("\n")
    index = re.fullmatch(r"index (0|[1-9][0-9]{0,18})", lines[2]) if len(lines) > 2 else None
    if not gap or lines[0] != _PROOF or index is None or not lines[1].startswith("extra "):
        raise ValueError("it is not the proof of an event (C2SP tlog-proof with extra data)")
    try:
        record, *path = map(_decode, [lines[1].removeprefix("extra "), *lines[3:]])
    except BadCheckpoint as fault:
        raise ValueError(str(fault)) from None
    if len(path) > LONGEST_PROOF or any(len(node) != 32 for node in path):
        raise ValueError("its path is not made of hashes")
    return Proof(record, int(index[1]), tuple(path), note)


def check_proof(proof: Proof, public_key: bytes) -> Checkpoint:
    """The signed checkpoint that a proof leads to; raises NotSo or BadCheckpoint if it proves nothing."""
    try:
        columns = columns_of(proof.record)
        municipality_id = UUID(bytes=columns["municipality_id"][1])
    except (ValueError, TypeError):
        raise NotSo("it does not hold the bytes of an event") from None
    checkpoint = read_checkpoint(proof.note, origin_of(municipality_id), public_key)
    leaf = sha256(b"\0" + proof.record).digest()
    root = root_by_inclusion(leaf, proof.index, checkpoint.size, proof.path)
    if root != checkpoint.root:
        raise NotSo("the event is not the one with this number in the log that was signed")
    return checkpoint


def prove(
    connection: psycopg.Connection[Any],
    folder: Path,
    public_key: bytes,
    event_id: UUID,
    progress: Progress = _silent,
) -> Proof:
    """Prove one event by the signed checkpoint that most witnesses have cosigned, of those the latest."""
    files = _files_in(folder)
    with _snapshot(connection) as snapshot:
        query = f"""
            SELECT s.municipality_id, s.seq, s.leaf_hash, {_HASHED} FROM audit.tree t
              JOIN audit.sequence s ON s.municipality_id = t.municipality_id AND s.event_id = %s
              JOIN audit.event e ON e.municipality_id = s.municipality_id AND e.id = s.event_id
        """  # noqa: S608
        row = connection.execute(query, [event_id]).fetchone()
        if row is None:
            raise CannotCheck(f"no event {event_id} has a number in this database")
        log, seq, leaf, hashed = row
        report = Report(log)
        own = files.get(str(log), _Files(None, None))
        notes = [
            (note.count("\n— "), checkpoint.size, note)
            for checkpoint, note in _read_files(report, own, public_key, (), None)
            if checkpoint.size > seq
        ]
        if not notes:
            raise CannotCheck(
                f"event {event_id} (number {seq}) is not covered by a signed checkpoint yet"
            )
        _signatures, size, note = max(notes)
        path = inclusion_proof(seq, size, _roots_in(snapshot.numbers, log, size, progress))
    proof = Proof(hashed[1:], seq, tuple(path), note)
    if leaf != sha256(hashed).digest():
        raise NotSo(f"event {event_id} is not the one that was sequenced; run verify")
    check_proof(proof, public_key)
    return proof


def _roots_in(
    connection: psycopg.Connection[Any], log: UUID, size: int, progress: Progress = _silent
) -> Roots:
    """The roots of stretches of a log's sequence, read as they are asked for."""
    read = [0]

    def root(first: int, end: int) -> bytes:
        tree = Tree()
        query = (
            "SELECT leaf_hash FROM audit.sequence WHERE municipality_id = %s AND seq >= %s AND seq < %s"
            " ORDER BY seq"
        )
        with _streamed(connection, query, [log, first, end]) as rows:
            while some := [leaf for (leaf,) in islice(rows, CHUNK)]:
                tree.extend(some)
                read[0] += len(some)
                progress(log, read[0], size)
        if tree.size != end - first:
            raise NotSo(f"numbers are missing between {first} and {end - 1}; run verify")
        return tree.root()

    return root


def prove_consistency(
    connection: psycopg.Connection[Any], old: int, new: Checkpoint, progress: Progress = _silent
) -> list[bytes]:
    """The proof from the database that a checkpoint continues the log's first `old` events."""
    log = UUID(new.origin.removeprefix("sspf/"))
    with _snapshot(connection) as snapshot:
        roots = _roots_in(snapshot.numbers, log, new.size, progress)
        path = consistency_proof(old, new.size, roots)
        if 0 < old < new.size and roots(0, new.size) != new.root:
            raise NotSo("the database does not hold the log that NEW was signed for; run verify")
    return path


# -------------------------------------------------------------------------------------- changes of rows

# What the database notes of every change of a watched row (`audit/change_sql.py` says how), as it is hashed.
NOTED = (
    "n",
    "municipality_id",
    "request_id",
    "at",
    "db_user",
    "operation",
    "shape",
    "row_id",
    "cells",
    "rest",
)
# leaf is the hash; erased_by is held by the erasure's own note, which hashes the leaves it blanked.
NOTE_NOT_HASHED = frozenset({"leaf", "erased_by"})

_DONE = {"I": "inserted", "U": "changed", "D": "deleted"}
_OF_ONE = """
    WITH mine AS (SELECT request_id FROM audit.change WHERE municipality_id = %(only)s
                  UNION SELECT request_id FROM audit.event
                         WHERE municipality_id = %(only)s AND detail_hash IS NOT NULL)
"""
_NOTES = f"""
    SELECT coalesce(c.request_id, e.request_id), e.event_id, e.digest, coalesce(e.events, 0)::int4, c.n,
           record_send(ROW({", ".join(f"c.{name}" for name in NOTED)})), coalesce(c.leaf, ''),
           num_nonnulls(c.shape, c.row_id, c.cells, c.rest) = 0, c.erased_by IS NOT NULL, c.operation,
           concat(w.table_name, ' row ', c.row_id), c.db_user,
           to_char(c.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC')
      FROM (SELECT * FROM audit.change c {{changes}}) AS c
      FULL JOIN (SELECT request_id, min(id::text) AS event_id, min(encode(detail_hash, 'hex')) AS digest,
                        count(*) AS events
                   FROM audit.event WHERE detail_hash IS NOT NULL {{events}} GROUP BY request_id) AS e
        ON e.request_id = c.request_id
      LEFT JOIN audit.watched w ON w.shape = c.shape
     ORDER BY coalesce(c.request_id, e.request_id), c.n
"""  # noqa: S608  nothing but the names above
_ERASURES = """
    SELECT coalesce(e.n, c.erased_by), e.digest, c.n, coalesce(c.leaf, '')
      FROM (SELECT n, erased_by, leaf FROM audit.change WHERE erased_by IS NOT NULL {blanked}) AS c
      FULL JOIN (SELECT n, coalesce(cells[1], '') AS digest FROM audit.change WHERE operation = 'E' {erasing}) AS e
        ON e.n = c.erased_by
     ORDER BY coalesce(e.n, c.erased_by), c.n
"""


def check_changes(
    connection: psycopg.Connection[Any],
    report: Report,
    *,
    only: UUID | None = None,
    progress: Progress = _silent,
) -> int:
    """Hold the notes of row changes against the events that bind them; give the number of notes.

    only: one municipality's. That the events themselves are whole is what `verify` tells.
    """
    asked = {"only": only}
    with _one_moment(connection):
        if only is None:
            notes, erasures = (
                _NOTES.format(changes="", events=""),
                _ERASURES.format(blanked="", erasing=""),
            )
        else:
            mine = "request_id IN (SELECT request_id FROM mine)"
            here = "municipality_id = %(only)s"
            changes = f"WHERE {mine} OR (request_id IS NULL AND {here})"
            notes = _OF_ONE + _NOTES.format(changes=changes, events=f"AND {mine}")
            erasures = _ERASURES.format(blanked=f"AND {here}", erasing=f"AND {here}")
        _tell_hidden(connection, report, ("audit.change", "audit.watched", "audit.event"))
        counted = 0
        with _streamed(connection, notes, asked) as rows:
            for request, of_one in groupby(rows, key=lambda row: row[0]):
                counted += _hold_against_event(report, request, of_one)
                progress(report.municipality_id, counted, 0)
        with _streamed(connection, erasures, asked) as rows:
            for erasure, blanked in groupby(rows, key=lambda row: row[0]):
                _hold_against_erasure(report, erasure, blanked)
    return counted


class _Note(NamedTuple):
    """One row of _NOTES; without `n` it is an event whose notes are gone."""

    request: UUID | None
    event: str | None
    bound: str | None
    events: int
    n: int | None
    hashed: bytes
    leaf: bytes
    blank: bool
    erased: bool
    operation: str
    where: str
    by: str
    at: str

    def __str__(self) -> str:
        return f"{self.where} {_DONE.get(self.operation, 'noted')} {self.at} by {self.by}"


def _hold_against_event(report: Report, request: UUID | None, rows: Iterator[Any]) -> int:
    told, number = b"", 0
    for note in map(_Note._make, rows):
        if note.n is None:
            text = f"event {note.event} binds row changes of request {request}, and every note of them is gone"
            report.add("unnoted", text, event_id=note.event)
            return 0
        number += 1
        told = sha256(told + note.leaf).digest()
        if note.blank and not note.erased:
            report.add("blank", f"note {note.n} ({note.at}) was blanked, and names no erasure")
        elif not note.blank and sha256(note.hashed).digest() != note.leaf:
            report.add("note", f"note {note.n} ({note}) is not as it was written")
        if request is None:
            report.add("unattributed", f"{note}, outside any request (note {note.n})")
    if request is None:
        return number
    if note.bound is None:
        text = f"request {request} made {number} row changes (the last: {note}), and no event binds them"
        report.add("unbound", text)
    elif note.events > 1:
        text = f"{note.events} events claim the row changes of request {request}; one of them is {note.event}"
        report.add("digest", text, event_id=note.event)
    elif told.hex() != note.bound:
        text = (
            f"the {number} notes of request {request} are not those that event {note.event} binds: some were"
            f" removed, added or rewritten (the last: {note})"
        )
        report.add("digest", text, event_id=note.event)
    return number


def _hold_against_erasure(report: Report, erasure: int, rows: Iterator[Any]) -> None:
    leaves, first, last, said = sha256(), None, None, None
    for _erasure, said, n, leaf in rows:  # noqa: B007  the same in each row
        if n is not None:
            leaves.update(leaf)
            first, last = first or n, n
    span = f"{first}" if first == last else f"{first} … {last}"
    if said is None:
        text = f"notes {span} were blanked, and note {erasure}, which they name as the erasure, is none"
        report.add("blank", text)
    elif leaves.digest() != said:
        text = (
            f"the erasure that is note {erasure} did not blank the notes that now name it ({span})"
        )
        report.add("blank", text)


# 29: after each row, on INSERT, UPDATE and DELETE (pg_trigger.tgtype); with no condition, and of every column.
_TABLES = """
    SELECT w.table_name, w.shape, w.sealed, w.plain,
           ARRAY(SELECT attname::text FROM pg_attribute
                  WHERE attrelid = to_regclass(w.table_name) AND attnum > 0 AND NOT attisdropped) AS present,
           EXISTS (SELECT FROM pg_trigger
                    WHERE tgrelid = to_regclass(w.table_name) AND tgname = 'noted' AND tgenabled = 'A'
                      AND tgtype = 29 AND tgqual IS NULL AND cardinality(tgattr::int2[]) = 0)
      FROM audit.watched w ORDER BY w.table_name, w.since
"""
# Named here too: who takes a table off the list before anything was noted of it leaves no other trace.
WATCHED = frozenset(
    {
        "access_attestation",
        "access_logreview",
        "access_logreviewitem",
        "access_membership",
        "access_membershipproposal",
        "access_signedtable",
        "cases_appointment",
        "cases_assignment",
        "cases_attachment",
        "cases_attachmentchunk",
        "cases_breakglass",
        "cases_case",
        "cases_commitment",
        "cases_concern",
        "cases_concernreceipt",
        "cases_conflict",
        "cases_consent",
        "cases_consentevent",
        "cases_consentscope",
        "cases_consentsigner",
        "cases_conversation",
        "cases_conversationaddition",
        "cases_disclosure",
        "cases_disclosureend",
        "cases_feedbackanswer",
        "cases_feedbackrequest",
        "cases_followup",
        "cases_guardian",
        "cases_guardiancorrection",
        "cases_invitee",
        "cases_matchtask",
        "cases_meeting",
        "cases_meetingcall",
        "cases_meetingcallend",
        "cases_namedaccess",
        "cases_person",
        "cases_personidentifier",
        "cases_protectionchange",
        "cases_policerequest",
        "cases_receivedreport",
        "cases_receiverconflict",
        "cases_release",
        "cases_releaseend",
        "cases_releasereader",
        "cases_reportmade",
        "cases_sibling",
        "cases_standingdecision",
        "cases_requestanswer",
        "cases_requestdeputy",
        "cases_requestreceipt",
        "cases_summary",
        "cases_summaryreader",
        "reminders_absence",
    }
)
_THERE = "SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NOT NULL"
_UNKNOWN = """
    SELECT min(n) FROM audit.change c
     WHERE shape IS NOT NULL AND NOT EXISTS (SELECT FROM audit.watched w WHERE w.shape = c.shape) GROUP BY shape
"""


@dataclass(frozen=True)
class _Shape:
    """Which columns a note speaks of, and which of the table's it leaves out."""

    name: bytes
    sealed: Sequence[str]
    plain: Sequence[str]
    left_out: Sequence[str]


def check_cells(
    connection: psycopg.Connection[Any],
    report: Report,
    *,
    only: UUID | None = None,
    progress: Progress = _silent,
) -> int:
    """Hold every row of every watched table against the last note of it; give the number of rows."""
    counted = 0
    with _one_moment(connection):
        for (number,) in connection.execute(_UNKNOWN):
            report.add("unwatched", f"note {number} is of a table that is not among the watched")
        tables = connection.execute(_TABLES).fetchall()
        listed = {row[0] for row in tables}
        _tell_hidden(connection, report, ("audit.change", "audit.watched", *sorted(listed)))
        for (table,) in connection.execute(_THERE, [sorted(WATCHED - listed)]):
            report.add("unwatched", f"{table}: is not among the watched tables, and was")
        for table, rows in groupby(tables, key=lambda row: row[0]):
            shapes = _usable(report, table, list(rows))
            if shapes:
                counted += _compare(connection, report, table, shapes, only, progress, counted)
    return counted


def _usable(report: Report, table: str, rows: Sequence[tuple[Any, ...]]) -> list[_Shape]:
    """The shapes whose columns are all there; the list of them is as little trusted as the rest."""
    if not rows[-1][5]:
        text = f"{table}: the trigger that notes its changes is missing, disabled or not for every change"
        report.add("unwatched", text)
    usable = []
    for _table, name, sealed, plain, present, _noted in rows:
        parts = ("sspf/watched/v1", table, ",".join(sealed), ",".join(plain))
        gone = {*sealed, *plain}.difference(present)
        if sha256("\0".join(parts).encode()).digest() != name:
            report.add("unwatched", f"{table}: the list of its watched columns has been rewritten")
        elif gone:
            text = f"{table}: has lost what was watched ({', '.join(sorted(gone))})"
            report.add("unwatched", text)
        else:
            left_out = sorted(set(present).difference(sealed, plain))
            usable.append(_Shape(name, sealed, plain, left_out))
    if usable and all(shape.left_out for shape in usable):
        fewest = min((shape.left_out for shape in usable), key=len)
        report.add("unwatched", f"{table}: nobody watches {', '.join(fewest)}")
    return usable


def _compare(  # noqa: PLR0917
    connection: psycopg.Connection[Any],
    report: Report,
    table: str,
    shapes: Sequence[_Shape],
    only: UUID | None,
    progress: Progress,
    before: int,
) -> int:
    """One table. What differs is looked up among the older notes, so that a value put back is known as one."""
    sealed = sorted({column for shape in shapes for column in shape.sealed})
    known = {shape.name: shape for shape in shapes}
    put_back: list[tuple[str, UUID, int, bytes]] = []
    counted = 0
    for (row_id,) in connection.execute(_TWICE.format(_place(table)), {"only": only}):
        report.add("twice", f"{table} row {row_id} is in the table twice")
    with _streamed(connection, _live(table, shapes, sealed), {"only": only}) as rows:
        for row_id, live, operation, name, cells, rest, row, *tokens in rows:
            counted += live
            progress(report.municipality_id, before + counted, 0)
            here = f"{table} row {row_id}"
            fault = _presence(live=live, operation=operation)
            if fault:
                report.add("row", f"{here} {fault}")
            if fault or not live:
                continue
            shape, values = known[bytes(name)], dict(zip(sealed, tokens, strict=True))
            for place, column, actual in _differing(
                report, here, shape, values, (row, rest, cells)
            ):
                if actual is not None and len(put_back) < SHOWN_OF_A_KIND:
                    put_back.append((f"{here}, {column}", row_id, place, actual))
    for where, row_id, place, actual in put_back:
        found = connection.execute(_OLDER, [row_id, actual, place + 1]).fetchone()
        if found:
            report.add(
                "replay", f"{where}: the older value of note {found[0]} ({found[1]}) is back"
            )
    return counted


def _differing(
    report: Report,
    here: str,
    shape: _Shape,
    values: Mapping[str, bytes | None],
    noted: tuple[bytes | None, bytes, Sequence[bytes | None]],
) -> Iterator[tuple[int, str, bytes | None]]:
    """Hold one row against its note; give each cell that is another: its place, its column, the hash it has now."""
    row, rest, cells = noted
    if shape.left_out:
        columns = ", ".join(shape.left_out)
        report.add("unwatched", f"{here}: the last note of it says nothing of {columns}")
    if sha256(row or b"").digest() != rest:
        columns = ", ".join(shape.plain)
        report.add("row", f"{here}: at least one of {columns} was changed past the triggers")
    for place, column in enumerate(shape.sealed):
        token = values[column]
        actual = None if token is None else sha256(token).digest()
        if len(cells) != len(shape.sealed) or actual != cells[place]:
            report.add("cell", f"{here}, {column}: not the value that was noted last")
            yield place, column, actual


def _presence(*, live: bool, operation: str | None) -> str:
    if operation is None:
        return "is in the table, and no note tells of it: it was inserted past the triggers"
    if live and operation == "D":
        return "was deleted, and is in the table again: it was put back past the triggers"
    if not live and operation != "D":
        return "is gone, and no note tells of it: it was deleted past the triggers"
    return ""


_LIVE = """
    SELECT coalesce(t.id, c.row_id), t.id IS NOT NULL, c.operation, c.shape, c.cells, coalesce(c.rest, ''), {row}
      FROM (SELECT DISTINCT ON (row_id) row_id, operation, shape, cells, rest FROM audit.change
             WHERE shape IN ({shapes}) AND (%(only)s::uuid IS NULL OR municipality_id = %(only)s)
             ORDER BY row_id, n DESC) AS c
      FULL JOIN (SELECT * FROM {table} WHERE %(only)s::uuid IS NULL OR municipality_id = %(only)s) AS t
        ON t.id = c.row_id
"""
_TWICE = """
    SELECT id FROM {} WHERE %(only)s::uuid IS NULL OR municipality_id = %(only)s
     GROUP BY id HAVING count(*) > 1 ORDER BY id
"""
_OLDER = """
    SELECT n, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC') FROM audit.change
     WHERE row_id = %s AND %s = cells[%s] ORDER BY n DESC LIMIT 1
"""


def _live(table: str, shapes: Sequence[_Shape], sealed: Sequence[str]) -> str:
    """The query for one table; every name in it is quoted, for the database that is asked is not trusted."""
    plain = " ".join(
        f"WHEN '\\x{shape.name.hex()}' THEN record_send(ROW({', '.join(map(_own, shape.plain))}))"
        for shape in shapes
    )
    columns = [f"CASE c.shape {plain} END", *map(_own, sealed)]
    names = ", ".join(f"'\\x{shape.name.hex()}'" for shape in shapes)
    return _LIVE.format(row=", ".join(columns), shapes=names, table=_place(table))


def _place(table: str) -> str:
    return ".".join(map(_quoted, table.split(".")))


def _own(column: str) -> str:
    return f"t.{_quoted(column)}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""').replace("%", "%%") + '"'


@contextmanager
def _one_moment(connection: psycopg.Connection[Any]) -> Iterator[None]:
    import psycopg  # only what reads a database needs it

    connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
    connection.set_read_only(True)
    with connection.transaction():
        _be_plain(connection)
        connection.execute("SET LOCAL jit = off")
        yield


# --------------------------------------------------------------------------------------- command line


def describe(report: Report) -> list[str]:
    """The report of one municipality as lines of plain words."""
    name = (
        "platform" if report.municipality_id.int == 0 else f"municipality {report.municipality_id}"
    )
    waiting = f" ({report.waiting} more waiting to be sequenced)" if report.waiting else ""
    since = f", of which an earlier run answers for {report.since}" if report.since else ""
    lines = [
        f"{name}",
        f"  events      {report.events}{since}{waiting}",
        f"  root        {base64.b64encode(report.root).decode()}",
    ]
    if report.checkpoint:
        lines.append(
            f"  checkpoint  {report.checkpoint.size} events, signed {_when(report.checkpoint)}"
        )
    else:
        lines.append("  checkpoint  none")
    lines += [
        f"  witness     {name} has cosigned {size} events"
        for name, size in sorted(report.cosigned.items())
    ]
    lines += [f"  FAULT       {fault.text}" for fault in report.faults]
    if report.dropped:
        lines.append(f"  FAULT       … and {report.dropped} more of these kinds")
    return lines if report.faults else [*lines, "  whole"]


@contextmanager
def _database(options: argparse.Namespace) -> Iterator[psycopg.Connection[Any]]:
    """A connection that may see the whole log; what the database refuses becomes CannotCheck."""
    if not options.database:
        raise CannotCheck("--database is needed")
    try:
        import psycopg  # only what reads a database needs it
    except ImportError:
        raise CannotCheck("reading a database needs the package psycopg") from None
    try:
        with psycopg.connect(options.database) as connection:
            _demand_full_view(connection)
            yield connection
    except psycopg.Error as fault:
        raise CannotCheck(str(fault).strip()) from None


def _demand_full_view(connection: psycopg.Connection[Any]) -> None:
    with connection.transaction():
        row = connection.execute(
            "SELECT current_user, rolsuper OR rolbypassrls OR rolname IN ('sspf_backup', 'sspf_sequencer')"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    if row is None or not row[1]:
        raise CannotCheck("this database user may not see the whole log; connect as sspf_backup")


def _on_stderr(what: str = "events") -> Progress:
    """Tell once a second how far it is."""
    started = told = time.monotonic()

    def tell(municipality_id: UUID, events: int, of: int) -> None:
        nonlocal told
        if time.monotonic() - told >= 1:
            told = time.monotonic()
            part = f" of {of} ({100 * events // of} %)" if 0 < events <= of else ""
            rate = events / (told - started)
            print(
                f"{municipality_id}: {events}{part} {what}, {rate:.0f}/s",
                file=sys.stderr,
                flush=True,
            )

    return tell


def _public_key(options: argparse.Namespace) -> bytes:
    if not options.public_key:
        raise CannotCheck("--public-key is needed")
    raw = _decode(options.public_key)
    if len(raw) != 32:
        raise CannotCheck("the public key is 32 bytes in base64")
    return raw


def _checkpoint_folder(options: argparse.Namespace) -> Path:
    if not options.checkpoints:
        raise CannotCheck("--checkpoints is needed")
    folder = Path(options.checkpoints)
    if not folder.is_dir():
        raise CannotCheck(f"there is no folder {folder}")
    return folder


def _quorum(options: argparse.Namespace) -> int:
    wanted = len(options.witness) if options.quorum is None else options.quorum
    if not 0 <= wanted <= len({witness.name for witness in options.witness}):
        raise CannotCheck("--quorum asks for more witnesses than --witness names")
    return wanted


def _verify_command(options: argparse.Namespace) -> int:
    folder, public_key, quorum = _checkpoint_folder(options), _public_key(options), _quorum(options)
    state = Path(options.since) if options.since else None
    known: dict[UUID, Reached] = {}
    if state and state.exists():
        known = read_state(state.read_text(encoding="utf-8"), public_key)
    faulty = 0
    with _database(options) as connection:
        for report in verify(
            connection,
            folder,
            public_key,
            municipality_id=options.municipality,
            since=known,
            witnesses=options.witness,
            quorum=quorum,
            progress=_on_stderr(),
        ):
            print("\n".join(describe(report)), flush=True)
            faulty += bool(report.faults)
            if report.reached and not report.faults:
                known[report.municipality_id] = report.reached
    if state:
        write_state(state, known, public_key)
    print(f"verified {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
    print(f"FAULTS in {faulty} of the logs above" if faulty else "OK")
    return 1 if faulty else 0


def _changes_command(options: argparse.Namespace) -> int:
    return _rows_command(options, check_changes, "row changes noted")


def _cells_command(options: argparse.Namespace) -> int:
    return _rows_command(options, check_cells, "rows compared")


def _rows_command(options: argparse.Namespace, check: Callable[..., int], what: str) -> int:
    report = Report(options.municipality or UUID(int=0))
    with _database(options) as connection:
        counted = check(connection, report, only=options.municipality, progress=_on_stderr(what))
    print(f"{what}: {counted}")
    for line in [fault.text for fault in report.faults]:
        print(f"  FAULT       {line}")
    if report.dropped:
        print(f"  FAULT       … and {report.dropped} more of these kinds")
    print("FAULTS" if report.faults else "OK")
    return 1 if report.faults else 0


def _prove_command(options: argparse.Namespace) -> int:
    folder, public_key = _checkpoint_folder(options), _public_key(options)
    out = Path(options.out or f"{options.event}.tlog-proof")
    with _database(options) as connection:
        proof = prove(connection, folder, public_key, options.event, _on_stderr())
    _write_whole(out, proof.text())
    _print_event(proof)
    print(
        f"written to {out}; whoever has the file and the log's public key can run: auditctl.py check {out}"
    )
    return 0


def _check_command(options: argparse.Namespace) -> int:
    public_key, quorum = _public_key(options), _quorum(options)
    try:
        proof = read_proof(_text(options.file))
    except ValueError as fault:
        raise CannotCheck(f"{options.file}: {fault}") from None
    try:
        checkpoint = check_proof(proof, public_key)
        seen = sorted(one.name for one in options.witness if one.cosigned(proof.note))
    except BadCheckpoint as fault:
        raise NotSo(f"its checkpoint cannot be trusted: {fault}") from None
    if len(seen) < quorum:
        raise NotSo(
            f"only {len(seen)} of the named witnesses have cosigned it, {quorum} are demanded"
        )
    _print_event(proof)
    print(
        f"This is number {proof.index} of the {checkpoint.size} events that were signed {_when(checkpoint)}."
    )
    if seen:
        print(f"Cosigned by {', '.join(seen)}.")
    print("PROVEN")
    return 0


def _print_event(proof: Proof) -> None:
    for name, text in in_words(proof.record).items():
        print(f"  {name:<20} {text}")


def _consistency_command(options: argparse.Namespace) -> int:
    public_key = _public_key(options)
    new, note = _last_checkpoint(options.new, None, public_key)
    old: Checkpoint | None = None
    if options.old.isascii() and options.old.isdigit():
        if not options.prove:
            raise CannotCheck("OLD is a number of events: that is enough only with --prove")
        size = int(options.old)
    else:
        old, _note = _last_checkpoint(options.old, new.origin, public_key)
        size = old.size
    if size > new.size:
        raise NotSo(
            f"OLD has {size} events, NEW only {new.size}: the log was cut, or the files exchanged"
        )
    path = _consistency_path(options, size, new)
    if old and not is_consistent(size, old.root, new.size, new.root, path):
        raise NotSo(f"the first {size} events of NEW are not shown to be those of OLD")
    if options.prove:
        body = add_checkpoint_body(size, path, note)
        if options.out:
            _write_whole(Path(options.out), body)
        else:
            print(body, end="")
        return 0
    print(
        f"OLD  {size} events\nNEW  {new.size} events, signed {_when(new)}\nCONSISTENT: NEW continues OLD"
    )
    return 0


def _consistency_path(options: argparse.Namespace, size: int, new: Checkpoint) -> Sequence[bytes]:
    if options.proof:
        try:
            told, path, _note = read_add_checkpoint_body(_text(options.proof))
        except BadCheckpoint as fault:
            raise CannotCheck(f"the proof in {options.proof} cannot be read: {fault}") from None
        if told != size:
            raise CannotCheck(f"{options.proof} is a proof from {told} events, not from {size}")
        return path
    if size in (0, new.size):
        return []
    with _database(options) as connection:
        return prove_consistency(connection, size, new, _on_stderr())


def _last_checkpoint(file: str, origin: str | None, public_key: bytes) -> tuple[Checkpoint, str]:
    """The last note of a file, which may be a single note or all those of a log."""
    notes = notes_in(_text(file))
    if not notes:
        raise CannotCheck(f"there is no checkpoint in {file}")
    try:
        # Without another file to go by, the note itself says of which log it is.
        own = notes[-1].partition("\n")[0]
        return read_checkpoint(notes[-1], origin or own, public_key), notes[-1]
    except BadCheckpoint as fault:
        raise CannotCheck(f"the checkpoint in {file} cannot be trusted: {fault}") from None


def _text(file: str) -> str:
    return Path(file).read_bytes().decode(errors="replace")


def _witness(text: str) -> Witness:
    try:
        return read_witness(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(str(fault)) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="auditctl",
        description="Checks the SSPF evidence log from outside.",
        epilog="Exit code 0: whole, or proven. 1: something is wrong, and is named. 2: it could not be checked.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        one.set_defaults(run=run)
        one.add_argument(
            "--public-key",
            default=os.environ.get("SSPF_AUDIT_PUBLIC_KEY"),
            help="base64 of the log's Ed25519 public key (or SSPF_AUDIT_PUBLIC_KEY)",
        )
        return one

    verifying = command(
        "verify", _verify_command, "read the whole log and hold it against its signed checkpoints"
    )
    verifying.add_argument("--municipality", type=UUID, help="only this municipality's log")
    verifying.add_argument(
        "--since",
        metavar="STATEFILE",
        help="read only what came after the run that wrote this file, and write it anew; what is older is held"
        " by the signed tree, so a change there is found when it is next read: run without --since now and then",
    )
    proving = command(
        "prove", _prove_command, "write a file that proves one event without a database"
    )
    proving.add_argument(
        "event", type=UUID, metavar="EVENT_ID", help="the event's id, as in an export"
    )
    proving.add_argument("--out", metavar="FILE", help="where to (else EVENT_ID.tlog-proof)")
    checking = command(
        "check", _check_command, "check a file that prove wrote, and show the event in it"
    )
    checking.add_argument("file", metavar="FILE")
    comparing = command(
        "consistency",
        _consistency_command,
        "tell whether a later checkpoint continues an earlier one",
    )
    comparing.add_argument(
        "old", metavar="OLD", help="file with the earlier checkpoint, such as a witness's copy"
    )
    comparing.add_argument(
        "new", metavar="NEW", help="file with the later one; of several the last counts"
    )
    comparing.add_argument(
        "--proof", metavar="FILE", help="take the proof from this file, not from a database"
    )
    comparing.add_argument(
        "--prove",
        action="store_true",
        help="write the proof and NEW as a witness is sent them (C2SP tlog-witness); OLD may be a number of events",
    )
    comparing.add_argument(
        "--out", metavar="FILE", help="where --prove writes to (else the screen)"
    )
    noting = command(
        "changes",
        _changes_command,
        "find row changes without an event, notes that were removed or rewritten, blanks without an erasure",
    )
    holding = command(
        "cells",
        _cells_command,
        "hold every watched row against the last note of it, and find what was changed behind the log's back",
    )
    for one in (noting, holding):
        one.add_argument("--municipality", type=UUID, help="only this municipality's rows")
    for one in (verifying, proving, comparing, noting, holding):
        one.add_argument("--database", help="conninfo or URL; log in as sspf_backup")
    for one in (verifying, proving):
        one.add_argument(
            "--checkpoints",
            default=os.environ.get("SSPF_CHECKPOINT_DIR"),
            help="folder with the signed checkpoints (or SSPF_CHECKPOINT_DIR)",
        )
    for one in (verifying, checking):
        one.add_argument(
            "--witness",
            type=_witness,
            action="append",
            default=[],
            metavar="NAME+HASH+KEY",
            help="a witness's public key, as its `key` command prints it; may be given several times",
        )
        one.add_argument(
            "--quorum", type=int, metavar="N", help="how many of them must have cosigned (else all)"
        )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except NotSo as fault:
        print(f"NOT PROVEN: {fault}")
        return 1
    except (CannotCheck, BadCheckpoint, OSError) as fault:
        print(f"could not verify: {str(fault).strip()}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main())

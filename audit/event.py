"""What happened: one event, its canonical bytes and its leaf hash (design D8).

    canonical  the row (v, then COLUMNS) in PostgreSQL's binary form of a composite value, as `record_send` makes it:
               number of columns(4) ‖ for every column: type's oid(4) ‖ length(4), −1 for NULL ‖ bytes
    bytes      smallint 2 · uuid 16 · text UTF-8 · timestamptz microseconds since 2000-01-01 as int64 · bytea as it is
               text[] dimensions(4) ‖ 0(4) ‖ oid of text(4) ‖ if not empty: elements(4) ‖ 1(4) ‖ each length(4) ‖ text
    leaf       SHA-256(0x00 ‖ canonical), RFC 6962 §2.1; every number big-endian

Two events that differ never share their bytes: the columns' number, order and types are fixed, each part says its
length before it begins, NULL has a length that nothing else has, and each type writes unequal values unequally. So
the bytes can be read back in only one way. No leaf can pass for an inner node, which begins with 0x01.

The database makes the same bytes by itself, so `audit/auditctl.py` hashes what it is sent, without this module.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

VERSION = 2
# Events that belong to no municipality, such as a failed sign-in by somebody unknown.
PLATFORM = UUID(int=0)
OUTCOMES = frozenset({"done", "denied", "missing", "failed"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One act or one reading, by whom, of what, on which ground; never any content."""

    id: UUID
    occurred_at: datetime
    municipality_id: UUID
    agency_id: UUID
    unit_id: UUID | None
    actor_user_id: UUID | None
    actor_membership_id: UUID | None
    actor_name: str
    actor_role: str
    action: str
    object_type: str
    object_id: UUID | None
    case_id: UUID | None
    case_number: str
    field_groups: tuple[str, ...]
    relation: str
    basis: str
    purpose: str
    outcome: str
    request_id: UUID
    # Digest of the row changes that the database noted of this request (audit.change); what they tell may be erased.
    detail_hash: bytes | None = None

    def __post_init__(self) -> None:
        if self.occurred_at.tzinfo is None:
            raise ValueError("an event needs a time with a time zone")
        if self.outcome not in OUTCOMES:
            raise ValueError(f"an event's outcome is one of {', '.join(sorted(OUTCOMES))}")
        if not self.action:
            raise ValueError("an event needs an action")


# The oids of PostgreSQL's own types, the same in every database.
_SMALLINT, _TEXT, _TEXTS, _TIME, _UUID, _BYTES = 21, 25, 1009, 1184, 2950, 17
TYPES: Mapping[str, int] = {
    "id": _UUID,
    "occurred_at": _TIME,
    "municipality_id": _UUID,
    "agency_id": _UUID,
    "unit_id": _UUID,
    "actor_user_id": _UUID,
    "actor_membership_id": _UUID,
    "actor_name": _TEXT,
    "actor_role": _TEXT,
    "action": _TEXT,
    "object_type": _TEXT,
    "object_id": _UUID,
    "case_id": _UUID,
    "case_number": _TEXT,
    "field_groups": _TEXTS,
    "relation": _TEXT,
    "basis": _TEXT,
    "purpose": _TEXT,
    "outcome": _TEXT,
    "request_id": _UUID,
    "detail_hash": _BYTES,
}
COLUMNS = tuple(TYPES)

_PART = struct.Struct("!Ii")
_NULL = -1
_HEAD = struct.pack("!i", 1 + len(COLUMNS)) + _PART.pack(_SMALLINT, 2) + struct.pack("!h", VERSION)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def canonical(event: Event) -> bytes:
    """The bytes that stand for the event, the same for ever."""
    parts = [_HEAD]
    for column, oid in TYPES.items():
        value = getattr(event, column)
        if value is None:
            parts.append(_PART.pack(oid, _NULL))
        else:
            sent = _SEND[oid](value)
            parts += [_PART.pack(oid, len(sent)), sent]
    return b"".join(parts)


def leaf_hash(event: Event) -> bytes:
    """The event's leaf in its municipality's Merkle tree."""
    return sha256(b"\x00" + canonical(event)).digest()


def _time(value: datetime) -> bytes:
    return struct.pack("!q", (value - _EPOCH) // timedelta(microseconds=1))


def _texts(values: tuple[str, ...]) -> bytes:
    if not values:
        return struct.pack("!iiI", 0, 0, _TEXT)
    parts = [struct.pack("!iiIii", 1, 0, _TEXT, len(values), 1)]
    for text in map(str.encode, values):
        parts += [struct.pack("!i", len(text)), text]
    return b"".join(parts)


_SEND: Mapping[int, Callable[[Any], bytes]] = {
    _TEXT: str.encode,
    _TEXTS: _texts,
    _TIME: _time,
    _UUID: lambda value: value.bytes,
    _BYTES: lambda value: value,
}

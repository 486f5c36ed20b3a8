"""What happened: one event, its canonical bytes and its leaf hash (design D8).

    canonical  version(1) ‖ for every column in the order of COLUMNS: type(1) ‖ length(4) ‖ bytes
    types      0 NULL · 1 text, UTF-8 · 2 uuid · 3 time, microseconds since 1970 as int64
               4 list of texts, each length(4) ‖ bytes · 5 bytes; every number big-endian
    leaf       SHA-256(0x00 ‖ canonical), RFC 6962 §2.1

`audit/auditctl.py` reads the same bytes back out of the database without this module.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

VERSION = 1
# Events that belong to no municipality, such as a failed sign-in by somebody unknown.
PLATFORM = UUID(int=0)
OUTCOMES = frozenset({"done", "denied", "missing", "failed"})
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
    # SHA-256 of sealed details kept beside the log, which may be erased without breaking it.
    detail_hash: bytes | None = None

    def __post_init__(self) -> None:
        if self.occurred_at.tzinfo is None:
            raise ValueError("an event needs a time with a time zone")
        if self.outcome not in OUTCOMES:
            raise ValueError(f"an event's outcome is one of {', '.join(sorted(OUTCOMES))}")
        if not self.action:
            raise ValueError("an event needs an action")


COLUMNS = (
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


def canonical(event: Event) -> bytes:
    """The bytes that stand for the event, the same for ever."""
    parts = [bytes((VERSION,))]
    for column in COLUMNS:
        kind, encoded = _encode(getattr(event, column))
        parts += [bytes((kind,)), len(encoded).to_bytes(4, "big"), encoded]
    return b"".join(parts)


def leaf_hash(event: Event) -> bytes:
    """The event's leaf in its municipality's Merkle tree."""
    return sha256(b"\x00" + canonical(event)).digest()


def _encode(value: Any) -> tuple[int, bytes]:
    match value:
        case None:
            return 0, b""
        case str():
            return 1, value.encode()
        case UUID():
            return 2, value.bytes
        case datetime():
            micros = (value - EPOCH) // timedelta(microseconds=1)
            return 3, micros.to_bytes(8, "big", signed=True)
        case tuple():
            texts = [text.encode() for text in value]
            return 4, b"".join(len(text).to_bytes(4, "big") + text for text in texts)
        case bytes():
            return 5, value
    raise TypeError(f"an event holds no {type(value).__name__}")

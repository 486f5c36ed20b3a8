"""What the application may ask about the log as a whole; the answers come from the sequencer's process.

The web sees only its own agency's events, so it cannot verify a municipality's tree itself: it asks, and
shows the latest answer.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: its kind (`audit.auditctl`), English words for it, and what it can be named by."""

    kind: str
    text: str
    event_id: str | None
    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Verification:
    """One run over a municipality's whole log."""

    municipality_id: UUID
    ran_at: datetime
    events: int
    root: bytes
    checkpoint_size: int | None
    checkpoint_at: datetime | None
    ok: bool
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class SequencerStatus:
    """When the sequencer last told that it lives, how many events wait, and what is wrong, if anything."""

    beat_at: datetime
    waiting: int
    fault: str


def request_verification(municipality_id: UUID) -> None:
    """Ask for a run; asking again before it has been made changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit.verification_request (municipality_id) VALUES (%s)"
            " ON CONFLICT DO NOTHING",
            [municipality_id],
        )


def latest_verification(municipality_id: UUID) -> Verification | None:
    """The latest run, or None before the first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT municipality_id, ran_at, events, root, checkpoint_size, checkpoint_at, ok, faults::text"
            " FROM audit.verification WHERE municipality_id = %s ORDER BY ran_at DESC LIMIT 1",
            [municipality_id],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    values = list(row)
    values[-1] = tuple(Fault(**fault) for fault in json.loads(values[-1]))
    return Verification(*values)


def sequencer_status() -> SequencerStatus | None:
    """The sequencer's latest sign of life, or None where it has never run."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT beat_at, waiting, fault FROM audit.sequencer_status")
        row = cursor.fetchone()
    return None if row is None else SequencerStatus(*row)

"""What the application may ask about the log as a whole; the answers come from the sequencer's process.

The web sees only its own agency's events, so it cannot verify a municipality's tree itself: it asks, and
shows the latest answer.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from django.db import connection

# The sequencer tells every ten seconds that it lives, the courier every minute; both may have long work.
SEQUENCER_SILENCE = timedelta(minutes=2)
COURIER_SILENCE = timedelta(minutes=10)

State = Literal["ok", "never", "late", "fault"]


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
    """When sequencer and courier last told that they live, how many events wait, what is wrong, if anything."""

    beat_at: datetime
    waiting: int
    fault: str
    witness_beat_at: datetime | None
    witness_fault: str


@dataclass(frozen=True, slots=True)
class Health:
    """In one word each: the log's numbering and signing, and its witnesses (never: there are none)."""

    sequencer: State
    witnesses: State

    @property
    def ok(self) -> bool:
        """Whether nobody needs to look."""
        return self.sequencer == "ok" and self.witnesses in ("ok", "never")


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
    """The latest signs of life, or None where the sequencer has never run."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT beat_at, waiting, fault, witness_beat_at, witness_fault FROM audit.sequencer_status"
        )
        row = cursor.fetchone()
    return None if row is None else SequencerStatus(*row)


def health() -> Health:
    """How the log is kept, in words that say nothing of what is in it."""
    status = sequencer_status()
    if status is None:
        return Health("never", "never")
    return Health(
        _state(status.beat_at, status.fault, SEQUENCER_SILENCE),
        _state(status.witness_beat_at, status.witness_fault, COURIER_SILENCE),
    )


def _state(beat_at: datetime | None, fault: str, silence: timedelta) -> State:
    if beat_at is None:
        return "never"
    if abs(datetime.now(UTC) - beat_at) > silence:
        return "late"
    return "fault" if fault else "ok"

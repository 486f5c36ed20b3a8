"""The signed checkpoints as the application may see them: read, never written (design D8)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings

from audit.auditctl import (
    BadCheckpoint,
    Checkpoint,
    checkpoint_file,
    notes_in,
    origin_of,
    read_checkpoint,
)

# A note is some 400 bytes, and stays small with every agency's signature on it.
WINDOW = 32 * 1024


class Unreadable(Exception):
    """There are checkpoints, but one of them cannot be trusted or its file not be read."""


def latest(municipality_id: UUID) -> Checkpoint | None:
    """The last one signed, or None before the first."""
    return _asked(municipality_id, None)


def first_after(municipality_id: UUID, moment: datetime) -> Checkpoint | None:
    """The first one signed at `moment` or later, or None if there is none yet."""
    return _asked(municipality_id, moment)


def _asked(municipality_id: UUID, moment: datetime | None) -> Checkpoint | None:
    path = checkpoint_file(Path(settings.SSPF_CHECKPOINT_DIR), municipality_id)
    try:
        with path.open("rb") as file:
            notes = _Notes(file, origin_of(municipality_id), settings.SSPF_AUDIT_PUBLIC_KEY)
            return notes.last() if moment is None else notes.first_after(moment)
    except FileNotFoundError:
        return None
    except (OSError, BadCheckpoint) as fault:
        raise Unreadable from fault


class _Notes:
    """Finds a note in an open file without reading all of it: the file only grows, in order of time."""

    def __init__(self, file: BinaryIO, origin: str, public_key: bytes) -> None:
        self._file, self._origin, self._key = file, origin, public_key
        self._size = file.seek(0, 2)

    def last(self) -> Checkpoint | None:
        found: Checkpoint | None = None
        start = self._start_from(max(0, self._size - WINDOW))
        while start is not None and (read := self._read(start)) is not None:
            found, end = read
            start = self._start_from(end)
        return found

    def first_after(self, moment: datetime) -> Checkpoint | None:
        """Halves the file until one place is left."""
        found: Checkpoint | None = None
        low, high = 0, self._size
        while low < high:
            middle = (low + high) // 2
            start = self._start_from(middle)
            read = self._read(start) if start is not None and start < high else None
            if read is None:
                high = middle
                continue
            checkpoint, end = read
            if checkpoint.signed_at is None:
                raise BadCheckpoint("it does not tell when it was signed")
            if checkpoint.signed_at >= moment:
                found, high = checkpoint, middle
            else:
                low = end
        return found

    def _start_from(self, offset: int) -> int | None:
        """Where the first note that starts at `offset` or later starts."""
        if offset == 0:
            return 0 if self._size else None
        mark = f"\n\n{self._origin}\n".encode()
        self._file.seek(max(0, offset - 2))
        at = self._file.read(WINDOW).find(mark)
        return None if at < 0 else max(0, offset - 2) + at + 2

    def _read(self, start: int) -> tuple[Checkpoint, int] | None:
        """The note that starts there and where it ends; None if it is still being written."""
        self._file.seek(start)
        text = self._file.read(WINDOW).decode(errors="replace")
        notes = notes_in(text)
        if text.count("\n\n") < 2 or not notes:
            return None
        note = notes[0]
        return read_checkpoint(note, self._origin, self._key), start + len(note.encode()) + 1

"""Checkpoints outside the database: one file for each municipality, only ever appended to (design D8)."""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from audit.auditctl import (
    BadCheckpoint,
    Checkpoint,
    checkpoint_file,
    origin_of,
    read_checkpoint,
)

# A note is about 400 bytes; this is read from the end of a file of any length.
TAIL = 64 * 1024
SIGNATURE = "— ".encode()


@contextmanager
def held(folder: Path, work: str = "sequencer") -> Iterator[bool]:
    """Tell whether this process alone does this work in the folder, for as long as the block runs.

    The kernel lets go of the lock however the process ends.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / f"{work}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def latest(folder: Path, municipality_id: UUID, public_key: bytes) -> Checkpoint | None:
    """The last checkpoint signed; what a crash left of one that was being written is cut off first."""
    path = checkpoint_file(folder, municipality_id)
    if not path.exists():
        return None
    origin = origin_of(municipality_id)
    size, tail = _tail(path)
    note, rest = _last_note(tail, origin.encode())
    if rest:
        if rest.endswith(b"\n\n") and SIGNATURE in rest:
            raise BadCheckpoint("the end of the file is not what was written")
        _cut(path, size - len(rest))
    return read_checkpoint(note.decode(errors="replace"), origin, public_key) if note else None


def latest_note(folder: Path, municipality_id: UUID) -> str | None:
    """The last whole note as it stands, unverified; for who only reads and must leave a torn end alone."""
    path = checkpoint_file(folder, municipality_id)
    if not path.exists():
        return None
    note, _rest = _last_note(_tail(path)[1], origin_of(municipality_id).encode())
    return note.decode(errors="replace") if note else None


def witnessed_file(folder: Path, municipality_id: UUID) -> Path:
    """Where the last notes that witnesses cosigned are kept, with all their signatures."""
    return folder / f"{municipality_id}.witnessed"


def replace(path: Path, text: str) -> None:
    """Put a file in its place whole, or not at all, and wait until it is on the disk."""
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    _sync_folder(path.parent)


def append(folder: Path, municipality_id: UUID, note: str) -> None:
    """Add a signed note and wait until it is on the disk."""
    path = checkpoint_file(folder, municipality_id)
    is_new = not path.exists()
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        data = f"{note}\n".encode()
        if os.write(descriptor, data) != len(data):
            raise OSError(f"{path.name} was written only in part")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        _sync_folder(folder)


def _tail(path: Path) -> tuple[int, bytes]:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL))
        return size, file.read()


def _last_note(tail: bytes, origin: bytes) -> tuple[bytes, bytes]:
    """The last whole note in the text, and what follows it."""
    note, end = b"", 0
    whole = rb"^%s\n(?:[^\n]+\n)+\n(?:%s[^\n]+\n)+(?=\n)" % (re.escape(origin), SIGNATURE)
    for found in re.finditer(whole, tail, re.MULTILINE):
        note, end = found[0], found.end() + 1
    return note, tail[end:]


def _cut(path: Path, size: int) -> None:
    with path.open("r+b") as file:
        file.truncate(size)
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

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
def held(folder: Path) -> Iterator[bool]:
    """Tell whether this process alone may write in the folder, for as long as the block runs.

    The kernel lets go of the lock however the process ends.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "sequencer.lock").open("a") as lock:
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
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL))
        tail = file.read()
    note, rest = _last_note(tail, origin.encode())
    if rest:
        if rest.endswith(b"\n\n") and SIGNATURE in rest:
            raise BadCheckpoint("the end of the file is not what was written")
        _cut(path, size - len(rest))
    return read_checkpoint(note.decode(errors="replace"), origin, public_key) if note else None


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

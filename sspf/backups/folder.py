"""The folder of backups: what one consists of, its signed manifest, and how long each part is kept.

One backup is one folder, named by its time (UTC): `20261122T031500Z/`

    content.sealed   pg_dump of everything but the schema `keys`, without the rows of sessions
    outside.sealed   what lies outside the database: checkpoint files, witnesses' notes; and which keys are destroyed
    keys.sealed      pg_dump of the schema `keys`; removed first, so that what was erased stays erased
    manifest.json    time, migrations, sizes, SHA-256, rows per table, tree sizes and roots
    manifest.sig     Ed25519 over the manifest, base64
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crypto.signing import Signer, is_signed
from sspf.backups.postgres import PIECE, CannotDoIt

CONTENT, OUTSIDE, KEYS = "content", "outside", "keys"
FORMAT = 1
NAME = re.compile(r"\d{8}T\d{6}Z")
SIGNED = b"sspf/backup-manifest/v1\n"
# Until then an erased case can be opened from backups; the product promises it.
KEYS_DAYS_AT_MOST = 30


@dataclass(frozen=True)
class Part:
    """One sealed file: its length in bytes, and its SHA-256 in hex."""

    size: int
    sha256: str


@dataclass(frozen=True)
class TreeState:
    """How far a municipality's log had grown: number of events, root in base64."""

    size: int
    root: str


@dataclass
class Manifest:
    """What a backup says of itself; nothing of it is personal."""

    name: str
    server_version: int
    migrations: list[tuple[str, str]]
    tables: dict[str, int]
    trees: dict[str, TreeState]
    destroyed_keys: int
    parts: dict[str, Part] = field(default_factory=dict)
    format: int = FORMAT

    def to_bytes(self) -> bytes:
        """The exact bytes that are signed and stored."""
        return json.dumps(asdict(self), indent=1, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> Manifest:
        """Read what `to_bytes` wrote."""
        values = json.loads(raw)
        if values["format"] != FORMAT:
            raise CannotDoIt(
                f"The backup's format {values['format']} is not known to this version."
            )
        values["migrations"] = [tuple(one) for one in values["migrations"]]
        values["parts"] = {name: Part(**part) for name, part in values["parts"].items()}
        values["trees"] = {name: TreeState(**tree) for name, tree in values["trees"].items()}
        return cls(**values)


@dataclass(frozen=True)
class Backup:
    """A backup whose manifest is signed by whom it should be."""

    folder: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def made_at(self) -> datetime:
        return made_at(self.name)

    def path(self, part: str) -> Path:
        return self.folder / f"{part}.sealed"

    def has(self, part: str) -> bool:
        return self.path(part).exists()

    def pieces(self, part: str) -> Iterator[bytes]:
        """The sealed part, piece by piece; raises CannotDoIt at its end unless it was byte for byte what the manifest names.

        Each reading is held against it: between two the file may have been exchanged, and anybody can seal an archive.
        """
        digest, size = hashlib.sha256(), 0
        with self.path(part).open("rb") as file:
            while piece := file.read(PIECE):
                digest.update(piece)
                size += len(piece)
                yield piece
        if Part(size, digest.hexdigest()) != self.manifest.parts[part]:
            raise CannotDoIt(f"{self.name}/{part}.sealed is not the file that was written.")

    def demand_whole(self, part: str) -> None:
        """Raise CannotDoIt unless the file is byte for byte what the manifest names."""
        for _piece in self.pieces(part):
            pass


def context(name: str, part: str) -> bytes:
    """What binds a sealed file to its backup and its part."""
    return f"{name}/{part}".encode("ascii")


def name_of(time: datetime) -> str:
    """The name of a backup made at a time."""
    return time.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def made_at(name: str) -> datetime:
    """The time in a backup's name."""
    return datetime.strptime(name, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def write_part(path: Path, pieces: Iterable[bytes]) -> Part:
    """Write a sealed file and wait until it is on the disk."""
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for piece in pieces:
            file.write(piece)
            digest.update(piece)
            size += len(piece)
        file.flush()
        os.fsync(file.fileno())
    return Part(size, digest.hexdigest())


def write_manifest(folder: Path, manifest: Manifest, signer: Signer) -> None:
    """Write the manifest and its signature."""
    raw = manifest.to_bytes()
    write_part(folder / "manifest.json", [raw])
    write_part(folder / "manifest.sig", [base64.b64encode(signer.sign(SIGNED + raw))])


def backups_in(folder: Path, public_key: bytes) -> list[Backup]:
    """The backups of the folder, oldest first; one with a foreign or damaged manifest is refused by name."""
    return [
        read_backup(path, public_key)
        for path in sorted(folder.glob("*"))
        if NAME.fullmatch(path.name) and path.is_dir()
    ]


def read_backup(folder: Path, public_key: bytes) -> Backup:
    """One backup, if its manifest is signed and is its own."""
    try:
        raw = (folder / "manifest.json").read_bytes()
        signature = base64.b64decode((folder / "manifest.sig").read_bytes(), validate=True)
    except (OSError, ValueError):
        raise CannotDoIt(f"Backup {folder.name} has no manifest, or no signature.") from None
    if not is_signed(SIGNED + raw, signature, public_key=public_key):
        raise CannotDoIt(
            f"The manifest of backup {folder.name} is not signed by SSPF_BACKUP_PUBLIC_KEY."
        )
    manifest = Manifest.from_bytes(raw)
    if manifest.name != folder.name:
        raise CannotDoIt(f"Backup {folder.name} is that of {manifest.name} under another name.")
    return Backup(folder, manifest)


def remove_old(folder: Path, now: datetime, *, keep: int, keys_days: int) -> list[str]:
    """Remove dumps of the keys older than `keys_days`, and all but the newest `keep` backups; say what went.

    By the folder's name alone: also a backup that cannot be read must not outlive its time.
    """
    told: list[str] = []
    paths = sorted(p for p in folder.glob("*") if NAME.fullmatch(p.name) and p.is_dir())
    for path in paths:
        keys = path / f"{KEYS}.sealed"
        if keys.exists() and now - made_at(path.name) > timedelta(days=keys_days):
            keys.unlink()
            told.append(f"removed the keys of {path.name}: older than {keys_days} days")
    for path in paths[:-keep]:
        shutil.rmtree(path)
        told.append(f"removed {path.name}: {keep} newer ones are kept")
    return told

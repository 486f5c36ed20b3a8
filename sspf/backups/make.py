"""`make backup`: two dumps of one moment, content and keys apart, each sealed to a public key before it reaches the disk."""

from __future__ import annotations

import csv
import io
import os
import shutil
import sys
import tarfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg import sql

from audit.auditctl import Tree
from crypto.archive import seal_archive
from sspf import env
from sspf.backups import settings
from sspf.backups.folder import (
    CONTENT,
    KEYS,
    OUTSIDE,
    Manifest,
    Part,
    TreeState,
    context,
    name_of,
    remove_old,
    write_manifest,
    write_part,
)
from sspf.backups.postgres import PIECE, CannotDoIt, dump, tools_for

TELL_EVERY = 5.0
DESTROYED = "destroyed.csv"
# Not those that another key of the same scope has replaced: what they sealed is not erased.
ERASED = """
    SELECT d.id, d.destroyed_at FROM keys.data_key d
     WHERE d.destroyed_at IS NOT NULL
       AND NOT EXISTS (SELECT FROM keys.data_key live
                        WHERE live.municipality_id = d.municipality_id AND live.agency_id = d.agency_id
                          AND live.scope = d.scope AND live.scope_id = d.scope_id
                          AND live.destroyed_at IS NULL)
     ORDER BY d.id
"""
_SAFE = ("--enable-row-security", "--lock-wait-timeout=60s", "--no-password")


def say(text: str) -> None:
    """Show progress at once, also through a pipe."""
    print(text, flush=True)


def make(now: datetime) -> Path:
    """Make one backup, then remove what is too old; return its folder."""
    folder = settings.folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    at = now
    while (folder / name_of(at)).exists():
        at += timedelta(seconds=1)  # Of this second there is one already.
    name = name_of(at)
    partial = folder / f".{name}.partial"
    for leftover in folder.glob(".*.partial"):
        shutil.rmtree(leftover)  # Of a backup that was killed.
    partial.mkdir(mode=0o700)
    try:
        _make_in(partial, name)
        partial.rename(folder / name)
    except BaseException:
        shutil.rmtree(partial)
        raise
    _sync(folder)
    for line in remove_old(folder, now, keep=settings.keep(), keys_days=settings.keys_days()):
        say(line)
    return folder / name


def _make_in(partial: Path, name: str) -> None:
    conninfo = settings.conninfo(user="sspf_backup", password=env.text("SSPF_DATABASE_PASSWORD"))
    with ExitStack() as stack:
        # Before the snapshot: a checkpoint is signed for what was committed, so none kept here is ahead of the dump.
        outside = _opened(stack, Path(env.text("SSPF_CHECKPOINT_DIR")))
        connection = stack.enter_context(psycopg.connect(conninfo))
        connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        connection.set_read_only(True)
        (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        tools = tools_for(connection.info.server_version)
        say("[1/4] Counting rows and reading the log's trees …")
        destroyed = connection.execute(ERASED).fetchall()
        manifest = _look(connection, name, len(destroyed))
        sources = {
            KEYS: dump(tools, conninfo, *_SAFE, f"--snapshot={snapshot}", "--schema=keys"),
            CONTENT: dump(
                tools, conninfo, *_SAFE, f"--snapshot={snapshot}", "--exclude-schema=keys"
            ),
            OUTSIDE: _tar(outside, destroyed),
        }
        for number, (part, source) in enumerate(sources.items(), start=2):
            say(f"[{number}/4] {_TOLD[part]} …")
            manifest.parts[part] = _write(partial, name, part, source)
    write_manifest(partial, manifest, settings.signer())
    _sync(partial)


_TOLD = {
    KEYS: "Keys, by themselves",
    CONTENT: "Content: everything but keys and sessions",
    OUTSIDE: "What lies outside the database: checkpoints, witnesses' notes",
}


def _write(partial: Path, name: str, part: str, source: Iterable[bytes]) -> Part:
    sealed = seal_archive(source, reader=settings.sealed_to(part), context=context(name, part))
    return write_part(partial / f"{part}.sealed", _telling(sealed))


def _telling(pieces: Iterable[bytes]) -> Iterator[bytes]:
    told, size = time.monotonic(), 0
    for piece in pieces:
        yield piece
        size += len(piece)
        if time.monotonic() - told >= TELL_EVERY:
            told = time.monotonic()
            say(f"      {size / 1e6:.0f} MB")


def _look(connection: psycopg.Connection[Any], name: str, destroyed: int) -> Manifest:
    """What the snapshot holds; refuses to go on where the role cannot see a part of it."""
    tables = rows_per_table(connection)
    (events,) = connection.execute("SELECT count(*) FROM audit.event").fetchone() or (0,)
    if events != sum(rows for table, rows in tables.items() if table.startswith("audit.event_")):
        raise CannotDoIt(
            "sspf_backup does not see every partition of audit.event: run the migrations."
        )
    migrations = connection.execute(
        "SELECT app, name FROM django_migrations ORDER BY id"
    ).fetchall()
    trees = {
        str(municipality): TreeState(size, Tree(size, bytes(frontier)).root().hex())
        for municipality, size, frontier in connection.execute(
            "SELECT municipality_id, size, frontier FROM audit.tree"
        )
    }
    return Manifest(
        name=name,
        server_version=connection.info.server_version,
        migrations=[(app, migration) for app, migration in migrations],
        tables=tables,
        trees=trees,
        destroyed_keys=destroyed,
    )


def rows_per_table(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Schema and name of every table that holds rows of its own, with their number."""
    names = connection.execute(
        "SELECT schemaname, tablename FROM pg_tables JOIN pg_class ON oid = format('%I.%I', schemaname, tablename)::regclass"
        " WHERE schemaname IN ('public', 'keys', 'audit') AND relkind = 'r' ORDER BY 1, 2"
    ).fetchall()
    counted = {}
    for schema, table in names:
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
        (counted[f"{schema}.{table}"],) = connection.execute(query).fetchone() or (0,)
    return counted


def _opened(stack: ExitStack, folder: Path) -> list[tuple[str, int, IO[bytes]]]:
    """The files of a folder that is only ever appended to, each with the length it has now."""
    opened: list[tuple[str, int, IO[bytes]]] = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".lock":
            file = stack.enter_context(path.open("rb"))
            size = os.fstat(file.fileno()).st_size
            opened.append((path.relative_to(folder).as_posix(), size, file))
    return opened


def _tar(
    files: list[tuple[str, int, IO[bytes]]], destroyed: list[tuple[Any, ...]]
) -> Iterator[bytes]:
    """A tar of the files as they were, and of the ids of the keys that are destroyed, with the time of each."""
    text = io.StringIO()
    csv.writer(text).writerows((key, at.isoformat()) for key, at in destroyed)
    ids = text.getvalue().encode("ascii")
    for name, size, file in [*files, (DESTROYED, len(ids), io.BytesIO(ids))]:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, 0o644
        yield entry.tobuf(tarfile.PAX_FORMAT)
        left = size
        while left and (piece := file.read(min(left, PIECE))):
            yield piece
            left -= len(piece)
        if left:
            raise CannotDoIt(f"{name} became shorter while it was read.")
        yield bytes(-size % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def main() -> int:
    """Make a backup, or say why not."""
    os.umask(0o077)
    os.environ["SSPF_DATABASE_ROLE"] = "backup"
    started = time.monotonic()
    try:
        made = make(datetime.now(UTC))
    except (CannotDoIt, ImproperlyConfigured, psycopg.Error, OSError) as fault:
        say(f"No backup was made: {fault}")
        return 1
    size = sum(path.stat().st_size for path in made.glob("*.sealed"))
    say(
        f"Backup {made.name} in {made.parent} ({size / 1e6:.1f} MB, {time.monotonic() - started:.0f} s)"
    )
    say(
        f"Content is kept for the newest {settings.keep()} backups, keys for {settings.keys_days()} days:"
        " so long can what is erased today still be opened from a backup."
    )
    return 0


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        sys.exit(main())

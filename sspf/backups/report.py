"""What a restored database is: counted, its log verified, its seals tried; and which events are lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import psycopg

from audit.auditctl import (
    BadCheckpoint,
    Checkpoint,
    Report,
    check_cells,
    check_changes,
    describe,
    notes_in,
    origin_of,
    read_checkpoint,
    verify,
)
from sspf import env
from sspf.backups import settings
from sspf.backups.folder import Backup
from sspf.backups.make import rows_per_table, say

# A snapshot is taken in the middle of work: what it caught between two steps of the sequencer is no fault.
OF_THE_MOMENT = frozenset({"waiting", "unsigned"})
ROOT = Path(__file__).resolve().parents[2]


def examine(content: Backup, keys: Backup, database: str, checkpoints: Path, now: datetime) -> bool:
    """Print the report; tell whether everything is as it was when it was backed up."""
    superuser = settings.conninfo(
        user=env.text("SSPF_SUPERUSER", "postgres"),
        password=env.text("SSPF_SUPERUSER_PASSWORD"),
        database=database,
    )
    faults = 0
    with psycopg.connect(superuser) as connection:
        for found in (_rows(connection, content, keys), _trees(connection, content)):
            faults += _tell(found)
        _tell_reminders(connection, content, now)
    with psycopg.connect(superuser) as connection:
        faults += _tell(_log(connection, checkpoints))
    with psycopg.connect(superuser) as connection:
        faults += _tell(_noted(connection))
    with psycopg.connect(superuser) as connection:
        _tell_lost(connection, Path(env.text("SSPF_CHECKPOINT_DIR")))
    faults += _tell(_migrations(database))
    faults += _tell(_seals(database))
    return faults == 0


def _tell(found: Iterator[str]) -> int:
    faults = list(found)
    for fault in faults:
        say(f"      FAULT {fault}")
    return len(faults)


def _rows(connection: psycopg.Connection[Any], content: Backup, keys: Backup) -> Iterator[str]:
    wanted = {
        table: rows
        for backup, of_keys in ((content, False), (keys, True))
        for table, rows in backup.manifest.tables.items()
        if table.startswith("keys.") == of_keys
    }
    there = rows_per_table(connection)
    for table in sorted(wanted.keys() | there.keys()):
        if table != "public.django_migrations" and wanted.get(table) != there.get(table):
            yield f"{table}: {there.get(table)} rows, the manifest says {wanted.get(table)}"
    say(f"      {sum(there.values())} rows in {len(there)} tables")


def _trees(connection: psycopg.Connection[Any], content: Backup) -> Iterator[str]:
    sizes = dict(
        connection.execute("SELECT municipality_id::text, size FROM audit.tree").fetchall()
    )
    for name, tree in content.manifest.trees.items():
        if sizes.get(name) != tree.size:
            yield f"the log of {name} has {sizes.get(name)} events, the manifest says {tree.size}"


def _log(connection: psycopg.Connection[Any], checkpoints: Path) -> Iterator[str]:
    public_key = env.key("SSPF_AUDIT_PUBLIC_KEY", length=32)
    events = logs = 0
    for report in verify(connection, checkpoints, public_key):
        events, logs = events + report.events, logs + 1
        report.faults[:] = [fault for fault in report.faults if fault.kind not in OF_THE_MOMENT]
        if report.faults:
            yield "\n      ".join(describe(report))
    say(
        f"      {events} events in the logs of {logs} municipalities (the platform counts as one), held against the checkpoints of that time"
    )


def _noted(connection: psycopg.Connection[Any]) -> Iterator[str]:
    report = Report(UUID(int=0))
    notes, rows = check_changes(connection, report), check_cells(connection, report)
    yield from (fault.text for fault in report.faults)
    say(f"      {notes} row changes noted, {rows} rows held against the last note of each")


def _tell_reminders(connection: psycopg.Connection[Any], content: Backup, now: datetime) -> None:
    (due,) = connection.execute(
        "SELECT count(*) FROM reminders_reminder"
        " WHERE status IN ('pending', 'unknown', 'claimed') AND next_at BETWEEN %s AND %s",
        [content.made_at, now],
    ).fetchone() or (0,)
    say(
        f"      {due} reminders came due after the backup. Whether they were sent is not known any more: they go out"
        " when a worker runs. A mail keeps its Message-ID, so the same one twice can be told."
    )


def lost(folder: Path, sizes: dict[str, int]) -> Iterator[tuple[str, int, Checkpoint]]:
    """Per log that is behind what was signed: its municipality, its size, the last checkpoint."""
    public_key = env.key("SSPF_AUDIT_PUBLIC_KEY", length=32)
    for path in sorted(folder.glob("*.checkpoints")):
        signed = _last_signed(path, public_key)
        if signed is not None and signed.size > sizes.get(path.stem, 0):
            yield path.stem, sizes.get(path.stem, 0), signed


def _last_signed(path: Path, public_key: bytes) -> Checkpoint | None:
    signed = None
    for note in notes_in(path.read_text(encoding="utf-8", errors="replace")):
        try:
            signed = read_checkpoint(note, origin_of(UUID(path.stem)), public_key)
        except (BadCheckpoint, ValueError):
            continue  # Torn by a crash, or a fault that `make verify` names.
    return signed


def _tell_lost(connection: psycopg.Connection[Any], folder: Path) -> None:
    sizes = dict(
        connection.execute("SELECT municipality_id::text, size FROM audit.tree").fetchall()
    )
    behind = list(lost(folder, sizes))
    for name, size, signed in behind:
        say(
            f"      LOST  log of {name}: events number {size} to {signed.size - 1},"
            f" signed until {signed.signed_at:%Y-%m-%d %H:%M:%S} UTC"
        )
    if behind:
        say(
            "      These happened and are in no table any more. The sequencer will refuse to go on until you say"
        )
        say("      that this is a restore: manage.py accept_restore (docs/production.md).")


def _migrations(database: str) -> Iterator[str]:
    done = _manage(database, "owner", "migrate", "--verbosity", "0")
    if done.returncode:
        yield f"the tables could not be brought to this version: {done.stderr[-1500:]}"


def _seals(database: str) -> Iterator[str]:
    done = _manage(database, "web", "check_restored")
    for line in done.stdout.splitlines():
        say(f"      {line}")
    if done.returncode:
        yield f"sealed values do not open: {done.stderr[-1500:]}"


def _manage(database: str, role: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a manage.py command on the restored database as one of the roles."""
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=_environment(database, role),
        capture_output=True,
        text=True,
        check=False,
    )


def _environment(database: str, role: str) -> dict[str, str]:
    given = env.database()
    local: dict[str, str] = {}
    if env.uses_local_servers():
        from sspf import (
            local as servers,
        )  # Only here: production has neither the servers nor their wheels.

        local = servers.variables(role) | {"SSPF_ENV": env.environment()}
    query = "".join(
        f"?{name}={quote(str(value))}"
        for name, value in given["OPTIONS"].items()
        if name == "sslmode"
    )
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SSPF_DATABASE_PASSWORD", "SSPF_DATABASE_URL"))
    }
    return (
        local
        | kept
        | {
            "SSPF_DATABASE_URL": f"postgresql://{given['HOST']}:{given['PORT']}/{quote(database)}{query}",
            "SSPF_DATABASE_ROLE": role,
            "SSPF_DATABASE_PASSWORD": env.text(f"SSPF_{role.upper()}_PASSWORD"),
        }
    )

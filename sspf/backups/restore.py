"""`make restore`: a backup into a new database, verified; only then, and only if told, in the place of the present one."""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg import sql

from crypto.archive import open_archive
from crypto.errors import SealBroken
from sspf import env
from sspf.backups import settings
from sspf.backups.folder import CONTENT, KEYS, OUTSIDE, Backup, backups_in, context, name_of
from sspf.backups.make import DESTROYED, ERASED, say
from sspf.backups.postgres import CannotDoIt, load, tools_for
from sspf.backups.report import examine
from sspf.provision import ROLES, ensure_database, ensure_schemas

_LONGEST_NAME = 63


@dataclass(frozen=True)
class Plan:
    """What is restored from what, into which database; `newest` knows best which keys are destroyed."""

    content: Backup
    keys: Backup
    newest: Backup
    into: str
    replace: bool


def plan(options: argparse.Namespace, now: datetime) -> Plan:
    """Choose the backups: by default the newest that has content, and the newest that has keys."""
    backups = backups_in(settings.folder(), settings.public_key())
    if not backups:
        raise CannotDoIt(f"There is no backup in {settings.folder()}: make one with `make backup`.")
    present = env.database()["NAME"]
    if options.replace and options.replace != present:
        raise CannotDoIt(f"To replace the database, name it: REPLACE={present}.")
    into = options.into or f"{present}_restored_{name_of(now).lower()}"
    if into == present or len(into.encode()) > _LONGEST_NAME:
        raise CannotDoIt(
            "A backup is restored into a new database, whose name has at most 63 letters."
        )
    return Plan(
        content=_chosen(backups, options.content, CONTENT),
        keys=_chosen(backups, options.keys, KEYS),
        newest=backups[-1],
        into=into,
        replace=bool(options.replace),
    )


def _chosen(backups: list[Backup], name: str | None, part: str) -> Backup:
    having = [one for one in backups if one.has(part) and name in (None, "", one.name)]
    if not having:
        others = ", ".join(one.name for one in backups if one.has(part)) or "none"
        raise CannotDoIt(f"No backup {name or ''} has {part}. Those that have: {others}.")
    return having[-1]


def restore(given: Plan, now: datetime) -> bool:
    """Restore and verify; tell whether all is well. A restore that fails leaves no database behind."""
    say(
        f"Content of {given.content.name}, keys of {given.keys.name}, into the new database {given.into}"
    )
    say("[1/6] Holding the files against their signed manifests …")
    for backup, part in (
        (given.content, CONTENT),
        (given.content, OUTSIDE),
        (given.keys, KEYS),
        (given.newest, OUTSIDE),
    ):
        backup.demand_whole(part)
    say("[2/6] Making the database …")
    with _superuser("postgres") as connection:
        tools = tools_for(connection.info.server_version)
        _demand_roles(connection)
        if _exists(connection, given.into):
            raise CannotDoIt(
                f"There is a database {given.into} already; choose another name with INTO=…."
            )
        ensure_database(connection, given.into)
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _fill(given, tools, Path(folder), now)
    except BaseException:
        with _superuser("postgres") as connection:
            _drop(connection, given.into)
        say(f"The database {given.into} was removed again.")
        raise


def _fill(given: Plan, tools: Path, folder: Path, now: datetime) -> bool:
    into = _conninfo(given.into)
    say(f"[3/6] Content of {given.content.made_at:%Y-%m-%d %H:%M} UTC …")
    load(tools, into, _opened(given.content, CONTENT))
    say(f"[4/6] Keys of {given.keys.made_at:%Y-%m-%d %H:%M} UTC …")
    load(tools, into, _opened(given.keys, KEYS))
    checkpoints = _unpack(given.content, folder / "then")
    newest = _unpack(given.newest, folder / "newest")
    with _superuser(given.into) as connection:
        ensure_schemas(connection)
        again = _destroy_again(connection, newest / DESTROYED)
        _keep_state_of_keys(connection, given)
    say(f"      {again} keys that were destroyed since are destroyed here too")
    say("[5/6] Verifying …")
    well = examine(given.content, given.keys, given.into, checkpoints, now)
    say(
        "[6/6] Taking its place …"
        if given.replace
        else "[6/6] The present database is left as it is"
    )
    if given.replace and well:
        _replace(given, checkpoints, now)
    if given.replace and not well:
        say("      Not taken: there are faults. The present database is as it was.")
    return well


def _opened(backup: Backup, part: str) -> Any:
    return open_archive(
        backup.pieces(part), reader=settings.reader(part), context=context(backup.name, part)
    )


def _unpack(backup: Backup, folder: Path) -> Path:
    """The files that lay outside the database, which are no secrets, in a folder of this run."""
    folder.mkdir()
    packed = folder / "outside.tar"
    with packed.open("wb") as file:
        for piece in _opened(backup, OUTSIDE):
            file.write(piece)
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
    packed.unlink()
    return folder


def _destroy_again(connection: psycopg.Connection[Any], listed: Path) -> int:
    """What was erased after the dump of the keys was made stays erased: by the newest backup, and by the present database."""
    with listed.open(encoding="ascii", newline="") as file:
        destroyed = dict(csv.reader(file))
    with suppress(psycopg.Error), _superuser(env.database()["NAME"]) as present:
        destroyed |= {str(key): at.isoformat() for key, at in present.execute(ERASED)}
    done = connection.execute(
        "UPDATE keys.data_key k SET wrapped = NULL, destroyed_at = gone.at"
        " FROM unnest(%s::uuid[], %s::timestamptz[]) AS gone (id, at)"
        " WHERE k.id = gone.id AND k.destroyed_at IS NULL",
        [list(destroyed), list(destroyed.values())],
    )
    connection.execute("VACUUM FULL keys.data_key")
    return done.rowcount


def _keep_state_of_keys(connection: psycopg.Connection[Any], given: Plan) -> None:
    """The key tables come from the other dump, and so does what is known of their migrations."""
    names = [name for app, name in given.keys.manifest.migrations if app == "crypto"]
    connection.execute(
        "DELETE FROM django_migrations WHERE app = 'crypto' AND name <> ALL (%s)", [names]
    )
    connection.execute(
        "INSERT INTO django_migrations (app, name, applied) SELECT 'crypto', name, now()"
        " FROM unnest(%s::text[]) AS name WHERE name NOT IN"
        " (SELECT name FROM django_migrations WHERE app = 'crypto')",
        [names],
    )


def _replace(given: Plan, checkpoints: Path, now: datetime) -> None:
    """Put the restored database in the place of the present one, which is kept under another name."""
    present = env.database()["NAME"]
    aside = f"{present}_before_{name_of(now).lower()}"
    with _superuser("postgres") as connection:
        if _exists(connection, present):
            (others,) = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [present]
            ).fetchone() or (0,)
            if others:
                raise CannotDoIt(
                    f"{others} connections use {present}: stop everything that runs, then restore again."
                )
            _rename(connection, present, aside)
            say(
                f"      The database that was there is now called {aside}; drop it when you no longer need it."
            )
        _rename(connection, given.into, present)
    say(f"      {present} is now what was backed up.")
    folder = Path(env.text("SSPF_CHECKPOINT_DIR"))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in checkpoints.glob("*.checkpoints"):
        if not (folder / path.name).exists():
            shutil.copyfile(path, folder / path.name)
            say(f"      {path.name} was missing and is back.")


def _superuser(database: str) -> psycopg.Connection[Any]:
    return psycopg.connect(_conninfo(database), autocommit=True)


def _conninfo(database: str) -> str:
    return settings.conninfo(
        user=env.text("SSPF_SUPERUSER", "postgres"),
        password=env.text("SSPF_SUPERUSER_PASSWORD"),
        database=database,
    )


def _demand_roles(connection: psycopg.Connection[Any]) -> None:
    known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    missing = [role for role in ROLES if f"sspf_{role}" not in known]
    if missing:
        raise CannotDoIt(
            f"The server lacks the roles of {', '.join(missing)}: run `python -m sspf.provision` first."
        )


def _exists(connection: psycopg.Connection[Any], name: str) -> bool:
    found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
    return found.fetchone() is not None


def _rename(connection: psycopg.Connection[Any], old: str, new: str) -> None:
    connection.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new))
    )


def _drop(connection: psycopg.Connection[Any], name: str) -> None:
    connection.execute(
        sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Restore, or say why not. 0: well; 1: faults, or nothing restored."""
    os.umask(0o077)
    os.environ["SSPF_DATABASE_ROLE"] = "backup"
    parser = argparse.ArgumentParser(prog="make restore", description=__doc__)
    parser.add_argument(
        "--content", help="the backup whose content is restored; the newest if not said"
    )
    parser.add_argument(
        "--keys", help="the backup whose keys are restored; the newest that has them"
    )
    parser.add_argument("--into", help="name of the new database")
    parser.add_argument(
        "--replace", help="name of the present database, to put the restored one in its place"
    )
    options = parser.parse_args(arguments)
    started, now = time.monotonic(), datetime.now(UTC)
    try:
        given = plan(options, now)
        well = restore(given, now)
    except SealBroken as fault:
        say(f"Nothing was restored: an archive does not open: {fault}.")
        return 1
    except (CannotDoIt, ImproperlyConfigured, psycopg.Error, OSError) as fault:
        say(f"Nothing was restored: {fault}")
        return 1
    say(f"{'OK' if well else 'FAULTS, see above'} ({time.monotonic() - started:.0f} s)")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())

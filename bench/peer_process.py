"""The peers' own environment and processes: installed once, spoken to over a pipe."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

import bootstrap
from bench.changes import Place
from bench.measure import Arm
from sspf import local

VENV = local.LOCAL / "bench-venv"
LOCK = local.ROOT / "requirements-bench.txt"


def installed() -> Path:
    """The Python of an environment that is equal to the lock; made where it is not."""
    python, stamp = VENV / "bin" / "python", VENV / "sspf-stamp"
    wanted = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return python
    uv = Path(sys.executable).parent / "uv"
    environment = os.environ | bootstrap.index_of_pip(bootstrap.pip_of_venv(Path(sys.executable)))
    for command in (
        ["venv", "-q", "--clear", "--python", sys.executable, str(VENV)],
        ["pip", "sync", "-q", "--require-hashes", str(LOCK)],
    ):
        subprocess.run([uv, *command], env=environment | {"VIRTUAL_ENV": str(VENV)}, check=True)
    stamp.write_text(wanted, encoding="ascii")
    return python


class Peer:
    """A process that does what it is told with one peer's package."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    @classmethod
    @contextmanager
    def started(cls, python: Path, name: str, database: str, place: Place) -> Iterator["Peer"]:
        """Prepare the database as its superuser, then serve as the web role."""
        command = [str(python), "-m", "bench.peer_site"]
        subprocess.run(
            [*command, "prepare"],
            env=_environment(name, database, None),
            cwd=local.ROOT,
            check=True,
        )
        told = json.dumps({key: str(value) for key, value in asdict(place).items()})
        process = subprocess.Popen(
            [*command, told],
            env=_environment(name, database, "web"),
            cwd=local.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield cls(process)
        finally:
            process.terminate()
            process.wait(10)

    def ask(self, order: str, number: int) -> dict[str, Any]:
        """`seconds` it took, and `entries` that its history has got by it."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the peer has no pipes")
        self._process.stdin.write(f"{order} {number}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the peer has ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def arm(self, number: int, *, order: str = "changes", each: int = 1) -> Arm:
        """Seconds for that many of an order, every one of which has to leave so many entries."""

        def once() -> float:
            answer = self.ask(order, number)
            if answer["entries"] != number * each:
                raise RuntimeError(
                    f"the peer noted {answer['entries']} entries of {number} {order}"
                )
            return float(answer["seconds"])

        return once


def _environment(peer: str, database: str, role: str | None) -> dict[str, str]:
    state = local.ensure()
    parts = conninfo_to_dict(state.superuser_conninfo)
    user, password = str(parts["user"]), str(parts["password"])
    if role is not None:
        user, password = f"sspf_{role}", state.passwords[role]
    return {
        "DJANGO_SETTINGS_MODULE": "bench.peer_site.settings",
        "BENCH_PEER": peer,
        "PGHOST": str(parts["host"]),
        "PGPORT": str(parts.get("port", 5432)),
        "PGDATABASE": database,
        "PGUSER": user,
        "PGPASSWORD": password,
    }

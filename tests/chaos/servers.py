"""PostgreSQL and Valkey of the run's own: they are killed while it lasts."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from psycopg.conninfo import make_conninfo

from sspf import local
from sspf.backups.postgres import tools_for
from sspf.embedded_postgres import Postgres
from sspf.embedded_valkey import Valkey
from sspf.provision import provision

DATABASE = "sspf_chaos"
PASSWORD = "chaos"


class Servers:
    """Both of them, and how they fail."""

    def __init__(self, folder: Path) -> None:
        (folder / "log").mkdir()
        self.postgres = Postgres(local=folder, port=0, password=PASSWORD)
        self.valkey = Valkey(
            local=folder, port=0, password=PASSWORD, more="enable-debug-command local\n"
        )

    @property
    def superuser(self) -> str:
        return make_conninfo(self.postgres.conninfo(), dbname=DATABASE)

    def start(self) -> None:
        self.postgres.start()
        self.valkey.start()

    def stop(self) -> None:
        self.valkey.stop()
        self.postgres.stop()

    def kill_postgres(self) -> None:
        """As `pg_ctl stop -m immediate`: nothing is finished, the start after it is a recovery."""
        self.postgres.stop(by=signal.SIGQUIT)

    def kill_valkey(self) -> None:
        self.valkey.stop(by=signal.SIGKILL)

    def empty_valkey(self) -> None:
        with redis.Redis.from_url(self.valkey.url(), socket_timeout=10) as client:
            client.flushall()

    def put_valkey_to_sleep(self, seconds: float) -> None:
        with redis.Redis.from_url(self.valkey.url(), socket_timeout=0.2) as client:
            try:
                client.execute_command("DEBUG", "SLEEP", str(seconds))
            except redis.exceptions.TimeoutError:
                return


@contextmanager
def servers(folder: Path, *, like: str | None = None) -> Iterator[Servers]:
    """Running, with a migrated database and the cast in it; `like`: conninfo of a database to copy instead."""
    own = Servers(folder)
    try:
        own.start()
        provision(own.postgres.conninfo(), DATABASE, local.ensure().passwords)
        if like is None:
            _migrate(own)
        else:
            _copy(like, own.superuser)
        yield own
    finally:
        own.stop()
        shutil.rmtree(own.postgres.home, ignore_errors=True)


def _migrate(own: Servers) -> None:
    for role, *command in (
        ("owner", "migrate", "--verbosity", "0"),
        ("web", "seed_demo", "--cast-only"),
    ):
        url = f"postgresql://127.0.0.1:{own.postgres.port}/{DATABASE}"
        environment = os.environ | local.variables(role)
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=local.ROOT,
            env=environment
            | {"SSPF_ENV": "test", "SSPF_DATABASE_URL": url, "SSPF_DATABASE_ROLE": role},
            check=True,
            timeout=240,
        )


def _copy(source: str, target: str) -> None:
    tools = tools_for(180000)
    dump = subprocess.Popen(
        [tools / "pg_dump", "--clean", "--if-exists", "-d", source], stdout=subprocess.PIPE
    )
    subprocess.run(
        [tools / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", target],
        stdin=dump.stdout,
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=240,
    )
    assert dump.wait(60) == 0


@contextmanager
def own_folder() -> Iterator[Path]:
    """Under `.local`, which PostgreSQL's unprivileged user can get through."""
    local.prepare()
    folder = Path(tempfile.mkdtemp(prefix="chaos-", dir=local.LOCAL))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)

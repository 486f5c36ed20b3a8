"""Backups of a test's own database, in a folder of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sspf import local

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Backups:
    """Runs the commands as a user would, on one database; every database they make is dropped afterwards."""

    environment: dict[str, str]
    superuser: str
    folder: Path
    database: str

    def run(self, *command: str, **changed: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment | changed,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    def make(self, **changed: str) -> str:
        """A backup; its name."""
        done = self.run("-m", "sspf.backups.make", **changed)
        assert done.returncode == 0, done.stdout + done.stderr
        found = re.search(r"^Backup (\w+) in", done.stdout, re.MULTILINE)
        assert found
        return found[1]

    def restore(self, *options: str, **changed: str) -> subprocess.CompletedProcess[str]:
        return self.run("-m", "sspf.backups.restore", *options, **changed)

    def restored(self, *options: str, **changed: str) -> psycopg.Connection:
        """A restore that went well; the superuser in the new database."""
        done = self.restore(*options, **changed)
        assert done.returncode == 0, done.stdout + done.stderr
        found = re.search(r"into the new database (\w+)", done.stdout)
        assert found
        return self.connect(found[1])

    def connect(self, database: str) -> psycopg.Connection:
        parts = conninfo_to_dict(self.superuser) | {"dbname": database}
        return psycopg.connect(make_conninfo(**parts), autocommit=True)  # type: ignore[arg-type]

    def databases(self) -> set[str]:
        """The database that is backed up and those made from it; other tests have theirs."""
        with self.connect("postgres") as connection:
            return {
                name
                for (name,) in connection.execute("SELECT datname FROM pg_database")
                if name.startswith(self.database)
            }

    def manage(self, *command: str, role: str) -> subprocess.CompletedProcess[str]:
        passwords = {
            "SSPF_DATABASE_ROLE": role,
            "SSPF_DATABASE_PASSWORD": local.ensure().passwords[role],
        }
        signing = (
            {"SSPF_AUDIT_KEY": local.ensure().secrets["audit_key"]} if role == "sequencer" else {}
        )
        return self.run("manage.py", *command, **passwords, **signing)

    def sequence(self) -> subprocess.CompletedProcess[str]:
        done = self.manage("sequencer", "--once", role="sequencer")
        assert done.returncode == 0, done.stderr
        return done


@pytest.fixture
def backups(
    committed: str,
    environment_of: Callable[[str], dict[str, str]],
    superuser_conninfo: str,
    tmp_path: Path,
) -> Iterator[Backups]:
    (tmp_path / "checkpoints").mkdir()
    mine = Backups(
        environment_of("backup")
        | {
            "SSPF_BACKUP_DIR": str(tmp_path / "backups"),
            "SSPF_CHECKPOINT_DIR": str(tmp_path / "checkpoints"),
            "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
        },
        superuser_conninfo,
        tmp_path / "backups",
        committed,
    )
    yield mine
    with mine.connect("postgres") as connection:
        for name in mine.databases():
            if name.startswith((f"{committed}_restored_", f"{committed}_before_")):
                connection.execute(
                    sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
                )

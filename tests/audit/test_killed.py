"""Kill -9 at every step of web, sequencer and signer, and of PostgreSQL: nothing lost, nothing twice, no gap."""

from __future__ import annotations

import base64
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from audit import auditctl, trees
from audit.record import write
from sspf import local
from sspf.embedded_postgres import Postgres
from sspf.provision import provision
from tests.audit.conftest import Log, as_role, enter
from tests.audit.dying import steps

ROOT = Path(__file__).resolve().parents[2]


def _sequence_again(log: Log) -> None:
    """A restart; the server may need a moment to notice that the killed process has gone."""
    end = time.monotonic() + 20
    with as_role("sequencer"):
        while True:
            try:
                assert log.sequencer().run_once()
            except trees.Elsewhere:
                assert time.monotonic() < end
                time.sleep(0.02)
            else:
                return


def _numbered(execute: Callable[..., Any], log: Log) -> list[UUID]:
    rows = execute(
        "SELECT seq, event_id FROM audit.sequence WHERE municipality_id = %s ORDER BY seq",
        [log.municipality_id],
    ).fetchall()
    assert [seq for seq, _event in rows] == list(range(len(rows)))
    return [event for _seq, event in rows]


def _signed(log: Log) -> int:
    report = log.report()
    assert report.faults == []
    return report.checkpoint.size if report.checkpoint else 0


def test_the_sequencer_and_signer_killed_at_any_step(log, superuser):
    """Before and after each statement and commit, before, in and after each write and sync of the checkpoint."""
    events = log.write(3)
    log.sequence()
    reached: list[str] = []

    def sequence() -> None:
        with as_role("sequencer"):
            log.sequencer().run_once()

    events += log.write(3)
    for number, name in steps(sequence):
        reached.append(name)
        # The file is never ahead of what is committed.
        text = log.file.read_text(encoding="utf-8")
        origin = auditctl.origin_of(log.municipality_id)
        sizes = []
        for note in auditctl.notes_in(text):
            try:
                sizes.append(auditctl.read_checkpoint(note, origin, log.signer.public_key).size)
            except auditctl.BadCheckpoint:
                assert note == auditctl.notes_in(text)[-1]
        assert max(sizes) <= len(_numbered(superuser.execute, log)), (number, name)
        _sequence_again(log)
        assert _numbered(superuser.execute, log) == [event.id for event in events], (number, name)
        assert _signed(log) == len(events), (number, name)
        events += log.write(3)
    assert {"before execute", "before commit", "half-way through commit", "after commit",
            "before write", "half-way through write", "before fsync"} <= set(reached)  # fmt: skip
    print(f"sequencer killed at {len(reached)} steps: {len(events)} events, each numbered once")


def test_the_web_killed_at_any_step_leaves_both_the_event_and_its_place_in_the_queue_or_neither(
    log, superuser
):
    reached: list[str] = []

    def work() -> None:
        mine = [log.event(action="killed") for _ in range(3)]
        with transaction.atomic():
            enter(log.municipality_id, log.agency_id)
            write(mine)

    for number, name in steps(work):
        reached.append(name)
        _sequence_again(log)
        # What was in the middle of a commit when it died may be committed a moment later.
        for _ in range(200):
            left = superuser.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND usename = 'sspf_web'"
            ).fetchone()
            if left == (0,):
                break
            time.sleep(0.02)
        _sequence_again(log)
        there = {
            row[0]
            for row in superuser.execute(
                "SELECT id FROM audit.event WHERE municipality_id = %s", [log.municipality_id]
            ).fetchall()
        }
        numbered = _numbered(superuser.execute, log)
        assert set(numbered) == there, (number, name)
        assert len(numbered) == len(there)
        assert len(there) % 3 == 0
        assert _signed(log) == len(there)
    assert {"before commit", "half-way through commit", "after commit"} <= set(reached)
    # Killed in the middle of the commit, and after it: both are there.
    assert len(_numbered(superuser.execute, log)) >= 3


def test_32_writers_with_rollbacks_while_the_sequencer_runs(log, superuser, environment_of):
    """Real connections, one in ten transactions and one in five savepoints undone: the count is exact."""
    written: list[UUID] = []
    undone: list[UUID] = []
    guard = threading.Lock()
    start = threading.Barrier(32, timeout=60)

    def writer(seed: int) -> None:
        dice = random.Random(seed)
        mine = Log(log.folder, log.municipality_id, log.agency_id)
        start.wait(60)
        for _ in range(20):
            events = [mine.event() for _ in range(dice.randint(1, 3))]
            inner, outer = dice.random() < 0.2, dice.random() < 0.1
            with transaction.atomic():
                enter(log.municipality_id, log.agency_id)
                with transaction.atomic():
                    write(events[:1])
                    transaction.set_rollback(inner)
                write(events[1:])
                transaction.set_rollback(outer)
            kept = [] if outer else events[1:] if inner else events
            with guard:
                written.extend(event.id for event in kept)
                undone.extend(event.id for event in events if event not in kept)
        connection.close()

    process = _start(log, environment_of("sequencer"))
    try:
        threads = [threading.Thread(target=writer, args=(seed,)) for seed in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
            assert not thread.is_alive()
        _wait(process, lambda: len(_numbered(superuser.execute, log)) == len(written))
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        output = process.communicate(timeout=60)[0]
    assert "Traceback" not in output
    _sequence_again(log)
    numbered = _numbered(superuser.execute, log)
    assert sorted(numbered) == sorted(written)
    assert not set(undone) & set(numbered)
    assert len(undone) > 100
    assert _signed(log) == len(written)
    print(f"32 writers: {len(written)} events numbered, {len(undone)} undone")


# --- real processes ------------------------------------------------------------------------------------


def _start(log: Log, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "sequencer"],
        cwd=ROOT,
        env=environment
        | {
            "SSPF_CHECKPOINT_DIR": str(log.folder),
            "SSPF_AUDIT_KEY": base64.b64encode(bytes(range(32))).decode(),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _wait(process: subprocess.Popen[str], condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 90
    while not condition():
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.1)


class OwnServer:
    """A PostgreSQL of the test's own, to be killed with all its children and started again."""

    def __init__(self, folder: Path) -> None:
        (folder / "log").mkdir()
        self.server = Postgres(local=folder, port=0, password="postgres")
        self.server.start()
        provision(self.server.conninfo(), "sspf_killed", local.ensure().passwords)

    def kill(self) -> None:
        assert self.server._process is not None
        pid = self.server._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        for one in (pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)

    def start(self) -> None:
        assert self.server._process is not None
        self.server._process.wait(10)
        self.server.start()

    def execute(self, statement: str, values: list[Any]) -> Any:
        with psycopg.connect(self.server.conninfo(), dbname="sspf_killed") as own:
            return _Rows(own.execute(statement, values).fetchall())


class _Rows(list[Any]):
    def fetchall(self) -> list[Any]:
        return self


@pytest.fixture
def own_server(django_db_setup: None, django_db_blocker: Any) -> Iterator[OwnServer]:
    """Django's connection leads there meanwhile."""
    folder = Path(tempfile.mkdtemp(dir="/var/tmp", prefix="sspf-killed-"))
    folder.chmod(0o755)
    settings = connection.settings_dict
    before = dict(settings)
    try:
        own = OwnServer(folder)
        with django_db_blocker.unblock():
            connection.close()
            settings.update(PORT=str(own.server.port), NAME="sspf_killed")
            with as_role("owner"):
                call_command("migrate", "audit", verbosity=0)
            yield own
            connection.close()
    finally:
        settings.update(before)
        own.server.stop()
        shutil.rmtree(folder)


@pytest.mark.slow
def test_postgresql_killed_at_any_step_of_the_sequencer(own_server, tmp_path):
    """The sequencer lives on, knows less than the server or as much, and the file is never ahead of the database."""
    log = Log(tmp_path / "checkpoints")
    events = log.write(3)
    _sequence_again(log)
    events += log.write(3)
    reached: list[str] = []

    def sequence() -> None:
        with as_role("sequencer"):
            log.sequencer().run_once()

    for number, name in steps(sequence, kill=own_server.kill):
        reached.append(name)
        own_server.start()
        _sequence_again(log)
        numbered = _numbered(own_server.execute, log)
        assert numbered == [event.id for event in events], (number, name)
        assert _signed(log) == len(events), (number, name)
        events += log.write(3)
    assert {"before commit", "half-way through commit", "after commit", "before fsync"} <= set(
        reached
    )
    print(f"PostgreSQL killed at {len(reached)} steps of the sequencer: {len(events)} events")


@pytest.mark.slow
def test_postgresql_killed_while_web_and_sequencer_work(own_server, tmp_path):
    """What was told to be committed is there afterwards, and numbered once; what was not told is there or not."""
    log = Log(tmp_path / "checkpoints")
    told: set[UUID] = set()
    tried: set[UUID] = set()
    guard = threading.Lock()
    stop = threading.Event()

    def writer(seed: int) -> None:
        mine = Log(log.folder, log.municipality_id, log.agency_id)
        while not stop.is_set():
            event = mine.event()
            with guard:
                tried.add(event.id)
            try:
                with transaction.atomic():
                    enter(log.municipality_id, log.agency_id)
                    write([event])
            except DatabaseError:
                connection.close()
                time.sleep(0.05)
            else:
                with guard:
                    told.add(event.id)
        connection.close()

    dice = random.Random(12)
    environment = dict(os.environ) | local.variables("sequencer")
    url = f"postgresql://127.0.0.1:{own_server.server.port}/sspf_killed"
    sequencer = _start(
        log, environment | {"SSPF_DATABASE_URL": url, "SSPF_DATABASE_ROLE": "sequencer"}
    )
    threads = [threading.Thread(target=writer, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(6):
            before = len(told)
            _wait(sequencer, partial(lambda least: len(told) > least, before + 20))
            time.sleep(dice.random() / 3)
            own_server.kill()
            own_server.start()
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
        sequencer.send_signal(signal.SIGTERM)
        sequencer.wait(40)
        output = sequencer.communicate(timeout=60)[0]
    assert "Traceback" not in output
    assert "the database does not answer" in output
    _sequence_again(log)
    numbered = _numbered(own_server.execute, log)
    assert len(set(numbered)) == len(numbered)
    assert told <= set(numbered) <= tried
    assert _signed(log) == len(numbered)
    print(f"PostgreSQL killed 6 times at work: {len(told)} told, {len(numbered)} numbered")

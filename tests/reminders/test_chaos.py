"""Two workers, two beats and two ticks on servers of their own, all of which are killed and paused: nothing is lost.

`make chaos` does the same for five minutes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from reminders import claim, delivery
from sspf import local
from sspf.processes import free_port
from tests.chaos import run
from tests.chaos.servers import Servers, own_folder, servers

pytestmark = pytest.mark.slow


@pytest.fixture
def folder() -> Iterator[Path]:
    with own_folder() as made:
        yield made


@pytest.fixture
def own_servers(
    folder: Path,
    superuser_conninfo: str,
    template_database: str,
    django_db_setup: None,
    django_db_blocker: pytest.FixtureRequest,
    *,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Servers]:
    """Django's connection is to them until the test is over."""
    from django.conf import settings
    from django.db import connection

    # What `Place.enter` changes in this process is what it was for the tests that come after.
    for where, names in (
        (settings, ("EMAIL_BACKEND", "EMAIL_HOST", "EMAIL_PORT", "EMAIL_TIMEOUT")),
        (claim, ("LEASE",)),
        (delivery, ("MAIL_LEASE", "PATIENCE_SECONDS")),
    ):
        for name in names:
            monkeypatch.setattr(where, name, getattr(where, name))
    before = dict(connection.settings_dict)
    like = make_conninfo(superuser_conninfo, dbname=template_database)
    with servers(folder, like=like) as own, django_db_blocker.unblock():  # type: ignore[attr-defined]
        try:
            yield own
        finally:
            connection.close()
            connection.settings_dict.update(before)


def test_nothing_is_lost_while_everything_is_killed(own_servers: Servers, folder: Path) -> None:
    place = run.place_for(own_servers, folder, smtp_port=free_port(), slow=0.02)
    outcome = run.run(own_servers, place, deadlines=150, seconds=12, seed=20261123)
    assert outcome.kills >= 3, outcome.faults
    assert len(outcome.acknowledged) == 150
    assert (outcome.lost, outcome.unfinished, outcome.notices_doubled) == (0, 0, 0)
    assert outcome.outside_the_window == 0
    assert outcome.unknown_mails == 0


def test_what_a_run_has_started_ends_with_it_even_by_kill_9_and_paused(tmp_path: Path) -> None:
    run_of_its_own = subprocess.Popen(
        [sys.executable, "-m", "tests.chaos.holding", tmp_path],
        cwd=local.ROOT,
        env=os.environ | {"SSPF_ENV": "test", "DJANGO_SETTINGS_MODULE": "sspf.settings"},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert run_of_its_own.stdout is not None
        group = int(run_of_its_own.stdout.readline())
        # It has its pool when it looks for the broker.
        log = tmp_path / "worker.log"
        until(lambda: log.exists() and "Cannot connect" in log.read_text())
        assert len(members(group)) == 2
        os.killpg(group, signal.SIGSTOP)
    finally:
        run_of_its_own.kill()
        run_of_its_own.communicate(timeout=10)
    try:
        until(lambda: members(group) == [])
    finally:
        for left in members(group):
            os.kill(left, signal.SIGKILL)


def members(group: int) -> list[int]:
    """The processes of the group that have not ended."""
    found = list[int]()
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _parent, theirs = file.read_text().rpartition(")")[2].split()[:3]
            if int(theirs) == group and state not in "ZX":
                found.append(int(file.parent.name))
    return found


def until(true: Callable[[], bool]) -> None:
    stop_at = time.monotonic() + 45
    while not true():
        assert time.monotonic() < stop_at, "it did not happen in time"
        time.sleep(0.1)

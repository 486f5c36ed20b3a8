"""Two workers, two beats and two ticks on servers of their own, all of which are killed and paused: nothing is lost.

`make chaos` does the same for five minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

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
) -> Iterator[Servers]:
    """Django's connection is to them until the test is over."""
    from django.db import connection

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

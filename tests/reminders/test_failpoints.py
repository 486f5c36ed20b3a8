"""All combinations of a point in the delivery and a fault there, each in a process of its own (security.md §4.3)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from reminders.failpoint import Point
from sspf import local
from tests.chaos import failpoints
from tests.chaos.failpoints import Fault
from tests.chaos.mail_server import MailServer
from tests.chaos.people import colleagues, owe
from tests.chaos.place import Place
from tests.reminders.conftest import Owing, at, free_port

pytestmark = pytest.mark.slow


def test_nothing_is_lost_and_only_a_mail_that_was_taken_unseen_comes_twice(
    owing: Owing, superuser_conninfo: str, committed: str, tmp_path: Path
) -> None:
    people = iter(colleagues(owing.actor, len(Point) * len(Fault)))
    server = MailServer(tmp_path)
    port = free_port()
    server.start(port)
    place = Place(
        superuser=make_conninfo(superuser_conninfo, dbname=committed),
        passwords=local.ensure().passwords,
        folder=tmp_path,
        smtp_port=port,
        mail_timeout=0.3,
    )
    due_on = date(2027, 1, 20)
    try:
        results = list(
            failpoints.all_of(
                place,
                at=at(2027, 1, 20, 8, 0),
                owe=lambda: owe(owing.actor, people, due_on=due_on),
            )
        )
    finally:
        server.stop()
    assert [r for r in results if not r.reached] == []
    wrong = [r for r in results if r.told != failpoints.expected(r.point, r.fault)]
    assert wrong == []
    assert len(results) == 15 * 8

"""Many notices in one transaction, beside people who end and move what is being told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, timedelta
from threading import Thread
from typing import Any

import psycopg
import pytest
from django.db import connection

from access.models import Membership
from access.request_transaction import work
from reminders import engine, failpoint
from reminders.failpoint import Point
from reminders.models import Notice, Reminder
from reminders.services import finish
from tests.cast import Cast
from tests.reminders.conftest import MailServer, Owing, at

AsWorker = Callable[[], AbstractContextManager[None]]
DUE = date(2027, 1, 20)
DUE_MORNING = at(2027, 1, 20, 8, 0)


@pytest.fixture(autouse=True)
def nothing_planted() -> Iterator[None]:
    yield
    failpoint.plant(None)


@pytest.mark.parametrize("environment", ["production", "demo"])
def test_nothing_can_be_planted_outside_the_tests(settings: Any, environment: str) -> None:
    settings.ENVIRONMENT = environment
    with pytest.raises(failpoint.NotATest):
        failpoint.plant(lambda _point: None)
    failpoint.reach(Point.CLAIM_BEFORE)


def test_who_ends_it_while_it_is_being_told_waits_and_then_takes_it_out_of_the_inbox(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    deadline = owing.deadline(DUE)
    ended = list[bool]()

    def end() -> None:
        with work(owing.actor):
            ended.append(finish(kind="follow_up_due", subject_id=deadline.subject_id))
        connection.close()

    threads = list[Thread]()

    def act(point: Point) -> None:
        if point is Point.INBOX_LET_GO:
            threads.append(Thread(target=end, daemon=True))
            threads[0].start()
            threads[0].join(timeout=1.5)  # longer than PostgreSQL needs to see a deadlock
            assert ended == []

    failpoint.plant(act)
    with as_worker():
        assert engine.tick(DUE_MORNING)["delivered"] == 1
    threads[0].join(timeout=20)
    assert ended == [True]
    with work(owing.actor):
        assert not Notice.objects.filter(done_at=None).exists()


def test_what_somebody_is_changing_right_now_comes_a_moment_later(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer, superuser: psycopg.Connection
) -> None:
    deadline = owing.deadline(DUE)
    with as_worker():
        with superuser.transaction():
            superuser.execute("SELECT 1 FROM reminders_deadline FOR UPDATE")
            assert "delivered" not in engine.tick(DUE_MORNING)
        assert engine.tick(DUE_MORNING + timedelta(seconds=5))["delivered"] == 1
    assert owing.statuses(deadline)[0] == "sent"


def test_two_notices_about_one_thing_in_one_batch_leave_the_newer_open(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer, committed_cast: Cast
) -> None:
    # The coordinator is responsible, and as nobody leads the agency also told in the manager's place.
    deadline = owing.deadline(DUE)
    Membership.objects.filter(role="manager").update(ends_on=date(2027, 1, 1))
    with work(owing.actor):
        Reminder.objects.filter(deadline=deadline, stage=0).update(fire_at=at(2027, 2, 3, 9, 0))
        Reminder.objects.filter(deadline=deadline, stage=3).update(status="cancelled")
    with as_worker():
        assert engine.tick(at(2027, 2, 3, 9, 0))["delivered"] == 2
    with work(owing.actor):
        assert Notice.objects.filter(deadline=deadline).count() == 2
        assert Notice.objects.filter(deadline=deadline, done_at=None).count() == 1

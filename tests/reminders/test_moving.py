"""What a date's third move owes the manager: once for each such move, whatever becomes of the date afterwards."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import psycopg
import pytest

from access.models import Membership
from access.request_transaction import work
from reminders import engine, operations
from reminders.models import Deadline, MoveReason, Notice, Reminder
from reminders.reconciler import reconcile
from reminders.services import cancel, finish, move, reassign
from tests.cast import Cast
from tests.reminders.conftest import MailServer, Owing, at
from tests.reminders.test_pages import main_of

AsWorker = Callable[[], AbstractContextManager[None]]
DUE = date(2027, 2, 1)
NOW = at(2027, 1, 4, 9, 0)
OFTEN = "Ett datum i din enhet flyttas gång på gång"


class Moving:
    """A date of the coordinator's that is moved, and what the manager has of it."""

    def __init__(self, owing: Owing, as_worker: AsWorker) -> None:
        self.owing, self.as_worker = owing, as_worker
        self.deadline = owing.deadline(DUE)
        self.kind, self.subject = self.deadline.kind, self.deadline.subject_id

    def moved(self, times: int) -> None:
        for _time in range(times):
            with work(self.owing.actor):
                self.deadline.refresh_from_db()
                day = self.deadline.due_on + timedelta(days=1)
                move(
                    kind=self.kind,
                    subject_id=self.subject,
                    due_on=day,
                    reason=MoveReason.WAITING,
                )

    def tick(self, hours: int = 0) -> None:
        with self.as_worker():
            engine.tick(NOW + timedelta(hours=hours))

    def told(self) -> tuple[int, int]:
        """How many notices of a move the unit's manager has been given, and how many of them lie open."""
        with work(self.owing.actor):
            rows = Notice.objects.filter(deadline=self.deadline, text="moved_often")
            assert {one.membership.role for one in rows} <= {"manager"}
            return rows.count(), rows.filter(done_at=None).count()


@pytest.fixture
def moving(owing: Owing, as_worker: AsWorker, mail_server: MailServer) -> Moving:
    return Moving(owing, as_worker)


def inbox(cast: Cast) -> str:
    return main_of(cast.client("chef").get("/inkorg/").content.decode())


@pytest.mark.parametrize(("times", "owed"), [(2, 0), (3, 1), (4, 2), (6, 4)])
def test_moves_before_a_tick_are_each_told_once_from_the_third_on(
    moving: Moving, committed_cast: Cast, times: int, owed: int
) -> None:
    moving.moved(times)
    for hours in range(3):
        moving.tick(hours)
        # The newest stands for those before it.
        assert moving.told() == (owed, min(owed, 1))
    assert inbox(committed_cast).count(OFTEN) == min(owed, 1)


def test_moves_with_a_tick_between_them_are_told_as_often(moving: Moving) -> None:
    for number, owed in enumerate([0, 0, 1, 2]):
        moving.moved(1)
        moving.tick(number)
        assert moving.told() == (owed, min(owed, 1))


@pytest.mark.parametrize("before", [True, False])
def test_a_task_that_is_done_takes_nothing_of_it_away(
    moving: Moving, committed_cast: Cast, before: bool
) -> None:
    moving.moved(3)
    if not before:
        moving.tick()
    with work(moving.owing.actor):
        assert finish(kind=moving.kind, subject_id=moving.subject)
    moving.tick(1)
    moving.tick(2)
    assert moving.told() == (1, 1)
    text = inbox(committed_cast)
    assert OFTEN in text
    assert "En dag flyttades tredje gången eller mer innan uppgiften blev gjord." in text
    with work(moving.owing.actor):
        notice = Notice.objects.get(deadline=moving.deadline, text="moved_often")
    assert committed_cast.client("chef").post(f"/inkorg/{notice.pk}/sett/").status_code == 302
    assert moving.told() == (1, 0)
    assert OFTEN not in inbox(committed_cast)


def test_what_is_done_is_not_shown_as_late(
    moving: Moving, committed_cast: Cast, superuser: psycopg.Connection
) -> None:
    moving.moved(3)
    moving.tick()
    superuser.execute("UPDATE reminders_deadline SET due_on = '2025-01-07'")
    assert "dagar sent" in inbox(committed_cast)
    with work(moving.owing.actor):
        finish(kind=moving.kind, subject_id=moving.subject)
    assert "dagar sent" not in inbox(committed_cast)


@pytest.mark.parametrize("before", [True, False])
def test_what_is_called_off_is_silent_at_once(moving: Moving, before: bool) -> None:
    moving.moved(3)
    if not before:
        moving.tick()
    with work(moving.owing.actor):
        assert cancel(kind=moving.kind, subject_id=moving.subject)
    moving.tick(1)
    assert moving.told() == (0 if before else 1, 0)
    with moving.as_worker():
        assert reconcile() == {}


def test_who_is_given_the_task_meanwhile_changes_nothing_of_it(
    moving: Moving, committed_cast: Cast
) -> None:
    moving.moved(3)
    with work(moving.owing.actor):
        reassign(
            kind=moving.kind,
            subject_id=moving.subject,
            responsible=committed_cast.membership("socialsekreterare").id,
        )
    moving.tick()
    assert moving.told() == (1, 1)


def test_a_date_that_is_late_too_is_told_of_beside_it(
    moving: Moving, committed_cast: Cast, superuser: psycopg.Connection
) -> None:
    """After an outage both are due at once: neither stands for the other."""
    moving.moved(3)
    superuser.execute("UPDATE reminders_reminder SET fire_at = %(at)s, next_at = %(at)s WHERE stage = 14", {"at": NOW})  # fmt: skip
    moving.tick()
    with work(moving.owing.actor):
        shown = Notice.objects.filter(done_at=None, membership__role="manager")
        assert sorted(shown.values_list("text", flat=True)) == ["late_in_unit", "moved_often"]
    text = inbox(committed_cast)
    assert OFTEN in text
    assert "En försenad uppgift i din enhet" in text


def test_the_reconciler_knows_that_it_is_owed_and_until_when(
    moving: Moving, superuser: psycopg.Connection
) -> None:
    moving.moved(4)
    with moving.as_worker():
        assert reconcile() == {}
    with work(moving.owing.actor):
        finish(kind=moving.kind, subject_id=moving.subject)
    with moving.as_worker():
        assert reconcile() == {}
    superuser.execute("UPDATE reminders_deadline SET state = 'cancelled'")
    with moving.as_worker():
        assert reconcile() == {"stray": 2}
    moving.tick()
    assert moving.told() == (0, 0)


def test_with_nobody_to_tell_it_is_an_alarm_that_can_be_tried_again(
    moving: Moving, committed_cast: Cast
) -> None:
    leading = Membership.objects.filter(
        agency_id=moving.owing.actor.agency_id, role__in=("manager", "coordinator")
    )
    days = dict(leading.values_list("pk", "ends_on"))
    leading.update(ends_on=date(2027, 1, 1))
    moving.moved(3)
    moving.tick()
    moving.moved(1)
    with moving.as_worker():
        assert reconcile() == {"nobody": 1}
    with work(moving.owing.actor):
        dead = Reminder.objects.get(status="dead")
    for pk, day in days.items():
        Membership.objects.filter(pk=pk).update(ends_on=day)
    administrator = committed_cast.actor("administrator")
    with work(administrator):
        assert [one.id for one in operations.state().dead] == [dead.pk]
        operations.retry(dead.pk)
    moving.tick(1)
    assert moving.told() == (2, 1)
    with work(moving.owing.actor):
        assert Deadline.objects.get().moves == 4

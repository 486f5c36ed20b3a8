"""What somebody does in the inbox: why a notice came, putting off, read and unread, done; and who is told of moves."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.models import Membership
from access.request_transaction import work
from reminders import calendar, engine
from reminders.inbox import inbox_of
from reminders.models import Deadline, MoveReason, Notice
from reminders.services import TooLate, latest_snooze, move, next_told_move, snooze
from tests.cast import Cast
from tests.reminders.conftest import MailServer, Owing, at
from tests.reminders.test_pages import TUESDAY, main_of, owe, tell

NOW = at(2026, 11, 24, 10, 0)
travel = time_machine.travel(NOW, tick=False)


@travel
def test_each_notice_says_by_which_rule_it_came_and_equal_ones_stand_together(cast: Cast) -> None:
    actor = cast.actor("koordinator")
    numbers = ["S-ONE", "S-TWO"]
    deadlines = [owe(actor, TUESDAY, label=number) for number in numbers]
    with work(actor):
        for deadline in deadlines:
            tell(deadline, actor)
    text = main_of(cast.client("koordinator").get("/inkorg/").content.decode())
    rule = "Kom på sista dagen. Rutin: ett öppet ärende har alltid ett nästa datum."
    assert text.count(rule) == 2
    assert text.count("Det ska göras i dag, och du är ansvarig.") == 1
    assert all(number in text for number in numbers)


@travel
def test_the_inbox_costs_as_many_questions_whatever_lies_in_it(cast: Cast) -> None:
    actor, costs = cast.actor("koordinator"), []
    for numbers in (range(1), range(1, 6)):
        for number in numbers:
            deadline = owe(actor, TUESDAY, label=f"S-{number}")
            with work(actor):
                tell(deadline, actor)
        with work(actor), CaptureQueriesContext(connection) as asked:
            inbox_of(actor, today=TUESDAY, chosen="")
        costs.append(len(asked))
    # The notices; whom their numbers are about; and conflicts of interest. Protected persons, where there are any, are two more.
    assert costs == [3, 3]


@travel
def test_put_off_is_hidden_counted_and_back_on_its_day_and_never_past_the_last_one(
    cast: Cast,
) -> None:
    actor = cast.actor("koordinator")
    deadline = owe(actor, date(2026, 11, 26), label="S-MINE")
    with work(actor):
        notice = tell(deadline, actor)
    client = cast.client("koordinator")
    there = f"/inkorg/{notice.id}/senare/"
    wrong = client.post(there, {"day": "2026-11-27"})
    assert wrong.status_code == 422
    assert "Välj en dag senast torsdag 26 november." in wrong.content.decode()
    assert 'value="2026-11-27"' in wrong.content.decode()
    assert client.post(there, {"day": "snart"}).status_code == 422
    assert client.post(there, {"until": "2026-11-26"}).status_code == 302
    assert "S-MINE" not in main_of(client.get("/inkorg/").content.decode())
    assert "S-MINE" in main_of(client.get("/inkorg/?visa=uppskjutna").content.decode())
    with work(actor):
        # The task, its date and what is still to be sent are as they were.
        deadline.refresh_from_db()
        assert (deadline.due_on, deadline.version, deadline.moves) == (date(2026, 11, 26), 1, 0)
        assert deadline.reminders.filter(status="pending").exists()
        shown = inbox_of(actor, today=date(2026, 11, 26), chosen="")
        assert [row.number for group in shown.groups for row in group.rows] == ["S-MINE"]


@travel
@pytest.mark.parametrize("day", ["0001-01-01", "2026-11-23", "2026-11-24"])
def test_a_day_that_is_not_ahead_is_refused_and_changes_nothing(cast: Cast, day: str) -> None:
    actor = cast.actor("koordinator")
    deadline = owe(actor, date(2026, 11, 26), label="S-MINE")
    with work(actor):
        notice = tell(deadline, actor)
    client, there = cast.client("koordinator"), f"/inkorg/{notice.id}/senare/"
    assert client.post(there, {"until": "2026-11-25"}).status_code == 302
    for way in ("until", "day"):
        wrong = client.post(there, {way: day})
        assert wrong.status_code == 422
        assert "Välj en dag efter i dag, senast torsdag 26 november." in wrong.content.decode()
    with work(actor):
        notice.refresh_from_db()
        assert notice.snoozed_until == date(2026, 11, 25)


def test_what_is_late_is_put_off_to_the_next_working_day_at_most() -> None:
    friday = date(2026, 11, 27)
    assert latest_snooze(date(2026, 11, 20), today=friday) == date(2026, 11, 30)
    assert latest_snooze(date(2026, 12, 24), today=friday) == date(2026, 12, 24)
    late = Notice(deadline=Deadline(due_on=date(2026, 11, 20)))
    with pytest.raises(TooLate):
        snooze(notice=late, until=date(2026, 12, 1), today=friday)


@travel
def test_read_and_unread_are_counted_and_change_nothing_else(cast: Cast) -> None:
    actor = cast.actor("koordinator")
    deadline = owe(actor, TUESDAY, label="S-MINE")
    with work(actor):
        notice = tell(deadline, actor)
    client = cast.client("koordinator")
    for read, shown in (("1", False), ("0", True)):
        assert client.post(f"/inkorg/{notice.id}/last/", {"read": read}).status_code == 302
        text = main_of(client.get("/inkorg/?visa=olasta").content.decode())
        assert ("S-MINE" in text) is shown
        assert "S-MINE" in main_of(client.get("/inkorg/").content.decode())
    for who in ("chef", "socialsekreterare"):
        for act in ("last", "senare", "klart"):
            assert cast.client(who).post(f"/inkorg/{notice.id}/{act}/").status_code == 404


@travel
def test_a_task_that_needs_words_is_not_done_from_the_inbox(cast: Cast) -> None:
    actor = cast.actor("koordinator")
    deadline = owe(actor, TUESDAY, label="S-MINE")
    with work(actor):
        notice = tell(deadline, actor)
    client = cast.client("koordinator")
    assert "/klart/" not in client.get("/inkorg/").content.decode()
    assert client.post(f"/inkorg/{notice.id}/klart/").status_code == 404
    with work(actor):
        deadline.refresh_from_db()
        assert deadline.state == "open"


def test_the_third_move_is_told_to_the_manager_and_said_before(
    owing: Owing,
    as_worker: Callable[[], AbstractContextManager[None]],
    mail_server: MailServer,
) -> None:
    with work(owing.actor):
        worker = Membership.objects.get(
            user__demo_cast="socialsekreterare", municipality_id=owing.actor.municipality_id
        )
    deadline = owing.deadline(date(2027, 2, 1), responsible=worker.pk, subject_id=uuid4())
    told = []
    for number in range(3):
        with work(owing.actor):
            told.append(next_told_move(kind=deadline.kind, subject_id=deadline.subject_id))
            move(
                kind=deadline.kind,
                subject_id=deadline.subject_id,
                due_on=date(2027, 2, 2) + timedelta(days=number),
                reason=MoveReason.WAITING,
            )
        with as_worker():
            engine.tick(at(2027, 1, 4, 9, 0))
        with work(owing.actor):
            got = Notice.objects.filter(deadline=deadline, text="moved_often").count()
            assert got == (1 if number == 2 else 0)
    assert told == [0, 0, 3]
    with work(owing.actor):
        notice = Notice.objects.get(deadline=deadline, text="moved_often")
        assert notice.membership.role == "manager"
    assert mail_server.mails == []


def test_what_no_room_speaks_for_stays_out_of_the_calendar(cast: Cast) -> None:
    actor = cast.actor("koordinator")
    owe(actor, TUESDAY, label="S-NOBODYS")  # no case has that number
    owe(actor, TUESDAY, label="O-1", kind="concern_unanswered")
    safe = owe(actor, TUESDAY, label="I-1", kind="task_due")
    with work(actor):
        assert calendar.dates_of(actor) == [safe]

"""The day's only mail counts kinds: what is hidden from whoever it goes to is not counted, at whichever moment it was hidden."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, timedelta

import psycopg
import pytest
from django.utils import timezone

from access.request_transaction import work
from cases.models import Case
from reminders import choice_rules, engine
from reminders.choice_rules import DAILY, Chosen
from reminders.failpoint import Point, plant
from reminders.models import Deadline
from reminders.services import finish
from reminders.services.choice import choose
from tests.cases import steps
from tests.cast import Cast
from tests.reminders.conftest import MailServer, Owing, at
from tests.reminders.test_choices import body

AsWorker = Callable[[], AbstractContextManager[None]]
DUE = date(2027, 1, 20)
MORNING = at(2027, 1, 20, 8, 0)
ROW = choice_rules.allowed(DUE, municipality="1495")


@pytest.fixture
def owed(owing: Owing, committed_cast: Cast) -> Case:
    """A case whose follow-up the coordinator is mailed about on the day, with a task of their own; one mail a day."""
    steps.tell(committed_cast.client("larare"))
    coordinator = committed_cast.client("koordinator")
    steps.take(coordinator, steps.first_link(coordinator, "/inkommet/", "/inkommet/"))
    daily = Chosen(way=DAILY, digest_hour=8, start=7, end=18)
    with work(owing.actor):
        case = Case.objects.get()
        for earlier in Deadline.objects.filter(state="open"):
            finish(kind=earlier.kind, subject_id=earlier.subject_id)
        choose(actor=owing.actor, chosen=daily, row=ROW, seen="", now=timezone.now())
    owing.deadline(DUE, kind="task_due", label="")
    owing.deadline(DUE + timedelta(days=1), label=case.number)
    return case


@pytest.fixture
def bar(superuser: psycopg.Connection) -> Callable[[], None]:
    """Somebody's details become protected, and nobody is named for them."""

    def now() -> None:
        superuser.execute("UPDATE cases_person SET protection = 'marked'")

    return now


@pytest.fixture(autouse=True)
def nothing_planted() -> Iterator[None]:
    yield
    plant(None)


def counted(mail_server: MailServer) -> list[str]:
    """The lines that count, of the only mail to the coordinator."""
    (sent,) = (one for one in mail_server.mails if one["To"] == "koordinator@sspf.example")
    return [line for line in body(sent).splitlines() if line.startswith("- ")]


def test_what_is_not_hidden_is_counted(
    owed: Case, as_worker: AsWorker, mail_server: MailServer
) -> None:
    with as_worker():
        assert engine.tick(MORNING)["accepted"] == 1
    assert counted(mail_server) == ["- 1 uppföljning", "- 1 uppgift"]


@pytest.mark.parametrize("when", ["before", "claimed", "refused once"])
def test_what_is_hidden_is_not_counted_whenever_it_was_hidden(
    owed: Case,
    bar: Callable[[], None],
    as_worker: AsWorker,
    mail_server: MailServer,
    when: str,
) -> None:
    def hide(point: Point) -> None:
        if point is Point.CLAIM_KEPT:
            bar()

    if when == "before":
        bar()
    elif when == "claimed":
        plant(hide)
    with as_worker():
        if when == "refused once":
            mail_server.answer = "451 later"
            assert engine.tick(MORNING)["deferred"] >= 1
            bar()
            mail_server.answer = "250 OK"
        engine.tick(MORNING + timedelta(minutes=1))
    assert counted(mail_server) == ["- 1 uppgift"]

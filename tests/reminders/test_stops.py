"""It stops at once: done, closed, moved, reassigned or erased, also between the claim and the sending."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from uuid import uuid4

import psycopg
import pytest

from access.actor import Actor
from access.request_transaction import work
from reminders import engine
from reminders.claim import claim_due
from reminders.delivery import deliver
from reminders.models import Deadline, MoveReason, Notice, Reminder
from reminders.services import cancel, finish, move, reassign, set_deadline
from tests.cast import Cast
from tests.reminders.conftest import MailServer, Owing, at

AsWorker = Callable[[], AbstractContextManager[None]]
Stop = Callable[[Deadline], None]
DUE, LATER = date(2027, 1, 20), date(2027, 3, 1)
DUE_MORNING = at(2027, 1, 20, 8, 0)


@pytest.fixture(params=["done", "closed", "moved", "reassigned", "erased"])
def stop(
    request: pytest.FixtureRequest,
    owing: Owing,
    committed_cast: Cast,
    superuser: psycopg.Connection,
) -> Stop:
    """Ends what the deadline owed to the responsible person, in one of the ways there are."""
    other = committed_cast.membership("socialsekreterare-utanfor").id

    def end(deadline: Deadline) -> None:
        kind, subject_id = deadline.kind, deadline.subject_id
        with work(owing.actor):
            match request.param:
                case "done":
                    finish(kind=kind, subject_id=subject_id)
                case "closed":  # and a consent that ends, and a case that stands still: each cancels its subject
                    cancel(subject_id=subject_id)
                case "moved":
                    move(kind=kind, subject_id=subject_id, due_on=LATER, reason=MoveReason.AGREED)
                case "reassigned":
                    reassign(kind=kind, subject_id=subject_id, responsible=other)
        if request.param == "erased":
            for table in ("notice", "attempt", "letter", "reminder", "deadline"):
                superuser.execute(f"DELETE FROM reminders_{table}")

    return end


def told(owing: Owing) -> list[object]:
    """Those who have been told and whose notice still stands."""
    with work(owing.actor):
        return list(Notice.objects.filter(done_at=None).values_list("membership_id", flat=True))


def test_nothing_more_comes_to_whom_it_was_for(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer, stop: Stop
) -> None:
    stop(owing.deadline(DUE, kind="task_due"))
    with as_worker():
        engine.tick(DUE_MORNING)
    assert owing.actor.membership_id not in told(owing)
    assert "koordinator@sspf.example" not in mail_server.receivers


def test_nothing_comes_after_it_was_claimed_either(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer, stop: Stop
) -> None:
    deadline = owing.deadline(DUE, kind="task_due")
    with as_worker(), work(owing.actor):
        batch = claim_due(now=DUE_MORNING)
    assert {claimed.channel for claimed in batch} == {"inapp", "mail"}
    stop(deadline)
    with as_worker():
        assert [deliver(one, actor=owing.actor, now=DUE_MORNING) for one in batch] == [None, None]
    assert told(owing) == []
    assert mail_server.mails == []


def test_what_stood_in_the_inbox_is_gone(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer, stop: Stop
) -> None:
    deadline = owing.deadline(DUE, kind="task_due")
    with as_worker():
        engine.tick(at(2027, 1, 17, 8, 0))
    assert told(owing) == [owing.actor.membership_id]
    stop(deadline)
    assert told(owing) == []


def test_somebodys_own_commitment_reminds_the_adult_they_chose_and_nobody_when_it_is_done(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer, committed_cast: Cast
) -> None:
    chosen: Actor = committed_cast.actor("socialsekreterare")
    assert chosen.membership_id
    subjects = [uuid4(), uuid4()]
    for subject in subjects:
        owing.deadline(
            DUE, kind="own_commitment", responsible=chosen.membership_id, subject_id=subject
        )
    with work(owing.actor):
        finish(kind="own_commitment", subject_id=subjects[0])
    with as_worker():
        engine.tick(at(2027, 1, 17, 8, 0))
        engine.tick(DUE_MORNING)
        engine.tick(at(2027, 4, 1, 8, 0))
    with work(owing.actor):
        notices = Notice.objects.order_by("created_at").values_list("text", "membership_id")
        assert list(notices) == [
            ("theirs_soon", chosen.membership_id),
            ("theirs_today", chosen.membership_id),
        ]
    assert mail_server.receivers == ["socialsekreterare@sspf.example"]


def test_what_is_superseded_after_an_outage_is_said_in_the_log(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer, superuser: psycopg.Connection
) -> None:
    owing.deadline(DUE)
    with as_worker():
        engine.tick(at(2027, 1, 25, 9, 0))
    logged = superuser.execute(
        "SELECT basis, case_number FROM audit.event WHERE action = 'reminder.superseded'"
    ).fetchall()
    with work(owing.actor):
        superseded = Reminder.objects.filter(status="superseded").values_list("channel", flat=True)
        assert sorted(logged) == sorted((channel, "S-7F3K-2M") for channel in superseded)
    assert len(logged) == 4


def test_after_an_outage_a_person_with_many_late_things_gets_one_mail(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    for number in range(6):
        owing.deadline(date(2027, 1, 18 + number % 3), kind="task_due")
    with as_worker():
        engine.tick(at(2027, 1, 25, 9, 0))
    assert len(mail_server.mails) == 1
    assert len(told(owing)) == 6


def test_the_manager_is_told_number_colleague_and_days_in_the_inbox_and_never_by_mail(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer, committed_cast: Cast
) -> None:
    """S13, and what the page behind the notice shows stands in test_pages."""
    manager = committed_cast.membership("chef")
    with work(owing.actor):
        set_deadline(
            kind="follow_up_due",
            subject_id=uuid4(),
            label="S-1",
            route="case_detail",
            responsible=committed_cast.membership("socialsekreterare").id,
            due_on=DUE,
        )
    with as_worker():
        for day in (20, 23, 27):
            engine.tick(at(2027, 1, day, 8, 0))
        assert manager.id not in told(owing)
        engine.tick(at(2027, 2, 3, 8, 0))
    assert manager.id in told(owing)
    assert manager.user.email not in mail_server.receivers

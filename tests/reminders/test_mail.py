"""E-mail: at least once with the same Message-ID, within hours, and without a word about anybody."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import date
from email.header import decode_header, make_header
from threading import Event, Thread

import psycopg
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings as django_settings
from django.db import connection
from pytest_django import Settings

from access.models import Agency, Membership, Municipality, Unit, User
from access.request_transaction import work
from reminders import engine
from reminders.models import Attempt, Reminder
from tests.cast import Cast
from tests.reminders.conftest import MailServer, Owing, at

AsWorker = Callable[[], AbstractContextManager[None]]
DUE = date(2027, 1, 20)
DUE_MORNING = at(2027, 1, 20, 8, 0)


def mail_of(owing: Owing, *, kind: str = "task_due", stage: int = 0) -> Reminder:
    with work(owing.actor):
        return Reminder.objects.get(deadline__kind=kind, channel="mail", stage=stage)


def tries(owing: Owing) -> list[tuple[str, int | None]]:
    with work(owing.actor):
        return list(
            Attempt.objects.filter(reminder__channel="mail").values_list("outcome", "smtp_code")
        )


@pytest.fixture
def task(owing: Owing) -> Owing:
    owing.deadline(DUE, kind="task_due")
    return owing


FOOT = [
    "Här står aldrig vem eller vad det gäller, för att skydda dem det handlar om.",
    "När mejlen ska komma väljer du under Dina påminnelser i SSPF.",
    "Mejlet skickas av sig självt och går inte att svara på.",
]


def test_the_mail_says_nothing_about_anybody(
    task: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    with as_worker():
        engine.tick(DUE_MORNING)
    (mail,) = mail_server.mails
    assert str(make_header(decode_header(mail["Subject"]))) == "Du har något att göra i SSPF"
    body = mail.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert body.decode().splitlines() == [
        "Du har något att göra i SSPF. Logga in för att se vad.",
        "",
        django_settings.BASE_URL,
        "",
        *FOOT,
    ]
    assert max(map(len, body.decode().splitlines())) <= 78
    everything = mail.as_string().replace(str(mail["To"]), "").casefold() + body.decode().casefold()
    said = [
        "S-7F3K-2M",
        "task",
        "uppgift",
        *Municipality.objects.values_list("name", flat=True),
        *Agency.objects.values_list("name", flat=True),
        *Unit.objects.values_list("name", flat=True),
        *User.objects.values_list("name", flat=True),
    ]
    assert [word for word in said if word.casefold() in everything] == []
    assert set(mail.keys()) == {
        "Content-Type",
        "MIME-Version",
        "Content-Transfer-Encoding",
        "Subject",
        "From",
        "To",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "Content-Language",
    }


@pytest.mark.parametrize(
    "answers", [("451 4.3.0 later", "250 OK", 451), ("250 OK", "450 4.2.1 later", 450)]
)
def test_a_mail_server_that_says_later_is_tried_again_with_the_same_message_id(
    task: Owing, as_worker: AsWorker, mail_server: MailServer, answers: tuple[str, str, int]
) -> None:
    mail_server.answer, mail_server.recipient_answer, code = answers
    with as_worker():
        assert engine.tick(DUE_MORNING)["deferred"] == 1
        mail_server.answer = mail_server.recipient_answer = "250 OK"
        assert engine.tick(DUE_MORNING) == {}  # not before its time
        assert engine.tick(at(2027, 1, 20, 8, 1)) == {"accepted": 1}
    assert tries(task) == [
        ("started", None),
        ("deferred", code),
        ("started", None),
        ("accepted", 250),
    ]
    assert len(mail_server.mails) == 1


def test_waiting_grows_to_at_most_half_an_hour(
    task: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    mail_server.answer = "451 later"
    waits = []
    moment = DUE_MORNING
    with as_worker():
        for _number in range(8):
            engine.tick(moment)
            again = mail_of(task).next_at
            waits.append(round((again - moment).total_seconds() / 60))
            moment = again
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]


def test_an_emergencys_mail_goes_at_night_and_is_tried_again_at_night(
    task: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    """domain.md §6.5: everybody else's waits until Monday, 07."""
    night = at(2027, 1, 24, 2, 0)
    task.deadline(date(2027, 2, 1), kind="break_glass_review")
    mail_server.answer = "451 later"
    with as_worker():
        engine.tick(night)
    emergency = mail_of(task, kind="break_glass_review", stage=-3)
    assert emergency.next_at == at(2027, 1, 24, 2, 1)
    assert mail_of(task).next_at == at(2027, 1, 25, 7, 0)
    mail_server.answer = "250 OK"
    with as_worker():
        engine.tick(emergency.next_at)
    assert len(mail_server.mails) == 1
    assert mail_of(task, kind="break_glass_review", stage=-3).status == Reminder.Status.SENT
    assert mail_of(task).status == Reminder.Status.PENDING


@pytest.mark.parametrize(
    "answers", [("554 5.7.1 no", "250 OK", 554), ("250 OK", "550 5.1.1 unknown", 550)]
)
def test_a_refusal_for_good_is_dead_and_visible_and_the_inbox_still_has_it(
    task: Owing,
    as_worker: AsWorker,
    mail_server: MailServer,
    caplog: pytest.LogCaptureFixture,
    answers: tuple[str, str, int],
) -> None:
    mail_server.answer, mail_server.recipient_answer, code = answers
    with as_worker():
        assert engine.tick(DUE_MORNING) == {"delivered": 1, "refused": 1}
        assert engine.tick(at(2027, 1, 20, 17, 0)) == {}
    assert mail_of(task).status == "dead"
    (alarm,) = [r for r in caplog.records if r.name == "reminders"]
    assert alarm.levelname == "ERROR"
    assert f"code {code}" in alarm.getMessage()
    assert "@" not in alarm.getMessage()


def test_a_line_that_breaks_after_the_mail_was_taken_gives_one_more_with_the_same_message_id(
    task: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    mail_server.answer = None
    with as_worker():
        assert engine.tick(DUE_MORNING)["uncertain"] == 1
        assert mail_of(task).status == "unknown"
        mail_server.answer = "250 OK"
        assert engine.tick(at(2027, 1, 20, 8, 1)) == {"accepted": 1}
    first, second = mail_server.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert mail_of(task).status == "sent"


def test_with_the_mail_server_down_the_mail_waits_and_the_notice_comes(
    task: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    mail_server.stop()
    with as_worker():
        assert engine.tick(DUE_MORNING) == {"delivered": 1, "deferred": 1}
    assert mail_of(task).status == "pending"


def test_a_claim_that_ran_out_after_the_mail_left_is_unknown_and_sent_again_with_the_same_id(
    task: Owing, as_worker: AsWorker, mail_server: MailServer, superuser: psycopg.Connection
) -> None:
    with as_worker():
        engine.tick(DUE_MORNING)
        # As if the worker had died before it could write that the mail server said 250.
        superuser.execute(
            "UPDATE reminders_reminder SET status = 'claimed', claim = gen_random_uuid(),"
            " lease_until = now() - interval '1 s' WHERE channel = 'mail' AND stage = 0"
        )
        superuser.execute("UPDATE reminders_letter SET state = 'started', accepted_at = NULL")
        assert engine.tick(DUE_MORNING) == {"accepted": 1}
    assert len({mail["Message-ID"] for mail in mail_server.mails}) == 1
    assert len(mail_server.mails) == 2


def test_a_mail_left_over_from_the_day_is_not_sent_at_night(
    task: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    with as_worker():
        assert engine.tick(at(2027, 1, 22, 19, 0)) == {"delivered": 1}  # Friday evening
        assert mail_server.mails == []
        assert mail_of(task).next_at == at(2027, 1, 25, 7, 0)
        assert engine.tick(at(2027, 1, 25, 7, 0))["accepted"] == 1


def test_nor_is_one_to_a_units_mailbox_where_nobody_has_chosen_hours(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer, committed_cast: Cast
) -> None:
    gone = committed_cast.membership("socialsekreterare")
    owing.deadline(DUE, kind="task_due", responsible=gone.id)
    Unit.objects.filter(pk=gone.unit_id).update(mailbox="barn-och-unga@sspf.example")
    Membership.objects.filter(pk=gone.id).update(ends_on=date(2027, 1, 1))
    with as_worker():
        assert engine.tick(at(2027, 1, 22, 19, 0)) == {"delivered": 1}  # Friday evening
        assert engine.tick(at(2027, 1, 25, 7, 0))["accepted"] == 1
    assert mail_server.receivers == ["barn-och-unga@sspf.example"]


class HoldsTheFirst(MailServer):
    """Says nothing about the first mail until it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.holds, self.go_on = Event(), Event()

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if not self.holds.is_set():
            self.holds.set()
            await asyncio.get_running_loop().run_in_executor(None, self.go_on.wait, 30)
        return await super().handle_DATA(server, session, envelope)


def several_mails(owing: Owing) -> None:
    for colleague in owing.colleagues(4):
        owing.deadline(DUE, kind="task_due", responsible=colleague)


def test_a_mail_server_slower_than_the_batchs_lease_gets_each_mail_once(
    owing: Owing,
    as_worker: AsWorker,
    superuser: psycopg.Connection,
    mail_server: MailServer,
    settings: Settings,
) -> None:
    """While one worker waits with the first mail, the lease of the other three is over, and another worker sends them."""
    several_mails(owing)
    slow = HoldsTheFirst()
    settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = slow.start(), 30
    counted = list[Mapping[str, int]]()

    def run() -> None:
        counted.append(engine.tick(DUE_MORNING))
        connection.close()

    try:
        with as_worker():
            waiting = Thread(target=run, daemon=True)
            waiting.start()
            assert slow.holds.wait(30)
            # A minute later: what was claimed with the batch is over, the mail that is being sent has a lease of its own.
            superuser.execute(
                "UPDATE reminders_reminder SET lease_until = lease_until - interval '61 s' WHERE status = 'claimed'"
            )
            assert engine.tick(DUE_MORNING) == {"accepted": 3}
            slow.go_on.set()
            waiting.join(30)
    finally:
        slow.go_on.set()
        slow.stop()
    assert counted == [{"delivered": 4, "accepted": 1}]
    ids = [mail["Message-ID"] for mail in slow.mails]
    assert len(ids) == len(set(ids)) == 4
    with work(owing.actor):
        assert Attempt.objects.filter(outcome="started").count() == 4


def test_when_the_time_is_over_the_mails_left_are_given_back_untried(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    several_mails(owing)
    # Each look at the clock costs ten of the tick's forty-five seconds: the batch, then three mails.
    monkeypatch.setattr(engine, "time", Ages(10.0))
    with as_worker():
        assert engine.tick(DUE_MORNING) == {"delivered": 4, "accepted": 3}
    with work(owing.actor):
        (left,) = Reminder.objects.filter(channel="mail", stage=0).exclude(status="sent")
        assert (left.status, left.attempts, left.claim) == ("pending", 0, None)
    monkeypatch.undo()
    with as_worker():
        assert engine.tick(DUE_MORNING) == {"accepted": 1}


class Ages:
    """A clock that goes `step` seconds at each look."""

    def __init__(self, step: float) -> None:
        self._step, self._now = step, 0.0

    def monotonic(self) -> float:
        self._now += self._step
        return self._now

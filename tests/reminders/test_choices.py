"""What people choose: one mail for several reminders, one a day, hours, none; and what nobody can turn off."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from email.message import Message
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from access.models import Membership
from access.request_transaction import work
from reminders import choice_rules, engine, mail, texts
from reminders.choice_rules import DAILY, INAPP, Chosen
from reminders.models import Letter, Reminder
from reminders.rules import RuleError, rules
from reminders.services.choice import NotAllowed, choose
from tests.reminders.conftest import MailServer, Owing, at
from tests.reminders.test_mail import FOOT

AsWorker = Callable[[], AbstractContextManager[None]]
DUE = date(2027, 1, 20)  # a Wednesday
MORNING = at(2027, 1, 20, 8, 0)
ROW = choice_rules.allowed(DUE, municipality="1495")
DAY = timedelta(days=1)


def chosen(**changes: object) -> Chosen:
    base = {"way": "at_once", "digest_hour": 8, "start": 7, "end": 18}
    return Chosen(**(base | changes))  # type: ignore[arg-type]  # the keys are those above


def wants(owing: Owing, **changes: object) -> None:
    with work(owing.actor):
        choose(actor=owing.actor, chosen=chosen(**changes), row=ROW, seen="", now=timezone.now())


def body(sent: Message) -> str:
    payload = sent.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def statuses(owing: Owing) -> list[str]:
    with work(owing.actor):
        rows = Reminder.objects.filter(channel="mail", fire_at__lte=MORNING)
        return sorted(rows.values_list("status", flat=True))


def test_equal_mails_of_one_minute_are_one(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    for _number in range(3):
        owing.deadline(DUE, kind="task_due")
    with as_worker():
        assert engine.tick(MORNING) == {"delivered": 3, "accepted": 1, "joined": 2}
    assert len(mail_server.mails) == 1
    assert statuses(owing) == ["sent"] * 3


def test_a_mail_that_failed_is_no_mail_for_the_others(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    for _number in range(2):
        owing.deadline(DUE, kind="task_due")
    mail_server.answer = "451 later"
    with as_worker():
        assert engine.tick(MORNING) == {"delivered": 2, "deferred": 2}
        mail_server.answer = "250 OK"
        assert engine.tick(MORNING + timedelta(minutes=1)) == {"accepted": 1, "joined": 1}
    assert len(mail_server.mails) == 1


def test_once_a_day_is_one_mail_that_counts_kinds_and_names_nothing(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    wants(owing, way=DAILY, digest_hour=10)
    for _number in range(2):
        owing.deadline(DUE, kind="task_due")
    owing.deadline(DUE + DAY)  # a follow-up: its day before is the 20th
    with as_worker():
        assert engine.tick(MORNING) == {"delivered": 3}
        assert mail_server.mails == []
        assert engine.tick(at(2027, 1, 20, 10, 0)) == {"accepted": 1, "joined": 2}
        # What comes due after the day's mail waits for the next working day's.
        owing_later = engine.tick(at(2027, 1, 20, 16, 0))
    assert owing_later == {}
    (sent,) = mail_server.mails
    assert body(sent).splitlines() == [
        "Det här väntar på dig i SSPF:",
        "- 1 uppföljning",
        "- 2 uppgifter",
        "",
        "Logga in för att se mer.",
        "",
        settings.BASE_URL,
        "",
        *FOOT,
    ]
    assert "S-7F3K-2M" not in sent.as_string() + body(sent)


def test_a_substitutes_mail_of_the_day_counts_what_they_stand_in_for(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    wants(owing, way=DAILY, digest_hour=8)
    (colleague,) = owing.colleagues(1)
    owing.deadline(DUE, kind="task_due", responsible=colleague)
    Membership.objects.filter(pk=colleague).update(ends_on=DUE - DAY)
    with as_worker():
        assert engine.tick(MORNING) == {"delivered": 1, "accepted": 1}
    (sent,) = mail_server.mails
    assert "- 1 uppgift" in body(sent).splitlines()


def test_what_comes_after_the_days_mail_waits_for_the_next(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    wants(owing, way=DAILY, digest_hour=8)
    owing.deadline(DUE, kind="task_due")
    with as_worker():
        assert engine.tick(MORNING) == {"delivered": 1, "accepted": 1}
    late = owing.deadline(DUE, kind="task_due")
    with work(owing.actor):
        Reminder.objects.filter(deadline=late, channel="mail", stage=0).update(
            fire_at=at(2027, 1, 20, 9, 0), next_at=at(2027, 1, 20, 9, 0)
        )
    with as_worker():
        engine.tick(at(2027, 1, 20, 9, 0))
        with work(owing.actor):
            row = Reminder.objects.get(deadline=late, channel="mail", stage=0)
        assert (row.status, row.next_at) == ("pending", at(2027, 1, 21, 8, 0))
        assert len(mail_server.mails) == 1
        engine.tick(at(2027, 1, 21, 8, 0))
    first, second = mail_server.mails
    assert first["Message-ID"] != second["Message-ID"]
    with work(owing.actor):
        assert sorted(Letter.objects.values_list("slot", flat=True)) == [
            "dag 2027-01-20",
            "dag 2027-01-21",
        ]


def test_the_days_mail_that_may_have_gone_is_sent_again_with_the_same_id(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    wants(owing, way=DAILY)
    for _number in range(2):
        owing.deadline(DUE, kind="task_due")
    mail_server.answer = None
    with as_worker():
        assert engine.tick(MORNING) == {"delivered": 2, "uncertain": 1}
        mail_server.answer = "250 OK"
        assert engine.tick(MORNING + timedelta(minutes=1)) == {"accepted": 1, "joined": 1}
    assert len({sent["Message-ID"] for sent in mail_server.mails}) == 1


def test_in_the_inbox_only_means_no_mail_but_every_notice(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    wants(owing, way=INAPP)
    owing.deadline(DUE, kind="task_due")
    with as_worker():
        assert engine.tick(MORNING) == {"delivered": 1}
    assert (mail_server.mails, statuses(owing)) == ([], ["superseded"])


def test_the_own_hours_hold_the_mail_back_until_they_begin(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    wants(owing, start=10, end=15, digest_hour=10)
    owing.deadline(DUE, kind="task_due")
    with as_worker():
        assert engine.tick(MORNING) == {"delivered": 1}
        assert engine.tick(at(2027, 1, 20, 9, 59)) == {}
        assert engine.tick(at(2027, 1, 20, 10, 0)) == {"accepted": 1}


def test_what_cannot_be_turned_off_comes_at_once_whatever_is_chosen(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    wants(owing, way=INAPP, start=16, end=17, digest_hour=16)
    owing.deadline(DUE, kind="consent_exception")
    with as_worker():
        counts = engine.tick(MORNING)
    assert (counts["accepted"], len(mail_server.mails)) == (1, 1)


def test_a_choice_that_the_table_does_not_allow_is_refused(owing: Owing) -> None:
    for wrong in ({"start": 5}, {"end": 20}, {"way": "never"}, {"start": 12, "digest_hour": 8}):
        with work(owing.actor), pytest.raises(NotAllowed):
            choose(actor=owing.actor, chosen=chosen(**wrong), row=ROW, seen="", now=timezone.now())


def test_the_municipalitys_own_row_goes_before_the_general_one() -> None:
    general = choice_rules.table()[0]
    rows = choice_rules.compile_choices(
        {"allowed": [row("", 2025, ["at_once", "daily", "inapp"]), row("1495", 2026, ["at_once"])]}
    )
    assert choice_rules.allowed(DUE, municipality="1495", rows=rows).ways == ("at_once",)
    assert choice_rules.allowed(DUE, municipality="1471", rows=rows).ways == general.ways
    assert choice_rules.allowed(date(2025, 8, 1), municipality="1495", rows=rows).ways == (
        general.ways
    )
    # Somebody who chose "never" before the row was narrowed gets mail from that day on.
    narrowed = choice_rules.within(rows[1], chosen(way=INAPP))
    assert narrowed.way == "at_once"
    with pytest.raises(RuleError):
        choice_rules.allowed(date(2020, 1, 1), municipality="1495")


@pytest.mark.parametrize("wrong", [{"hours": [5, 18]}, {"default": "pigeon"}, {"digest_hour": 18}])
def test_a_table_that_allows_more_than_the_law_is_not_taken(wrong: dict[str, object]) -> None:
    with pytest.raises(RuleError):
        choice_rules.compile_choices({"allowed": [row("", 2025, ["at_once"]) | wrong]})


def row(municipality: str, year: int, ways: list[str]) -> dict[str, object]:
    return {
        "valid_from": date(year, 1, 1),
        "municipality": municipality,
        "basis": "Rutin",
        "default": "at_once",
        "ways": ways,
        "always_mail": ["police_request"],
        "hours": [7, 18],
        "digest_hour": 8,
        "sms": True,
        "calendar": True,
    }


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (
            at(2027, 3, 26, 9, 0),
            at(2027, 3, 30, 8, 0),
        ),  # Good Friday to Easter Monday; summer time in between
        (
            at(2026, 10, 23, 9, 0),
            at(2026, 10, 26, 8, 0),
        ),  # over the night when the clock is put back
        (at(2026, 12, 24, 7, 0), at(2026, 12, 28, 8, 0)),
        (at(2027, 1, 20, 8, 0), at(2027, 1, 20, 8, 0)),
    ],
)
def test_the_days_mail_keeps_its_hour_over_holidays_and_changed_clocks(
    moment: datetime, expected: datetime
) -> None:
    assert choice_rules.next_digest(chosen(), moment) == expected
    assert choice_rules.next_hours(chosen(start=8, end=9), moment) == expected


def test_every_kind_has_a_word_for_the_days_mail_and_the_calendar() -> None:
    kinds = {timer.kind for timer in rules().timers}
    assert set(texts.COUNTED) == kinds
    assert set(texts.COUNTED.values()) == set(texts.COUNT_WORDS) == set(texts.EVENT_WORDS)
    assert {kind for one in choice_rules.table() for kind in one.always_mail} <= kinds
    counts = {"consent_expires": 1, "consent_awaited": 1, "meeting_near": 1}
    assert mail.in_words(counts) == ["2 samtycken", "1 möte"]


def test_a_colleagues_mail_is_a_mail_of_its_own(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    colleague = (
        Membership.objects.filter(agency_id=owing.actor.agency_id, role="social_worker")
        .exclude(pk=owing.actor.member)
        .first()
    )
    assert colleague
    owing.deadline(DUE, kind="task_due")
    owing.deadline(DUE, kind="task_due", responsible=colleague.pk, subject_id=uuid4())
    with as_worker():
        assert engine.tick(MORNING)["accepted"] == 2
    assert len(set(mail_server.receivers)) == 2

"""Who takes the reminders of somebody who is away, and who may say so."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
from django.utils import timezone

from access import door
from access.models import Membership, Unit
from access.policy import Action
from access.request_transaction import work
from reminders import engine
from reminders.models import Absence, Notice
from reminders.services import (
    NotAStandIn,
    NotYours,
    WrongDays,
    end_absence,
    note_absence,
    stand_ins,
)
from tests.cast import Cast
from tests.reminders.conftest import MailServer, Owing, at

AsWorker = Callable[[], AbstractContextManager[None]]
DUE = date(2027, 1, 20)
DUE_MORNING = at(2027, 1, 20, 8, 0)


def away(
    cast: Cast,
    who: str,
    *,
    substitute: str | None,
    by: str | None = None,
    from_day: date = DUE - timedelta(days=2),
    to_day: date = DUE + timedelta(days=2),
) -> Absence:
    """`who` is away around the due day, as written by `by` (themselves if not given)."""
    actor = cast.actor(by or who)
    with work(actor):
        return note_absence(
            actor=actor,
            membership=cast.membership(who),
            from_day=from_day,
            to_day=to_day,
            substitute=cast.membership(substitute) if substitute else None,
            now=timezone.now(),
        )


def who_was_told(owing: Owing) -> list[object]:
    with work(owing.actor):
        return [n.membership_id for n in Notice.objects.all()]


@pytest.fixture
def theirs(owing: Owing, committed_cast: Cast) -> Owing:
    """What the social worker is responsible for."""
    worker = committed_cast.membership("socialsekreterare")
    owing.deadline(DUE, kind="task_due", responsible=worker.id)
    return owing


def tick(as_worker: AsWorker) -> None:
    with as_worker():
        engine.tick(DUE_MORNING)


def test_the_substitute_gets_both_notice_and_mail(
    theirs: Owing, as_worker: AsWorker, mail_server: MailServer, committed_cast: Cast
) -> None:
    away(committed_cast, "socialsekreterare", substitute="socialsekreterare-utanfor")
    tick(as_worker)
    substitute = committed_cast.membership("socialsekreterare-utanfor")
    assert who_was_told(theirs) == [substitute.id]
    assert mail_server.receivers == [substitute.user.email]


@pytest.mark.parametrize("days", [(-9, -1), (1, 9)])
def test_before_and_after_those_days_it_is_the_responsible_person(
    theirs: Owing,
    as_worker: AsWorker,
    mail_server: MailServer,
    committed_cast: Cast,
    days: tuple[int, int],
) -> None:
    away(
        committed_cast,
        "socialsekreterare",
        substitute="socialsekreterare-utanfor",
        from_day=DUE + timedelta(days=days[0]),
        to_day=DUE + timedelta(days=days[1]),
    )
    tick(as_worker)
    assert who_was_told(theirs) == [committed_cast.membership("socialsekreterare").id]


def test_whoever_is_back_early_gets_them_again(
    theirs: Owing, as_worker: AsWorker, mail_server: MailServer, committed_cast: Cast
) -> None:
    row = away(committed_cast, "socialsekreterare", substitute="socialsekreterare-utanfor")
    actor = committed_cast.actor("socialsekreterare")
    with work(actor):
        opened = door.open_one(actor, Absence, row.pk, action=Action.WRITE, lock=True)
        end_absence(actor=actor, absence=opened, now=timezone.now())
    tick(as_worker)
    assert who_was_told(theirs) == [actor.membership_id]


def test_a_substitute_who_is_away_too_passes_it_on(
    theirs: Owing, as_worker: AsWorker, mail_server: MailServer, committed_cast: Cast
) -> None:
    away(committed_cast, "socialsekreterare", substitute="socialsekreterare-utanfor")
    away(committed_cast, "socialsekreterare-utanfor", substitute="chef")
    tick(as_worker)
    assert who_was_told(theirs) == [committed_cast.membership("chef").id]


def test_two_who_stand_in_for_each_other_and_are_both_away_leave_it_to_the_coordinator(
    theirs: Owing, as_worker: AsWorker, mail_server: MailServer, committed_cast: Cast
) -> None:
    away(committed_cast, "socialsekreterare", substitute="socialsekreterare-utanfor")
    away(committed_cast, "socialsekreterare-utanfor", substitute="socialsekreterare")
    tick(as_worker)
    assert who_was_told(theirs) == [committed_cast.membership("koordinator").id]


def test_without_a_substitute_the_mail_goes_to_the_units_mailbox_and_the_notice_to_the_coordinator(
    theirs: Owing, as_worker: AsWorker, mail_server: MailServer, committed_cast: Cast
) -> None:
    away(committed_cast, "socialsekreterare", substitute=None)
    unit = committed_cast.membership("socialsekreterare").unit_id
    Unit.objects.filter(pk=unit).update(mailbox="barn-och-unga@sspf.example")
    tick(as_worker)
    assert who_was_told(theirs) == [committed_cast.membership("koordinator").id]
    assert mail_server.receivers == ["barn-och-unga@sspf.example"]
    payload = mail_server.mails[0].get_payload(decode=True)
    assert isinstance(payload, bytes)
    text = payload.decode()
    assert text.splitlines()[0] == "Någon i er enhet är borta och har något att göra i SSPF."
    # A mailbox has no settings of its own, and nobody's name is said to it.
    assert "Dina påminnelser" not in text
    assert committed_cast.membership("socialsekreterare").user.name not in text
    assert max(map(len, text.splitlines())) <= 78


def test_a_coordinator_who_is_away_is_passed_over(
    theirs: Owing, as_worker: AsWorker, mail_server: MailServer, committed_cast: Cast
) -> None:
    away(committed_cast, "socialsekreterare", substitute=None)
    away(committed_cast, "koordinator", substitute=None)
    tick(as_worker)
    assert who_was_told(theirs) == [committed_cast.membership("chef").id]


def test_seven_days_late_the_substitute_is_told_beside_the_responsible_person(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer, committed_cast: Cast
) -> None:
    owing.deadline(DUE, responsible=committed_cast.membership("socialsekreterare").id)
    with as_worker():
        engine.tick(at(2027, 1, 23, 8, 0))
        engine.tick(at(2027, 1, 27, 8, 0))
    told = [committed_cast.membership(who).id for who in ("koordinator", "socialsekreterare")]
    assert who_was_told(owing) == told


def test_who_may_say_that_somebody_is_away(committed_cast: Cast) -> None:
    away(committed_cast, "socialsekreterare", substitute=None, by="chef")
    for by in ("koordinator", "larare"):
        with pytest.raises(NotYours):
            away(committed_cast, "socialsekreterare", substitute=None, by=by)


def test_a_substitute_is_a_colleague_who_is_there_all_those_days(committed_cast: Cast) -> None:
    for nobody in ("larare", "gotene-koordinator", "socialsekreterare", "administrator"):
        with pytest.raises(NotAStandIn):
            away(committed_cast, "socialsekreterare", substitute=nobody)
    leaving = committed_cast.membership("socialsekreterare-utanfor")
    Membership.objects.filter(pk=leaving.pk).update(ends_on=DUE)
    with pytest.raises(NotAStandIn):
        away(committed_cast, "socialsekreterare", substitute="socialsekreterare-utanfor")
    offered = stand_ins(
        committed_cast.membership("socialsekreterare"), from_day=DUE, to_day=DUE + timedelta(days=1)
    )
    assert leaving not in offered
    units = [
        one.unit_id == committed_cast.membership("socialsekreterare").unit_id for one in offered
    ]
    assert units == sorted(units, reverse=True)


def test_the_last_day_is_not_before_the_first(committed_cast: Cast) -> None:
    with pytest.raises(WrongDays):
        away(
            committed_cast,
            "socialsekreterare",
            substitute=None,
            from_day=DUE,
            to_day=DUE - timedelta(days=1),
        )

"""The reconciler finds what was lost, left behind or held too long: rows are corrupted and each finding is seen."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import psycopg
import pytest
from django.utils import timezone

from access.models import Membership
from access.request_transaction import work
from reminders import engine
from reminders.models import Deadline, Finding, Heartbeat
from reminders.reconciler import reconcile
from reminders.services import finish
from reminders.working_days import local_date
from tests.reminders.conftest import MailServer, Owing, at

AsWorker = Callable[[], AbstractContextManager[None]]
DUE = date(2027, 1, 20)


def found(as_worker: AsWorker) -> dict[str, int]:
    with as_worker():
        return dict(reconcile())


def open_findings(owing: Owing) -> list[str]:
    with work(owing.actor):
        return list(Finding.objects.filter(gone_at=None).values_list("check_name", flat=True))


@pytest.fixture
def deadline(owing: Owing) -> Deadline:
    return owing.deadline(DUE)


def test_what_the_services_make_is_whole_for_every_timer(owing: Owing, as_worker: AsWorker) -> None:
    from reminders.rules import rules

    for kind in sorted({timer.kind for timer in rules().timers}):
        owing.deadline(local_date(timezone.now()) + timedelta(days=40), kind=kind)
    assert found(as_worker) == {}
    with as_worker():
        assert Heartbeat.objects.filter(queue="reconciler").exists()


CORRUPTIONS = [
    ("incomplete", "DELETE FROM reminders_reminder WHERE stage = -7"),
    ("incomplete", "UPDATE reminders_reminder SET stage = 9 WHERE stage = 0"),
    ("incomplete", "UPDATE reminders_reminder SET recipient = 'manager' WHERE stage = 3"),
    ("incomplete", "UPDATE reminders_reminder SET channel = 'mail' WHERE stage = 0"),
    ("incomplete", "UPDATE reminders_deadline SET kind = 'never_heard_of'"),
    ("overdue", "UPDATE reminders_reminder SET next_at = now() - interval '6 minutes' WHERE stage = 0"),
    ("overdue", "UPDATE reminders_reminder SET next_at = now() - interval '6 minutes', status = 'unknown' WHERE stage = 0"),
    ("stuck", "UPDATE reminders_reminder SET status = 'claimed', claim = gen_random_uuid(), lease_until = now() - interval '61 s' WHERE stage = 0"),
    ("stray", "UPDATE reminders_deadline SET state = 'done', closed_at = now()"),
]  # fmt: skip


@pytest.fixture(
    params=CORRUPTIONS, ids=[f"{check} {n}" for n, (check, _) in enumerate(CORRUPTIONS)]
)
def check(request: pytest.FixtureRequest, deadline: Deadline, superuser: psycopg.Connection) -> str:
    """The check that must find it, the rows having been corrupted."""
    name, statement = request.param
    superuser.execute(statement)
    return str(name)


def test_each_corruption_is_found_once_and_told(
    owing: Owing, as_worker: AsWorker, caplog: pytest.LogCaptureFixture, check: str
) -> None:
    seen = found(as_worker)
    assert set(seen) == {check}
    assert open_findings(owing) == [check] * seen[check]
    assert found(as_worker) == {}
    (alarm,) = [r for r in caplog.records if r.name == "reminders" and r.levelname == "ERROR"]
    assert check in alarm.getMessage()
    assert "S-7F3K-2M" not in alarm.getMessage()


def test_a_reminder_of_another_version_is_none_and_stray(
    deadline: Deadline, as_worker: AsWorker, superuser: psycopg.Connection
) -> None:
    superuser.execute("UPDATE reminders_reminder SET version = 2 WHERE stage = -7")
    assert found(as_worker) == {"incomplete": 1, "stray": 1}


NOT_YET = [
    "UPDATE reminders_reminder SET next_at = now() - interval '4 minutes' WHERE stage = 0",
    "UPDATE reminders_reminder SET status = 'claimed', claim = gen_random_uuid(), lease_until = now() - interval '50 s' WHERE stage = 0",
    "UPDATE reminders_reminder SET status = 'sent', next_at = now() - interval '1 day' WHERE stage = 0",
]  # fmt: skip


@pytest.mark.parametrize("statement", NOT_YET)
def test_what_is_on_its_way_is_no_finding(
    deadline: Deadline, as_worker: AsWorker, superuser: psycopg.Connection, statement: str
) -> None:
    superuser.execute(statement)
    assert found(as_worker) == {}


def test_what_is_mended_is_gone_and_can_be_found_again(
    owing: Owing, deadline: Deadline, as_worker: AsWorker, superuser: psycopg.Connection
) -> None:
    late = "UPDATE reminders_reminder SET next_at = now() - interval '6 minutes' WHERE stage = 0"
    superuser.execute(late)
    found(as_worker)
    superuser.execute("UPDATE reminders_reminder SET next_at = now() + interval '1 day'")
    assert found(as_worker) == {}
    assert open_findings(owing) == []
    superuser.execute(late)
    assert found(as_worker) == {"overdue": 1}


def test_when_nobody_could_take_it_there_is_an_alarm_until_the_deadline_is_done(
    owing: Owing, deadline: Deadline, as_worker: AsWorker, mail_server: MailServer
) -> None:
    Membership.objects.filter(agency_id=owing.actor.agency_id).update(ends_on=date(2027, 1, 1))
    with as_worker():
        engine.tick(at(2027, 1, 20, 8, 0))
    assert found(as_worker) == {"nobody": 2}  # the notice and the mail
    with work(owing.actor):
        finish(kind="follow_up_due", subject_id=deadline.subject_id)
    assert found(as_worker) == {}
    assert open_findings(owing) == []


def test_many_deadlines_are_looked_at_in_turn_and_what_was_found_stays_found(
    owing: Owing, as_worker: AsWorker, superuser: psycopg.Connection
) -> None:
    for _number in range(24):
        owing.deadline(DUE, kind="task_due")
    superuser.execute("DELETE FROM reminders_reminder WHERE stage = 3")
    superuser.execute("ANALYZE reminders_deadline")
    seen = list[int]()
    with as_worker():
        for _turn in range(4):
            seen.append(reconcile(at_once=6)["incomplete"])
            assert len(open_findings(owing)) == sum(seen)
        assert sum(seen) == 24
        assert max(seen) < 24
        assert reconcile(at_once=6) == {}


def test_another_agency_sees_no_finding(
    owing: Owing,
    deadline: Deadline,
    as_worker: AsWorker,
    superuser: psycopg.Connection,
    committed_cast: object,
) -> None:
    superuser.execute("DELETE FROM reminders_reminder WHERE stage = -7")
    found(as_worker)
    from tests.cast import Cast

    assert isinstance(committed_cast, Cast)
    with work(committed_cast.actor("larare")):
        assert not Finding.objects.exists()

"""When the rules, the holidays or the time zone data change, what is still to come is counted anew, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest
from django.utils import timezone

from access.request_transaction import work
from reminders.models import Deadline, Reminder
from reminders.reconciler import reconcile
from reminders.rules_version import counted_with
from reminders.services.recount import recount_everywhere
from sspf import local
from tests.reminders.conftest import Owing, at

AsWorker = Callable[[], AbstractContextManager[None]]
DUE = date(2027, 1, 20)


def when(owing: Owing, deadline: Deadline, stage: int) -> datetime:
    with work(owing.actor):
        return Reminder.objects.get(deadline=deadline, stage=stage, channel="inapp").fire_at


@pytest.fixture
def deadline(owing: Owing) -> Deadline:
    return owing.deadline(DUE)


def test_a_deadline_knows_with_what_it_was_counted(owing: Owing, deadline: Deadline) -> None:
    with work(owing.actor):
        deadline.refresh_from_db()
    assert deadline.planned_with == counted_with()
    assert {part.split()[0] for part in counted_with().split(", ")} == {"tz", "holidays", "rules"}


def test_nothing_is_counted_while_nothing_has_changed(
    deadline: Deadline, as_worker: AsWorker
) -> None:
    with as_worker():
        assert recount_everywhere(now=timezone.now()) == 0


def test_other_time_zone_data_move_what_is_to_come_and_leave_what_was_sent(
    owing: Owing, deadline: Deadline, as_worker: AsWorker, superuser: psycopg.Connection
) -> None:
    """As if the data had said another hour when these were counted."""
    superuser.execute(
        "UPDATE reminders_reminder SET fire_at = fire_at + interval '1 hour', next_at = next_at + interval '1 hour'"
    )
    superuser.execute("UPDATE reminders_reminder SET status = 'sent' WHERE stage = -7")
    with as_worker():
        assert recount_everywhere(now=at(2027, 1, 14), version="tz new") == 1
        assert recount_everywhere(now=at(2027, 1, 14), version="tz new") == 0
    assert when(owing, deadline, 0) == at(2027, 1, 20, 8)
    assert when(owing, deadline, 3) == at(2027, 1, 23, 8)
    assert when(owing, deadline, -7) == at(2027, 1, 13, 9)
    with work(owing.actor):
        assert Reminder.objects.filter(deadline=deadline).count() == 9
        assert Deadline.objects.get(pk=deadline.pk).version == 1


def test_a_process_with_other_time_zone_data_counts_anew_and_keeps_eight_on_the_wall(
    owing: Owing,
    deadline: Deadline,
    as_worker: AsWorker,
    environment_of: Callable[[str], dict[str, str]],
    tmp_path: Path,
) -> None:
    """As if summer time had been made to last all year; then the old data come back."""
    zone = tmp_path / "Europe" / "Stockholm"
    zone.parent.mkdir()
    zone.write_bytes(files("tzdata").joinpath("zoneinfo", "Etc", "GMT-2").read_bytes())
    subprocess.run(
        [
            sys.executable,
            "manage.py",
            "shell",
            "-c",
            "from reminders import tasks; tasks.recount()",
        ],
        cwd=local.ROOT,
        env=environment_of("worker") | {"PYTHONTZPATH": str(tmp_path)},
        check=True,
        timeout=120,
    )
    assert when(owing, deadline, 0) == datetime(2027, 1, 20, 6, tzinfo=UTC)
    with as_worker():
        assert recount_everywhere(now=timezone.now()) == 1
    assert when(owing, deadline, 0) == at(2027, 1, 20, 8)


def test_a_stage_that_a_new_rule_adds_is_added_and_one_that_it_drops_is_dropped(
    owing: Owing, deadline: Deadline, as_worker: AsWorker, superuser: psycopg.Connection
) -> None:
    """As if the rule had had no stage on the day itself, and one five days after."""
    superuser.execute("DELETE FROM reminders_reminder WHERE stage = 0")
    superuser.execute(
        "UPDATE reminders_reminder SET stage = 5 WHERE stage = 3 AND channel = 'inapp'"
    )
    with as_worker():
        assert reconcile() == {"incomplete": 1}
        recount_everywhere(now=timezone.now(), version="rules new")
        assert reconcile() == {}
    assert owing.statuses(deadline) == {
        -7: "pending", -1: "pending", 0: "pending", 3: "pending", 5: "superseded", 7: "pending", 14: "pending",
    }  # fmt: skip


def test_a_stage_whose_time_has_passed_is_put_on_record_and_not_sent(
    owing: Owing, deadline: Deadline, as_worker: AsWorker, superuser: psycopg.Connection
) -> None:
    superuser.execute("DELETE FROM reminders_reminder WHERE stage = -7")
    with as_worker():
        recount_everywhere(now=at(2027, 1, 15), version="rules new")
    assert owing.statuses(deadline)[-7] == "superseded"


def test_what_is_done_is_not_counted(owing: Owing, deadline: Deadline, as_worker: AsWorker) -> None:
    from reminders.services import finish

    with work(owing.actor):
        finish(kind="follow_up_due", subject_id=deadline.subject_id)
    with as_worker():
        assert recount_everywhere(now=timezone.now() + timedelta(days=1), version="tz new") == 0

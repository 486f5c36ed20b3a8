"""The clock guard: what counts as a jump, that nothing is claimed meanwhile, and when it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest

from reminders import clock, engine
from reminders.clock import Reading, halted, trusted_now
from reminders.models import Clock
from reminders.working_days import local_date
from tests.reminders.conftest import MailServer, Owing

AsWorker = Callable[[], AbstractContextManager[None]]
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


@pytest.fixture(autouse=True)
def worker(as_worker: AsWorker) -> Iterator[None]:
    with as_worker():
        yield


def at(now: datetime, *, ran: timedelta, host: str = "a") -> bool:
    """Whether the clock is trusted when it shows `now`, the machine having run for that long."""
    return trusted_now(lambda: Reading(host, ran.total_seconds(), now)) is not None


def test_a_clock_that_goes_with_the_machine_is_trusted_after_an_outage_of_any_length() -> None:
    assert at(START, ran=HOUR)
    assert at(START + 60 * HOUR, ran=61 * HOUR)
    assert halted() == ""


@pytest.mark.parametrize(
    ("jump", "trusted"), [(HOUR, True), (HOUR + SECOND, False), (90000 * HOUR, False)]
)
def test_more_than_an_hour_ahead_halts(jump: timedelta, trusted: bool) -> None:
    at(START, ran=HOUR)
    assert at(START + SECOND + jump, ran=HOUR + SECOND) is trusted
    assert halted() == ("" if trusted else "forward")


@pytest.mark.parametrize(
    ("jump", "trusted"), [(5 * SECOND, True), (6 * SECOND, False), (HOUR, False)]
)
def test_more_than_five_seconds_back_halts(jump: timedelta, trusted: bool) -> None:
    at(START, ran=HOUR)
    assert at(START - jump, ran=HOUR) is trusted
    assert halted() == ("" if trusted else "back")


def test_another_machines_earlier_clock_is_a_step_back_too() -> None:
    at(START, ran=HOUR)
    assert not at(START - HOUR, ran=HOUR, host="b")
    assert at(START + SECOND, ran=HOUR, host="b")


def test_it_goes_on_by_itself_when_the_clock_is_right_again() -> None:
    at(START, ran=HOUR)
    assert not at(START + 3 * HOUR, ran=HOUR + SECOND)
    assert not at(START + 3 * HOUR, ran=HOUR + 2 * SECOND)
    assert at(START + 3 * SECOND, ran=HOUR + 3 * SECOND)
    assert halted() == ""


def test_a_machine_that_starts_anew_has_nothing_to_compare_with_but_what_was_seen() -> None:
    at(START, ran=HOUR)
    assert at(START + 9 * HOUR, ran=SECOND, host="b")


def test_a_machine_that_starts_anew_lifts_no_halt() -> None:
    at(START, ran=HOUR)
    assert not at(START + 3 * HOUR, ran=HOUR + SECOND)
    assert not at(START + 3 * HOUR + SECOND, ran=SECOND, host="b")
    assert halted() == "forward"
    # Right again: both go on, also for the one that no longer runs.
    assert at(START + 5 * SECOND, ran=4 * SECOND, host="b")
    assert halted() == ""
    assert at(START + 6 * SECOND, ran=SECOND, host="c")


def test_one_machine_that_is_right_leaves_the_halt_of_another_that_is_not() -> None:
    """One whose count of seconds stood still sees a jump that no other does: it alone waits."""
    at(START, ran=HOUR)
    at(START, ran=HOUR, host="b")
    assert not at(START + 3 * HOUR, ran=HOUR)
    assert at(START + 3 * HOUR, ran=4 * HOUR, host="b")
    assert halted() == "forward"
    assert not at(START + 3 * HOUR, ran=HOUR)


def test_the_alarm_is_raised_once_for_one_jump(caplog: pytest.LogCaptureFixture) -> None:
    at(START, ran=HOUR)
    for seconds in range(3):
        at(START + 5 * HOUR + seconds * SECOND, ran=HOUR + seconds * SECOND)
    assert [r.levelname for r in caplog.records if r.name == "reminders"] == ["ERROR"]


def test_while_the_clock_is_halted_nothing_is_claimed(
    owing: Owing, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = clock.read()
    owing.deadline(local_date(real.now) - timedelta(days=1), kind="task_due")
    Clock.objects.create(host=real.host, seen_at=real.now - 2 * HOUR, uptime=real.uptime)
    assert engine.tick() == {}
    assert halted() == "forward"
    Clock.objects.all().delete()
    assert engine.tick()["delivered"] == 1


def test_the_machines_own_reading_is_the_databases_clock() -> None:
    reading = clock.read()
    assert abs(reading.now - datetime.now(UTC)) < timedelta(minutes=1)
    assert reading.uptime > 0
    assert reading.host

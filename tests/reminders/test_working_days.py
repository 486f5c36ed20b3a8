"""Swedish working days and the hours for mail, including the three eves and both nights when the clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.working_days import (
    add_working_days,
    is_open,
    is_working_day,
    local_moment,
    next_open,
    next_working_day,
)

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=STOCKHOLM)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 6, 19),  # midsommarafton
        date(2026, 12, 24),  # julafton
        date(2026, 12, 31),  # nyårsafton
        date(2027, 6, 25),  # midsommarafton moves
        date(2026, 1, 6),
        date(2026, 4, 3),
        date(2026, 5, 1),
        date(2026, 5, 14),
        date(2028, 6, 6),
        date(2026, 11, 21),  # a Saturday
        date(2026, 11, 22),  # a Sunday
    ],
)
def test_nobody_works_on(day: date) -> None:
    assert not is_working_day(day)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 4, 2),  # skärtorsdagen
        date(2026, 12, 23),
        date(2026, 12, 28),
        date(2026, 1, 5),  # trettondagsafton
        date(2026, 4, 30),  # valborgsmässoafton
        date(2028, 2, 29),
        date(2026, 10, 30),  # the Friday before alla helgons dag
    ],
)
def test_people_work_on(day: date) -> None:
    assert is_working_day(day)


def test_fourteen_days_that_end_on_christmas_eve_roll_to_the_monday_after() -> None:
    assert next_working_day(date(2026, 12, 10) + timedelta(days=14)) == date(2026, 12, 28)


def test_two_working_days_from_the_day_before_midsummer_eve_is_the_tuesday_after() -> None:
    assert add_working_days(date(2026, 6, 18), 2) == date(2026, 6, 23)


def test_one_working_day_across_the_year_end() -> None:
    assert add_working_days(date(2026, 12, 30), 1) == date(2027, 1, 4)


def test_two_working_days_before_a_monday_is_the_thursday() -> None:
    assert add_working_days(date(2026, 11, 23), -2) == date(2026, 11, 19)


@pytest.mark.parametrize(
    ("asked", "opens"),
    [
        (at(2026, 11, 20, 17, 59), at(2026, 11, 20, 17, 59)),
        (at(2026, 11, 20, 18, 0), at(2026, 11, 23, 7, 0)),  # Friday evening → Monday
        (at(2026, 11, 20, 6, 59), at(2026, 11, 20, 7, 0)),
        (at(2026, 12, 23, 18, 0), at(2026, 12, 28, 7, 0)),  # over Christmas
        (at(2026, 6, 19, 12, 0), at(2026, 6, 22, 7, 0)),  # midsommarafton
        (at(2026, 12, 31, 9, 0), at(2027, 1, 4, 7, 0)),
    ],
)
def test_mail_waits_until_the_next_working_day_opens(asked: datetime, opens: datetime) -> None:
    assert next_open(asked) == opens


@pytest.mark.parametrize(
    ("friday", "monday_opens_utc"),
    [
        (at(2026, 3, 27, 20, 0), datetime(2026, 3, 30, 5, 0, tzinfo=UTC)),  # summer time begins
        (at(2026, 10, 23, 20, 0), datetime(2026, 10, 26, 6, 0, tzinfo=UTC)),  # and ends
    ],
)
def test_both_nights_of_the_clock_keep_seven_on_the_wall(
    friday: datetime, monday_opens_utc: datetime
) -> None:
    assert next_open(friday) == monday_opens_utc


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_eight_on_the_wall_is_eight_on_both_nights_of_the_clock(day: date) -> None:
    moment = local_moment(day, time(8)).astimezone(UTC)
    assert moment.astimezone(STOCKHOLM).time() == time(8)


@pytest.mark.parametrize("hour", [time(2), time(2, 30)])
def test_nothing_is_set_in_the_hour_that_one_night_lacks(hour: time) -> None:
    with pytest.raises(ValueError, match="02 and 03"):
        local_moment(date(2026, 3, 29), hour)


@given(st.integers(int(at(2024, 1, 1).timestamp()), int(at(2033, 1, 1).timestamp())))
def test_mail_is_never_early_never_outside_hours_and_waits_at_most_six_days(second: int) -> None:
    moment = datetime.fromtimestamp(second, tz=UTC)
    opens = next_open(moment)
    assert opens >= moment
    assert is_open(opens)
    assert opens - moment < timedelta(days=6)


@given(st.dates(date(2024, 1, 1), date(2032, 12, 31)), st.integers(1, 30))
def test_going_back_as_many_working_days_comes_home(day: date, count: int) -> None:
    start = next_working_day(day)
    assert add_working_days(add_working_days(start, count), -count) == start

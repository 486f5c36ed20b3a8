"""How old somebody is: on the eve, on the day, and for those born on a day that most years lack."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.age import age_on, birthday


@pytest.mark.parametrize(
    ("born", "age", "day"),
    [
        (date(2008, 3, 15), 18, date(2026, 3, 15)),
        (date(2008, 2, 29), 18, date(2026, 2, 28)),
        (date(2008, 2, 29), 20, date(2028, 2, 29)),
        (date(2010, 2, 28), 18, date(2028, 2, 28)),
        (date(1904, 2, 29), -4, date(1900, 2, 28)),
    ],
)
def test_a_birthday_falls_on_its_day_or_on_the_last_of_its_month(
    born: date, age: int, day: date
) -> None:
    assert birthday(born, age) == day
    assert (age_on(born, day - timedelta(days=1)), age_on(born, day)) == (age - 1, age)


@given(st.dates(date(1920, 1, 1), date(2030, 12, 31)), st.integers(0, 100))
def test_one_turns_a_year_older_once_a_year_and_never_younger(born: date, age: int) -> None:
    day = birthday(born, age)
    assert age_on(born, day) == age
    assert age_on(born, day - timedelta(days=1)) == age - 1
    assert (day.month, day.year) == (born.month, born.year + age)

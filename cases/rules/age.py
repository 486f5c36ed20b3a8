"""How old somebody is on a day, and when a birthday falls (lagen 1930:173 om beräkning av lagstadgad tid)."""

from __future__ import annotations

from calendar import monthrange
from datetime import date


def birthday(born: date, age: int) -> date:
    """The day on which somebody turns `age`; where the month has no such day, its last (1 § of the act): 28 February."""
    year = born.year + age
    return date(year, born.month, min(born.day, monthrange(year, born.month)[1]))


def age_on(born: date, on: date) -> int:
    """Whole years on that day; negative before birth."""
    years = on.year - born.year
    return years if on >= birthday(born, years) else years - 1

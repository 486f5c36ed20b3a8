"""Swedish working days and the hours in which mail may be sent. Pure: every answer follows from its arguments.

Non-working: Saturday, Sunday, public holidays and the three eves that count as Sundays when an act is due
(lag 1930:173 om beräkning av lagstadgad tid): Midsummer Eve, Christmas Eve and New Year's Eve.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")
OPENS, CLOSES = time(7), time(18)
_SATURDAY = 5
_DAY = timedelta(days=1)


@cache
def _holidays(year: int) -> frozenset[date]:
    # Here, since it counts out the calendars of the world when it is imported: half a second for every command.
    import holidays

    # In this library the three eves are "de_facto" holidays; `public` alone lacks them.
    return frozenset(
        holidays.country_holidays(
            "SE", years=year, language="sv", categories=("public", "de_facto")
        )
    )


def is_working_day(day: date) -> bool:
    return day.weekday() < _SATURDAY and day not in _holidays(day.year)


def next_working_day(day: date) -> date:
    """The day itself if it is a working day, otherwise the first one after it."""
    while not is_working_day(day):
        day += _DAY
    return day


def add_working_days(day: date, count: int) -> date:
    """`count` working days after `day` (before it, if negative); 0 gives the day itself, whatever it is."""
    step = _DAY if count > 0 else -_DAY
    for _ in range(abs(count)):
        day += step
        while not is_working_day(day):
            day += step
    return day


def local_date(moment: datetime) -> date:
    return moment.astimezone(STOCKHOLM).date()


def local_moment(day: date, hour: time) -> datetime:
    """The wall clock's `hour` on `day`. Between 02 and 03 the clock may jump or repeat, so nothing is set there."""
    if time(2) <= hour < time(3):
        raise ValueError("no reminder is set between 02 and 03: one night a year has no such hour")
    return datetime.combine(day, hour, tzinfo=STOCKHOLM)


def is_open(moment: datetime) -> bool:
    """Whether mail may be sent now: a working day between 07 and 18 (domain.md §6.5)."""
    local = moment.astimezone(STOCKHOLM)
    return is_working_day(local.date()) and OPENS <= local.time() < CLOSES


def next_open(moment: datetime) -> datetime:
    """The moment itself if mail may be sent then, otherwise when the next working day opens."""
    if is_open(moment):
        return moment
    local = moment.astimezone(STOCKHOLM)
    day = local.date() if local.time() < OPENS else local.date() + _DAY
    return local_moment(next_working_day(day), OPENS)

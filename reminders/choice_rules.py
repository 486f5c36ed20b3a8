"""What may be chosen about mail, and when a chosen message comes: `choices.toml`, compiled. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from reminders.rules import RuleError
from reminders.working_days import CLOSES, OPENS, STOCKHOLM, local_moment, next_working_day

TABLE = Path(__file__).with_name("choices.toml")
AT_ONCE, DAILY, INAPP = "at_once", "daily", "inapp"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """One row of the table. `municipality` is empty where it holds for every municipality."""

    valid_from: date
    municipality: str
    basis: str
    default: str
    ways: tuple[str, ...]
    always_mail: frozenset[str]
    first_hour: int
    last_hour: int
    digest_hour: int
    sms: bool
    calendar: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """How one person is told. Hours are whole hours of the wall clock; messages come from `start` until before `end`."""

    way: str
    digest_hour: int
    start: int
    end: int
    sms_number: str = ""


def compile_choices(table: Mapping[str, Any]) -> tuple[Allowed, ...]:
    rows = tuple(_allowed(row) for row in table["allowed"])
    for row in rows:
        inside = OPENS.hour <= row.first_hour < row.last_hour <= CLOSES.hour
        if not inside or row.default not in row.ways:
            raise RuleError(f"choices of {row.valid_from}: hours or default outside what may be")
        if not row.first_hour <= row.digest_hour < row.last_hour:
            raise RuleError(f"choices of {row.valid_from}: the daily hour lies outside the hours")
    return rows


def _allowed(row: Mapping[str, Any]) -> Allowed:
    return Allowed(
        valid_from=row["valid_from"],
        municipality=row.get("municipality", ""),
        basis=row["basis"],
        default=row["default"],
        ways=tuple(row["ways"]),
        always_mail=frozenset(row["always_mail"]),
        first_hour=row["hours"][0],
        last_hour=row["hours"][1],
        digest_hour=row["digest_hour"],
        sms=row["sms"],
        calendar=row["calendar"],
    )


@cache
def table() -> tuple[Allowed, ...]:
    return compile_choices(tomllib.loads(TABLE.read_text(encoding="utf-8")))


def allowed(day: date, *, municipality: str, rows: tuple[Allowed, ...] | None = None) -> Allowed:
    """The row in force on `day` for the municipality with that code."""
    known = table() if rows is None else rows
    found = [
        row for row in known if row.valid_from <= day and row.municipality in {"", municipality}
    ]
    if not found:
        raise RuleError(f"nothing says what may be chosen on {day}")
    return max(found, key=lambda row: (bool(row.municipality), row.valid_from))


def unchosen(row: Allowed) -> Chosen:
    return Chosen(
        way=row.default, digest_hour=row.digest_hour, start=row.first_hour, end=row.last_hour
    )


def within(row: Allowed, chosen: Chosen) -> Chosen:
    """What of an earlier choice still may be: the table may have been narrowed since."""
    start, end = max(chosen.start, row.first_hour), min(chosen.end, row.last_hour)
    if start >= end:
        start, end = row.first_hour, row.last_hour
    return Chosen(
        way=chosen.way if chosen.way in row.ways else row.default,
        digest_hour=min(max(chosen.digest_hour, start), end - 1),
        start=start,
        end=end,
        sms_number=chosen.sms_number if row.sms else "",
    )


def next_hours(chosen: Chosen, moment: datetime) -> datetime:
    """The moment itself if the person may be told then; otherwise when the hours next begin."""
    return _next(moment, start=chosen.start, end=chosen.end)


def next_digest(chosen: Chosen, moment: datetime) -> datetime:
    """The first daily message at or after `moment`: on a working day at the chosen hour."""
    local = moment.astimezone(STOCKHOLM)
    day = next_working_day(local.date())
    at = local_moment(day, time(chosen.digest_hour))
    return (
        at if at >= moment else local_moment(next_working_day(day + _DAY), time(chosen.digest_hour))
    )


def _next(moment: datetime, *, start: int, end: int) -> datetime:
    local = moment.astimezone(STOCKHOLM)
    day = next_working_day(local.date())
    if day == local.date() and start <= local.hour < end:
        return moment
    if day == local.date() and local.hour >= end:
        day = next_working_day(day + _DAY)
    return local_moment(day, time(start))

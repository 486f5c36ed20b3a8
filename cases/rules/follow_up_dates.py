"""When an open case is next looked at: counted by the dated table `law/follow_up.toml`."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from cases.rules.law import NoRule, in_force
from reminders.working_days import next_working_day


class After(StrEnum):
    """What a proposed date is counted from."""

    OPENING = "first_days"
    FOLLOW_UP = "next_days"
    CONVERSATION = "after_conversation_days"


def proposed(after: After, day: date) -> date:
    """The date `after` something that happens on `day`; never a day off."""
    return next_working_day(day + timedelta(days=_days(after.value, day)))


def latest(day: date) -> date:
    """No next date that is set on `day` lies further away; a day off gives the working day after it."""
    return next_working_day(day + timedelta(days=_days("latest_days", day)))


def _days(name: str, day: date) -> int:
    found = in_force("follow_up", day)
    if not found:
        raise NoRule(f"follow_up on {day}")
    days: int = max(found, key=lambda row: row["valid_from"])[name]
    return days

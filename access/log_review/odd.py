"""Why an event is odd: rules as data (`odd.toml`), asked of facts that one query has gathered."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("odd.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`at` is by the wall clock; what the rules cannot know of one event alone is counted beside it."""

    at: datetime
    by_system: bool = False
    action: str = ""
    outcome: str = "done"
    purpose: str = ""
    cases_lately: int = 0
    after_close: bool = False
    unopened_search: bool = False


def _in_hours(rule: Mapping[str, Any], facts: Facts) -> bool:
    start: time
    end: time
    now, start, end = facts.at.time(), rule["from"], rule["to"]
    return start <= now < end if start <= end else now >= start or now < end


def _many_cases(rule: Mapping[str, Any], facts: Facts) -> bool:
    return (
        facts.cases_lately >= int(rule["cases"]) and facts.purpose not in rule["but_not_purposes"]
    )


KINDS: Mapping[str, Callable[[Mapping[str, Any], Facts], bool]] = {
    "attempt": lambda rule, facts: (
        facts.action in rule["actions"] and facts.outcome in rule["outcomes"]
    ),
    "outcome": lambda rule, facts: facts.outcome in rule["outcomes"],
    "many_cases": _many_cases,
    "after_close": lambda _rule, facts: facts.after_close,
    "unopened_search": lambda _rule, facts: facts.unopened_search,
    "hours": _in_hours,
    "weekdays": lambda rule, facts: facts.at.isoweekday() in rule["days"],
}


@cache
def rules() -> tuple[Mapping[str, Any], ...]:
    """The table's rules, in its order."""
    return tuple(tomllib.loads(TABLE.read_text(encoding="utf-8"))["rule"])


def rule(kind: str) -> Mapping[str, Any]:
    """The first rule of a kind."""
    return next(row for row in rules() if row["kind"] == kind)


def reasons(facts: Facts) -> list[str]:
    """Why it is odd, in the table's words; empty for an ordinary event. The system keeps no hours."""
    if facts.by_system:
        return []
    found: list[str] = []
    told: set[str] = set()
    for row in rules():
        group = row.get("group", "")
        if group not in told and KINDS[row["kind"]](row, facts):
            found.append(row["why"])
            if group:
                told.add(group)
    return found


def working_hours() -> tuple[time, time, tuple[int, ...]]:
    """From, to, and the weekdays off, for counting in the database what the rules call out of hours."""
    widest = [row for row in rules() if row["kind"] == "hours"][-1]
    return widest["to"], widest["from"], tuple(rule("weekdays")["days"])

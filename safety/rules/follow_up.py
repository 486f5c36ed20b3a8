"""When the next follow-up of a pledge comes, by the dated table (domain S17)."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("follow_up.toml")


@cache
def _rows() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads(TABLE.read_text(encoding="utf-8"))["follow_up"]
    return rows


def next_follow_up(today: date) -> date:
    """The first of the table's days that is far enough ahead."""
    row = max((r for r in _rows() if r["valid_from"] <= today), key=lambda r: r["valid_from"])
    earliest = today + timedelta(days=row["earliest"])
    days = (
        date(year, *(int(part) for part in day.split("-")))
        for year in (today.year, today.year + 1)
        for day in row["days"]
    )
    return next(day for day in days if day >= earliest)

"""How often a date may be moved before the manager is told: the rows `moving` of `rules.toml`. Pure.

What is told of a move is owed for the move, not for the date: it comes also if the date is moved again, given to
somebody else or done before it is sent. Only what is called off is silent.
"""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from typing import Any

from reminders.rules import TABLE, RuleError

# No stage of any rule: what is told of a move is due at once, however far away the date is.
MOVED_STAGE = -1000


@cache
def _table() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads(TABLE.read_text(encoding="utf-8"))["moving"]
    return rows


def manager_is_told(move: int, *, on: date) -> bool:
    """Whether the manager is told of a date's move number `move` (1 is the first), made on that day."""
    rows = [row for row in _table() if row["valid_from"] <= on]
    if not rows:
        raise RuleError(f"nothing says when a manager is told of moves on {on}")
    first: int = max(rows, key=lambda row: row["valid_from"])["manager_from"]
    return move >= first

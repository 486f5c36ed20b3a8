"""Law as dated rows from reviewed files: code asks for the row in force on a date."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "law"


class NoRule(LookupError):
    """No row of the table is in force on that date for that question: closed."""


@cache
def rows(table: str) -> tuple[Mapping[str, Any], ...]:
    return tuple(tomllib.loads((FOLDER / f"{table}.toml").read_text(encoding="utf-8"))["rule"])


def in_force(table: str, on: date) -> list[Mapping[str, Any]]:
    """The rows in force on `on`, both days included."""
    return [row for row in rows(table) if row["valid_from"] <= on <= row.get("valid_to", date.max)]

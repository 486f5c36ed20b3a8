"""Codes with Swedish words from the dated tables: what may be chosen on a day, and what an old choice was called."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from cases.rules.law import NoRule, in_force, rows

Choices = list[tuple[str, str]]


def choices(table: str, on: date) -> Choices:
    """Code and words of every row in force on `on`."""
    return [(row["code"], _(row["label"])) for row in in_force(table, on)]


def places_of(table: str) -> dict[str, int]:
    """Where each code stands in the table: the order in which people are shown them."""
    return {
        code: place for place, code in enumerate(dict.fromkeys(row["code"] for row in rows(table)))
    }


def row_of(table: str, code: str, on: date) -> Mapping[str, Any]:
    """Raises NoRule for a code that could not be chosen on that day."""
    for row in in_force(table, on):
        if row["code"] == code:
            return row
    raise NoRule(f"{table}: {code}")


def words(table: str, code: str) -> str:
    """What a code is called, whenever it was chosen; the latest row's words if there are several."""
    found = [row for row in rows(table) if row["code"] == code]
    return _(max(found, key=lambda row: row["valid_from"])["label"]) if found else code

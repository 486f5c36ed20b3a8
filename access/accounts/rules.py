"""The dated rules for accounts (`rules.toml`): length, who else must agree, where a role belongs, what is kept apart. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from access.models.membership import Role

TABLE = Path(__file__).with_name("rules.toml")


class NoAccountRule(Exception):
    """On that day the table says nothing of it: then it is not done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A role that somebody has in the time asked about."""

    role: str
    municipality_id: UUID
    agency_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """Two roles that do not go together, and why."""

    role: Role
    other: Role
    basis: str


@cache
def _table() -> Mapping[str, list[dict[str, Any]]]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def _in_force(kind: str, on: date) -> list[dict[str, Any]]:
    return [
        row for row in _table()[kind] if row["valid_from"] <= on <= row.get("valid_to", date.max)
    ]


def latest_day(on: date) -> date:
    """The last day that a role given or attested on that day may have. Raises NoAccountRule."""
    return on + timedelta(days=_length(on)["longest_days"])


def due_until(on: date) -> date:
    """Roles that end on this day or before are due for attestation. Raises NoAccountRule."""
    return on + timedelta(days=_length(on)["ahead_days"])


def _length(on: date) -> dict[str, Any]:
    found = _in_force("length", on)
    if not found:
        raise NoAccountRule(f"length on {on}")
    return max(found, key=lambda row: row["valid_from"])


def confirmed_by(role: str, on: date) -> frozenset[str]:
    """Which roles may agree to it; empty for a role that is not given this way."""
    return frozenset(
        by for row in _in_force("confirm", on) if role in row["roles"] for by in row["by"]
    )


def offered_roles(on: date) -> list[Role]:
    return [role for role in Role if confirmed_by(role, on)]


def belongs(role: str, *, kind: str, host: bool, on: date) -> bool:
    """Whether the role belongs in an agency of that kind. A role without a row belongs nowhere."""
    return any(
        (not row["agencies"] or kind in row["agencies"]) and (host or not row["host"])
        for row in _in_force("place", on)
        if role in row["roles"]
    )


def kept_apart(new: Held, held: Iterable[Held], on: date) -> Apart | None:
    """The first rule that stands between `new` and a role held in the same time; None where none does."""
    for row in _in_force("apart", on):
        for one in held:
            if _against(row, new, one) or _against(row, one, new):
                return Apart(role=Role(new.role), other=Role(one.role), basis=row["basis"])
    return None


def _against(row: Mapping[str, Any], one: Held, other: Held) -> bool:
    if one.role != row["role"] or other.role not in row["others"]:
        return False
    if row["within"] == "agency":
        return one.agency_id == other.agency_id
    return one.municipality_id == other.municipality_id

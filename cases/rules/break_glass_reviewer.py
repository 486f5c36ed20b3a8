"""Who reviews a break-glass opening: the dated order of `law/break_glass_reviewer.toml`. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from cases.rules.law import in_force


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A role held by somebody in the municipality."""

    membership: UUID
    user: UUID
    role: str
    unit: UUID
    agency: UUID
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """Who reviews; `guest_days` is 0 for somebody of the opener's own agency."""

    membership: UUID
    guest_days: int


def roles_that_review(on: date) -> frozenset[str]:
    return frozenset(row["role"] for row in in_force("break_glass_reviewer", on))


def in_order(
    held: Iterable[Candidate], *, opener: UUID, unit: UUID, agency: UUID, on: date
) -> list[Reviewer]:
    """All who can be asked, the first first; never the opener, in whatever role. Nobody on a day without a rule."""
    people = sorted(
        (one for one in held if one.user != opener), key=lambda one: (one.since, one.membership)
    )
    found: dict[UUID, Reviewer] = {}
    for row in sorted(in_force("break_glass_reviewer", on), key=lambda row: row["order"]):
        for one in people:
            near = {"unit": one.unit == unit, "agency": one.agency == agency, "municipality": True}
            if one.role == row["role"] and near[row["within"]]:
                away = one.agency != agency
                found.setdefault(
                    one.membership,
                    Reviewer(
                        membership=one.membership, guest_days=row["guest_days"] if away else 0
                    ),
                )
    return list(found.values())

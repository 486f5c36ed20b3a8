"""How long an opening lasts, what it shows and what its review may come to: the dated tables `law/break_glass*.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from cases.rules.codes import row_of
from cases.rules.law import NoRule, in_force

REASONS = "break_glass_reason"
OUTCOMES = "break_glass_outcome"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningRule:
    """`notes`: how many of the latest notes of each kind are shown."""

    lasts: timedelta
    notes: int


def opening_rule(on: date) -> OpeningRule:
    """Raises NoRule on a day without one: nothing is opened then."""
    found = in_force("break_glass", on)
    if not found:
        raise NoRule(f"break_glass on {on}")
    row = max(found, key=lambda one: one["valid_from"])
    return OpeningRule(lasts=timedelta(minutes=row["minutes"]), notes=row["notes"])


def was_right(outcome: str, on: date) -> bool:
    """Whether a review with that outcome found the opening right. Raises NoRule for an unknown outcome."""
    right: bool = row_of(OUTCOMES, outcome, on)["right"]
    return right

"""Which agency may hold individual cases, and on what: the dated table `law/host.toml` (OSL 7:2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cases.rules.law import NoRule, in_force


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRule:
    """alone: needs nothing more. needs: kinds of document, one of which must be attached; empty and not alone: never."""

    alone: bool
    needs: tuple[str, ...]
    basis: str

    def met_by(self, attached: str) -> bool:
        """`attached` is the kind of the document that is attached, or nothing."""
        return self.alone or attached in self.needs


def host_rule(kind: str, on: date) -> HostRule:
    """For an agency of that kind. Raises NoRule for a kind that the day's table does not have: closed."""
    found = [row for row in in_force("host", on) if row["kind"] == kind]
    if not found:
        raise NoRule(f"host: {kind} on {on}")
    row = max(found, key=lambda one: one["valid_from"])
    return HostRule(alone=row["alone"], needs=tuple(row["with"]), basis=row["basis"])

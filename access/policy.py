"""The policy as a pure function over closed enums, compiled from `policy.toml`. Default deny; forbid and bars beat permit.

A grant's action may name conditions: "read if consent", "write if open_case and consent". A bar closes every group but those
it spares, for an actor and a row, whatever is granted.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from access.models.membership import Role
from access.signed_tables.tables import digest

TABLE = Path(__file__).with_name("policy.toml")
NOTHING: frozenset[str] = frozenset()


class Action(StrEnum):
    LIST = "list"
    READ = "read"
    WRITE = "write"
    CREATE = "create"
    DECIDE = "decide"
    EXPORT = "export"


Grant = Mapping[Action, frozenset[str]]
Ways = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Bar:
    """A condition that closes whatever is granted, in every field group but those in `spares`."""

    words: str
    spares: frozenset[str]


@dataclass(frozen=True, slots=True)
class Policy:
    """`grants[role, relation, group]` → action → the conditions that must hold; `forbidden[role]` → groups (or "*").

    digest: SHA-256 in hex over what the table says, for those who sign it.
    """

    version: str
    digest: str
    relations: Mapping[str, str]
    groups: Mapping[str, str]
    conditions: Mapping[str, str]
    bars: Mapping[str, Bar]
    grants: Mapping[tuple[str, str, str], Grant]
    forbidden: Mapping[str, frozenset[str]]

    def permits(
        self,
        role: str,
        relation: str,
        group: str,
        action: Action,
        *,
        holds: frozenset[str] = NOTHING,
        barred: frozenset[str] = NOTHING,
    ) -> bool:
        """One cell. holds: the conditions that hold; barred: the bars that hold."""
        needed = self._needed(role, relation, group, action)
        return needed is not None and needed <= holds and not barred & self.bars_on(group)

    def ways(self, role: str, group: str, action: Action) -> Ways:
        """Relation → the conditions it needs, for every relation through which `role` may do `action` with `group`."""
        return {
            relation: needed
            for relation in self.relations
            if (needed := self._needed(role, relation, group, action)) is not None
        }

    def _needed(
        self, role: str, relation: str, group: str, action: Action
    ) -> frozenset[str] | None:
        barred = self.forbidden.get(role, NOTHING)
        if "*" in barred or group in barred:
            return None
        return self.grants.get((role, relation, group), {}).get(action)

    def bars_on(self, group: str) -> frozenset[str]:
        """The bars that close `group` where they hold."""
        return frozenset(name for name, bar in self.bars.items() if group not in bar.spares)

    def relations_of(self, role: str) -> frozenset[str]:
        """The relations through which `role` may do anything at all."""
        return frozenset(relation for (of, relation, _group) in self.grants if of == role)

    def conditions_of(self, role: str) -> frozenset[str]:
        """The conditions that any grant of `role` names."""
        return frozenset(
            name
            for (of, _relation, _group), grant in self.grants.items()
            if of == role
            for needed in grant.values()
            for name in needed
        )

    def conditions_on(self, relation: str, group: str) -> frozenset[str]:
        """The conditions that a grant to any role through `relation` names for `group`."""
        return frozenset(
            name
            for (_role, through, of), grant in self.grants.items()
            if (through, of) == (relation, group)
            for needed in grant.values()
            for name in needed
        )

    def who_else(self, group: str, action: Action = Action.READ) -> list[tuple[Role, str]]:
        """Every role, and the relation, that opens `group`: answers "Vilka fler kan se detta?"."""
        return [(role, relation) for role in Role for relation in self.ways(role, group, action)]


class PolicyError(Exception):
    """The table names a role, relation, group, action, condition or bar that does not exist."""


def _clause(clause: str, conditions: Mapping[str, str]) -> tuple[Action, frozenset[str]]:
    """E.g. "write if open_case and consent" → (WRITE, {open_case, consent})."""
    action, _if, rest = clause.partition(" if ")
    needed = frozenset(rest.split(" and ")) if rest else NOTHING
    if action not in set(Action) or not needed <= conditions.keys():
        raise PolicyError(f"unknown action or condition in {clause!r}")
    return Action(action), needed


def _bars(table: Mapping[str, Any], groups: Mapping[str, str]) -> dict[str, Bar]:
    bars = {
        name: Bar(row["words"], frozenset(row["spares"]))
        for name, row in table.get("bars", {}).items()
    }
    for name, bar in bars.items():
        if not bar.spares <= groups.keys():
            raise PolicyError(f"bar {name!r} spares {sorted(bar.spares - groups.keys())}")
    return bars


def compile_policy(table: Mapping[str, Any], sha256: str = "") -> Policy:
    relations: dict[str, str] = table["relations"]
    groups: dict[str, str] = table["groups"]
    conditions: dict[str, str] = table.get("conditions", {})
    grants: dict[tuple[str, str, str], Grant] = {}
    for role in table.keys() - HEADS:
        if role not in Role:
            raise PolicyError(f"unknown role {role!r}")
        for relation, row in table[role].items():
            if relation not in relations:
                raise PolicyError(f"unknown relation {relation!r} for {role}")
            for group, clauses in row.items():
                if group not in groups:
                    raise PolicyError(f"unknown field group {group!r} for {role}.{relation}")
                pairs = [_clause(clause, conditions) for clause in clauses]
                if len(dict(pairs)) < len(pairs):
                    raise PolicyError(f"an action twice in {role}.{relation}.{group}")
                grants[role, relation, group] = dict(pairs)
    forbidden = {role: frozenset(barred) for role, barred in table["forbid"].items()}
    bars = _bars(table, groups)
    return Policy(table["version"], sha256, relations, groups, conditions, bars, grants, forbidden)


HEADS = frozenset({"version", "relations", "groups", "conditions", "bars", "forbid"})


@cache
def policy() -> Policy:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return compile_policy(table, digest(table))

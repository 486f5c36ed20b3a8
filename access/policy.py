"""The policy as a pure function over closed enums, compiled from `policy.toml`. Default deny; forbid and bars beat permit.

A grant's action may name conditions: "write if open_case and consent", "read if consent or law". A bar closes every group
but those it spares, for an actor and a row, whatever is granted.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
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


# Sets of conditions, one of which must hold whole; the empty set always does.
Either = frozenset[frozenset[str]]
ALWAYS: Either = frozenset({NOTHING})
Grant = Mapping[Action, Either]
Ways = Mapping[str, Either]


@dataclass(frozen=True, slots=True)
class Bar:
    """A condition that closes whatever is granted, in every field group but those in `spares`."""

    words: str
    spares: frozenset[str]


@dataclass(frozen=True, slots=True)
class RecordClass:
    """One class of domain.md 4.2: its field groups here, and why there are none, or not all, yet."""

    words: str
    groups: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Policy:
    """`grants[role, relation, group]` → action → the conditions that must hold; `forbids[role]` → the only groups it spares.

    digest: SHA-256 in hex over what the table says, for those who sign it.
    """

    version: str
    digest: str
    relations: Mapping[str, str]
    groups: Mapping[str, str]
    conditions: Mapping[str, str]
    bars: Mapping[str, Bar]
    classes: Mapping[str, RecordClass]
    grants: Mapping[tuple[str, str, str], Grant]
    forbids: Mapping[str, frozenset[str]]

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
        needed = self.needed(role, relation, group, action)
        return any(one <= holds for one in needed) and not barred & self.bars_on(group)

    def ways(self, role: str, group: str, action: Action) -> Ways:
        """Relation → the conditions it needs, for every relation through which `role` may do `action` with `group`."""
        return {
            relation: needed
            for relation in self.relations
            if (needed := self.needed(role, relation, group, action))
        }

    def needed(self, role: str, relation: str, group: str, action: Action) -> Either:
        """The sets of conditions of which one must hold; none where it is not granted."""
        if role in self.forbids and group not in self.forbids[role]:
            return frozenset()
        return self.grants.get((role, relation, group), {}).get(action, frozenset())

    def bars_on(self, group: str) -> frozenset[str]:
        """The bars that close `group` where they hold."""
        return frozenset(name for name, bar in self.bars.items() if group not in bar.spares)

    def relations_of(self, role: str) -> frozenset[str]:
        """The relations through which `role` may do anything at all."""
        return frozenset(relation for (of, relation, _group) in self.grants if of == role)

    def conditions_of(self, role: str, relations: AbstractSet[str]) -> frozenset[str]:
        """The conditions that any grant of `role` through one of `relations` names."""
        return frozenset(
            name
            for (of, relation, _group), grant in self.grants.items()
            if of == role and relation in relations
            for needed in grant.values()
            for name in frozenset().union(*needed)
        )

    def conditions_on(self, relation: str, group: str) -> frozenset[str]:
        """The conditions that a grant to any role through `relation` names for `group`."""
        return frozenset(
            name
            for (_role, through, of), grant in self.grants.items()
            if (through, of) == (relation, group)
            for needed in grant.values()
            for name in frozenset().union(*needed)
        )

    def who_else(self, group: str, action: Action = Action.READ) -> list[tuple[Role, str]]:
        """Every role, and the relation, that opens `group`: answers "Vilka fler kan se detta?"."""
        return [(role, relation) for role in Role for relation in self.ways(role, group, action)]


class PolicyError(Exception):
    """The table names a role, relation, group, action, condition or bar that does not exist."""


def _clause(clause: str, conditions: Mapping[str, str]) -> tuple[Action, Either]:
    """E.g. "write if open_case and consent" → (WRITE, {{open_case, consent}})."""
    action, _if, rest = clause.partition(" if ")
    needed = frozenset(frozenset(one.split(" and ")) for one in rest.split(" or "))
    if action not in set(Action) or (_if and not frozenset().union(*needed) <= conditions.keys()):
        raise PolicyError(f"unknown action or condition in {clause!r}")
    return Action(action), needed if _if else ALWAYS


def _bars(table: Mapping[str, Any]) -> dict[str, Bar]:
    return {
        name: Bar(row["words"], frozenset(row["spares"])) for name, row in table["bars"].items()
    }


def _classes(table: Mapping[str, Any], groups: Mapping[str, str]) -> dict[str, RecordClass]:
    classes = {
        name: RecordClass(row["words"], tuple(row["groups"]), row.get("reason", ""))
        for name, row in table["classes"].items()
    }
    unknown = {group for one in classes.values() for group in one.groups} - groups.keys()
    if unknown:
        raise PolicyError(f"unknown field groups in the classes: {unknown}")
    return classes


def compile_policy(table: Mapping[str, Any], sha256: str = "") -> Policy:
    relations: dict[str, str] = table["relations"]
    groups: dict[str, str] = table["groups"]
    conditions: dict[str, str] = table["conditions"]
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
    forbids = {role: frozenset(row["spares"]) for role, row in table["forbid"].items()}
    bars = _bars(table)
    spared = frozenset().union(*forbids.values(), *(bar.spares for bar in bars.values()))
    if not spared <= groups.keys() or not forbids.keys() <= set(Role):
        raise PolicyError(f"unknown: {spared - groups.keys()}, {forbids.keys() - set(Role)}")
    return Policy(
        version=table["version"],
        digest=sha256,
        relations=relations,
        groups=groups,
        conditions=conditions,
        bars=bars,
        classes=_classes(table, groups),
        grants=grants,
        forbids=forbids,
    )


HEADS = frozenset({"version", "relations", "groups", "classes", "conditions", "bars", "forbid"})


@cache
def policy() -> Policy:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return compile_policy(table, digest(table))

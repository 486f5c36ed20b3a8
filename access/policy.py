"""The policy as a pure function over closed enums, compiled from `policy.toml`. Default deny; forbid beats permit."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from access.models.membership import Role

TABLE = Path(__file__).with_name("policy.toml")


class Action(StrEnum):
    LIST = "list"
    READ = "read"
    WRITE = "write"
    CREATE = "create"
    DECIDE = "decide"


@dataclass(frozen=True, slots=True)
class Policy:
    """`grants[role, relation, group]` → actions; `forbidden[role]` → groups (or "*")."""

    version: str
    relations: Mapping[str, str]
    groups: Mapping[str, str]
    grants: Mapping[tuple[str, str, str], frozenset[Action]]
    forbidden: Mapping[str, frozenset[str]]

    def permits(self, role: str, relation: str, group: str, action: Action) -> bool:
        barred = self.forbidden.get(role, frozenset())
        if "*" in barred or group in barred:
            return False
        return action in self.grants.get((role, relation, group), frozenset())

    def relations_that(self, role: str, group: str, action: Action) -> tuple[str, ...]:
        """The relations through which `role` may do `action` with `group`, in table order."""
        return tuple(r for r in self.relations if self.permits(role, r, group, action))

    def relations_of(self, role: str) -> frozenset[str]:
        """The relations through which `role` may do anything at all."""
        return frozenset(relation for (of, relation, _group) in self.grants if of == role)

    def who_else(self, group: str, action: Action = Action.READ) -> list[tuple[Role, str]]:
        """Every role, and the relation, that opens `group`: answers "Vilka fler kan se detta?"."""
        return [
            (role, relation)
            for role in Role
            for relation in self.relations
            if self.permits(role, relation, group, action)
        ]


class PolicyError(Exception):
    """The table names a role, relation, group or action that does not exist."""


def compile_policy(table: Mapping[str, Any]) -> Policy:
    relations: dict[str, str] = table["relations"]
    groups: dict[str, str] = table["groups"]
    grants: dict[tuple[str, str, str], frozenset[Action]] = {}
    for role in table.keys() - {"version", "relations", "groups", "forbid"}:
        if role not in Role:
            raise PolicyError(f"unknown role {role!r}")
        for relation, row in table[role].items():
            if relation not in relations:
                raise PolicyError(f"unknown relation {relation!r} for {role}")
            for group, actions in row.items():
                if group not in groups:
                    raise PolicyError(f"unknown field group {group!r} for {role}.{relation}")
                grants[role, relation, group] = frozenset(Action(a) for a in actions)
    forbidden = {role: frozenset(barred) for role, barred in table["forbid"].items()}
    return Policy(table["version"], relations, groups, grants, forbidden)


@cache
def policy() -> Policy:
    return compile_policy(tomllib.loads(TABLE.read_text(encoding="utf-8")))

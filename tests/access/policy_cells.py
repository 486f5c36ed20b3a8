"""Every cell of the policy: role × relation × field group × action × conditions that hold × bars that hold."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterator
from typing import Any, NamedTuple

from access.models import Role
from access.policy import TABLE, Action, Policy, compile_policy
from tests.access import oracle


class Cell(NamedTuple):
    role: str
    relation: str
    group: str
    action: Action
    holds: frozenset[str]
    bars: frozenset[str]


def table() -> dict[str, Any]:
    """A copy of the table as written, free to change."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def sets_of(names: Iterator[str] | list[str]) -> list[frozenset[str]]:
    """Every subset: 2ⁿ of them."""
    ordered = sorted(names)
    return [
        frozenset(some)
        for size in range(len(ordered) + 1)
        for some in itertools.combinations(ordered, size)
    ]


def cells(of: Policy, *, role: str = "", relation: str = "", group: str = "") -> Iterator[Cell]:
    """All of them, or only those of one role, relation or field group."""
    holds = sets_of(list(of.conditions))
    bars = sets_of(list(of.bars))
    return (
        Cell(*cell)
        for cell in itertools.product(
            [role] if role else [str(r) for r in Role],
            [relation] if relation else of.relations,
            [group] if group else of.groups,
            Action,
            holds,
            bars,
        )
    )


def permits(of: Policy, cell: Cell) -> bool:
    return of.permits(
        cell.role, cell.relation, cell.group, cell.action, holds=cell.holds, barred=cell.bars
    )


def oracle_says(cell: Cell) -> bool:
    role, relation, group, action, holds, bars = cell
    return oracle.decide(role, relation, group, action.value, holds=holds, bars=bars)


def compiled(changed: dict[str, Any]) -> Policy:
    return compile_policy(changed)

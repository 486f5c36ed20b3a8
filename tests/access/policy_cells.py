"""Every cell of the policy: role × relation × field group × action, each under every set of conditions and of bars."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from access.models import Role
from access.policy import TABLE, Action, Policy, policy
from tests.access import oracle


class Place(NamedTuple):
    """Where a grant can stand; a cell is a place with the conditions and the bars that hold."""

    role: str
    relation: str
    group: str
    action: Action


def written() -> dict[str, Any]:
    """A copy of the table as written, free to change."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def sets_of(names: Iterable[str]) -> list[frozenset[str]]:
    """Every subset: 2ⁿ of them."""
    ordered = sorted(names)
    return [
        frozenset(some)
        for size in range(len(ordered) + 1)
        for some in itertools.combinations(ordered, size)
    ]


def circumstances(of: Policy) -> list[tuple[frozenset[str], frozenset[str]]]:
    """Every set of conditions that hold with every set of bars that hold."""
    return list(itertools.product(sets_of(of.conditions), sets_of(of.bars)))


def places(of: Policy) -> Iterator[Place]:
    roles = [str(role) for role in Role]
    return (
        Place(*place) for place in itertools.product(roles, of.relations, of.groups, list(Action))
    )


def permitted(of: Policy, place: Place) -> list[bool]:
    """What the table says of the place, under each of the circumstances, in order."""
    return [of.permits(*place, holds=holds, barred=bars) for holds, bars in circumstances_here()]


@cache
def circumstances_here() -> list[tuple[frozenset[str], frozenset[str]]]:
    return circumstances(policy())


@cache
def oracle_says(place: Place) -> list[bool]:
    """What the document says of the place, under each of the circumstances, in order."""
    role, relation, group, action = place
    return [
        oracle.decide(role, relation, group, action.value, holds=holds, bars=bars)
        for holds, bars in circumstances_here()
    ]

"""What the policy asks of rows, in SQL: relations, conditions, kinds and bars as marks on each row that the door takes."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Model, Q, QuerySet, Value

from access.actor import Actor
from access.models.partition import PartitionModel
from access.policy import Action, policy
from access.protection import Protection, protection_of
from access.written import Word, written

RELATION = "door_"
CONDITION = "door_if_"
KIND = "door_of_"
BAR = "door_bar_"
TRUE = Value(True, output_field=BooleanField())  # noqa: FBT003 - an SQL literal, no switch
EVERYTHING = frozenset(Action)
READING = frozenset({Action.LIST, Action.READ})


@dataclass(frozen=True, slots=True)
class Terms:
    """For one actor and one model: each word of the policy with what must hold of a row, in SQL."""

    role: str
    protection: Protection
    relations: dict[str, Q]
    conditions: dict[str, Q]
    bars: dict[str, Q]
    clear: dict[str, Q]

    def marks(self, action: Action) -> dict[str, ExpressionWrapper[Q] | Value]:
        """Annotations for rows of `opening(action)`. A word that holds for all of them is not asked once more for each."""
        words = (
            {RELATION + name: holds for name, holds in self.relations.items()}
            | {CONDITION + name: holds for name, holds in self.conditions.items()}
            | {KIND + name: holds for name, holds in self.protection.kinds.items()}
            | {BAR + name: holds for name, holds in self.bars.items()}
        )
        always = self._always(action)
        return {
            mark: TRUE if mark in always else ExpressionWrapper(holds, output_field=BooleanField())
            for mark, holds in words.items()
        }

    def _always(self, action: Action) -> set[str]:
        """The marks that hold for every row of `opening(action)`: there is no other way to one."""
        ways = policy().ways(self.role, self.protection.head, action)
        mine = [
            {RELATION + name, *(CONDITION + condition for condition in one)}
            for name, needed in ways.items()
            if name in self.relations
            for one in needed
        ]
        return set.intersection(*mine) if mine else set()

    def opening(self, action: Action) -> Q | None:
        """The rows whose head the actor may do `action` with; None where there can be none."""
        opening = self._through(self.protection.head, action)
        if opening is None:
            return None
        for kind, of_kind in self.protection.kinds.items():
            through = self._through(kind, action)
            opening &= ~of_kind if through is None else ~of_kind | through
        return opening

    def _through(self, group: str, action: Action) -> Q | None:
        ways = policy().ways(self.role, group, action)
        open_ways = [
            reduce(and_, (self.conditions[condition] for condition in sorted(one)), relation)
            for name, needed in ways.items()
            if (relation := self.relations.get(name)) is not None
            for one in sorted(needed, key=sorted)
        ]
        if not open_ways:
            return None
        clear = (self.clear[name] for name in sorted(policy().bars_on(group)))
        return reduce(and_, clear, reduce(or_, open_ways))


def terms_of(
    actor: Actor,
    model: type[Model],
    *,
    asked: frozenset[Action] = EVERYTHING,
    through: AbstractSet[str] | None = None,
) -> Terms:
    """Only what the policy could ask for: a word that opens nothing to this role costs no query.

    asked: what may be asked of the rows; words that only another action on the model's own groups needs are left out.
    through: only these relations, where not every one counts.
    A bar that closes the head is no mark: where it holds there is no row.
    """
    protection = protection_of(model)
    if asked == EVERYTHING:
        relations = policy().relations_of(actor.role) & protection.relations.keys()
        conditions = policy().conditions_of(actor.role, relations)
    else:
        relations, conditions = _asked(actor.role, protection, asked)
    if through is not None:
        relations &= through
    bars = protection.bars.keys()
    return Terms(
        actor.role,
        protection,
        _words(actor, model, protection.relations, relations),
        _words(actor, model, protection.conditions, conditions),
        _words(actor, model, protection.bars, bars - policy().bars_on(protection.head)),
        _words(actor, model, protection.bars, bars, negated=True),
    )


def _asked(
    role: str, protection: Protection, asked: frozenset[Action]
) -> tuple[frozenset[str], frozenset[str]]:
    """The relations and conditions that decide of `asked` for any group of the model."""
    ways = [
        (relation, needed)
        for group in protection.groups
        for action in asked
        for relation, needed in policy().ways(role, group, action).items()
        if relation in protection.relations
    ]
    return (
        frozenset(relation for relation, _needed in ways),
        frozenset(name for _relation, needed in ways for one in needed for name in one),
    )


def _words(
    actor: Actor,
    model: type[Model],
    words: Mapping[str, Word],
    asked: AbstractSet[str],
    *,
    negated: bool = False,
) -> dict[str, Q]:
    return {
        name: written(of, actor, model, negated=negated)
        for name, of in words.items()
        if name in asked
    }


def way(role: str, row: PartitionModel, group: str, action: Action) -> str | None:
    """The relation that permits `action` with `group` of this row; rows must come through the door."""
    protection = protection_of(type(row))
    # Closed where a mark is missing: such a row did not come through the door.
    kinds = [kind for kind in protection.kinds if getattr(row, KIND + kind, True)]
    through = [_holding(role, row, of, action) for of in (*kinds, group)]
    return through[-1] if all(through) else None


def _holding(role: str, row: PartitionModel, group: str, action: Action) -> str | None:
    if any(getattr(row, BAR + name, True) for name in _left_to_ask(type(row), group)):
        return None
    for relation, needed in policy().ways(role, group, action).items():
        if getattr(row, RELATION + relation, False) and any(
            all(getattr(row, CONDITION + name, False) for name in one) for one in needed
        ):
            return relation
    return None


def wanting(role: str, row: PartitionModel, group: str, action: Action) -> frozenset[str]:
    """The conditions that alone stand between `role` and `action` with `group` of this row; empty where something else does too."""
    if any(getattr(row, BAR + name, True) for name in _left_to_ask(type(row), group)):
        return frozenset()
    for relation, needed in policy().ways(role, group, action).items():
        if getattr(row, RELATION + relation, False):
            lacking = [
                frozenset(name for name in one if not getattr(row, CONDITION + name, False))
                for one in needed
            ]
            return min(lacking, key=len)
    return frozenset()


def _left_to_ask(model: type[Model], group: str) -> frozenset[str]:
    """The bars on `group` that were not asked when the row was taken: those that close the head were."""
    protection = protection_of(model)
    return policy().bars_on(group) - (policy().bars_on(protection.head) & protection.bars.keys())


def readable(role: str, rows: QuerySet[Any], group: str) -> Q | None:
    """Where rows that came through the door let `role` read `group`; None where none can."""
    known = set(rows.query.annotations)
    opening = _marked(role, rows.model, group, known)
    if opening is None:
        return None
    for kind in protection_of(rows.model).kinds:
        through = _marked(role, rows.model, kind, known)
        other = Q(**{KIND + kind: False})
        opening &= other if through is None else other | through
    return opening


def _marked(role: str, model: type[Model], group: str, known: set[str]) -> Q | None:
    bars = {BAR + name for name in _left_to_ask(model, group)}
    ways = [
        {RELATION + relation, *(CONDITION + name for name in one)}
        for relation, needed in policy().ways(role, group, Action.READ).items()
        for one in needed
    ]
    open_ways = [Q(**dict.fromkeys(marks, True)) for marks in ways if marks <= known]
    if not open_ways or not bars <= known:
        return None
    return reduce(or_, open_ways) & Q(**dict.fromkeys(bars, False))

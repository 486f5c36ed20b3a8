"""The words of the policy in SQL, written once for a role and a day: each actor is put into what Django has compiled.

A word is what a model's `Protection` says of a row: a relation, a condition or a bar. Building and compiling its
subqueries takes Django longer than PostgreSQL needs to answer them, and nothing in them but the actor's ids differs from one
request to the next.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast
from uuid import UUID, uuid4

from django.core.exceptions import EmptyResultSet, FieldError, FullResultSet
from django.db import DEFAULT_DB_ALIAS
from django.db.models import BooleanField, Expression, Model, Q
from django.db.models.sql import Query
from django.utils import timezone

from access.actor import Actor

Word = Callable[[Actor], Q]
# The alias of a table in a subquery, as Django makes it: U0, V1, AA2.
ALIAS = re.compile(r"\b([A-Z]+[0-9]+)\b")


@dataclass(frozen=True, slots=True)
class Anybody:
    """Stands in for the actor while a word is written. A word that asks for anything else cannot be written: AttributeError."""

    role: str
    member: UUID = field(default_factory=uuid4)
    user: UUID = field(default_factory=uuid4)
    unit: UUID = field(default_factory=uuid4)
    agency_id: UUID = field(default_factory=uuid4)
    municipality_id: UUID = field(default_factory=uuid4)

    @property
    def membership_id(self) -> UUID:
        return self.member

    @property
    def user_id(self) -> UUID:
        return self.user

    @property
    def unit_id(self) -> UUID:
        return self.unit

    def becomes(self, actor: Actor) -> Mapping[UUID, UUID]:
        return {
            self.member: actor.member,
            self.user: actor.user,
            self.unit: actor.unit,
            self.agency_id: actor.agency_id,
            self.municipality_id: actor.municipality_id,
        }


@dataclass(frozen=True, slots=True)
class Text:
    """A word in SQL. `pieces` stand between the places where the row's own table is named."""

    pieces: tuple[str, ...]
    parameters: tuple[Any, ...]
    anybody: Anybody


class Written(Expression):
    """A word for one actor, as a condition in any query over the model that it was written for."""

    output_field = BooleanField()

    def __init__(self, pieces: tuple[str, ...], parameters: tuple[Any, ...]) -> None:
        super().__init__(output_field=BooleanField())
        self.pieces = pieces
        self.parameters = parameters
        self.alias = ""

    @property
    def identity(self) -> tuple[Any, ...]:
        return Written, self.pieces, self.parameters, self.alias

    def resolve_expression(self, query: Any = None, *_args: Any, **_options: Any) -> Written:
        return self._of(query.get_initial_alias())

    def relabeled_clone(self, change_map: Mapping[str, str]) -> Written:
        return self._of(change_map.get(self.alias, self.alias))

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        alias = compiler.quote_name_unless_alias(self.alias)
        return f"{alias}.".join(self.pieces), self.parameters

    def _of(self, alias: str) -> Written:
        mine = copy(self)
        mine.alias = alias
        return mine


def written(word: Word, actor: Actor, model: type[Model], *, negated: bool = False) -> Q:
    """What must hold, or with `negated` must not hold, of a row of `model` for this actor; as `word(actor)` says it."""
    text = None
    if None not in {actor.membership_id, actor.user_id, actor.unit_id}:
        text = _text(word, model, actor.role, timezone.localdate(), negated)
    if text is None:
        return ~word(actor) if negated else word(actor)
    becomes = text.anybody.becomes(actor)
    return Q(Written(text.pieces, tuple(becomes.get(one, one) for one in text.parameters)))


@lru_cache(maxsize=4096)
def _text(word: Word, model: type[Model], role: str, _today: date, negated: bool) -> Text | None:  # noqa: FBT001 - a key of the cache, all positional
    """None where it has to be built anew each time: it joins another table to the row's, or names the moment."""
    anybody = Anybody(role)
    holds = word(cast(Actor, anybody))
    query = Query(model)
    table = query.get_initial_alias()
    try:
        where = query.build_where(~holds if negated else holds)
        sql, parameters = query.get_compiler(using=DEFAULT_DB_ALIAS).compile(where)
    except (EmptyResultSet, FullResultSet, FieldError):
        return None
    if any(isinstance(one, datetime) for one in parameters):
        return None
    # Apart from every alias that Django gives in the query it becomes part of.
    apart = ALIAS.sub(r"word_\1", sql)
    return Text(tuple(f"({apart})".split(f'"{table}".')), tuple(parameters), anybody)

"""Which models stand behind the door, how an actor can relate to their rows, and what is sealed in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Model, Q

from access.actor import Actor
from access.beside import Beside
from access.policy import policy

Relations = Mapping[str, Callable[[Actor], Q]]
Conditions = Relations
Bars = Relations


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """How one model is protected.

    head: the field group whose `list` action makes a row exist for somebody.
    relations: relation → what must hold of a row of this model (no joins that multiply rows: use Exists).
    conditions: condition of the policy → the same, for every condition that a grant to these groups names.
    bars: bar of the policy → where it holds, the row is closed to the actor; every bar that closes one of these groups.
    kinds: field group → the rows that hold information of that kind; such a row needs that group too, for everything.
    sealed: field group → names of the sealed fields in it.
    file: the field group of the row's file and the field that holds its sealed key, where there is one.
    beside: (actor, row, relation) → the basis with its date, and who else by name.
    case: the case id and number an event about this row belongs under.
    """

    head: str
    relations: Relations
    conditions: Conditions = field(default_factory=dict)
    bars: Bars = field(default_factory=dict)
    kinds: Mapping[str, Q] = field(default_factory=dict)
    sealed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    file: tuple[str, str] | None = None
    beside: Callable[[Actor, Any, str], Beside] | None = None
    case: Callable[[Any], tuple[UUID | None, str]] = lambda _row: (None, "")

    @property
    def groups(self) -> frozenset[str]:
        """Every field group of this model."""
        return frozenset(
            {self.head, *self.kinds, *self.sealed, *([self.file[0]] if self.file else [])}
        )


_protected: dict[type[Model], Protection] = {}


def protect(model: type[Model], protection: Protection) -> None:
    """Puts `model` behind the door; called once, from its app's `ready`."""
    from crypto.fields import SealedField, SealedKeyField

    sealed = {f.name for f in model._meta.get_fields() if isinstance(f, SealedField)}
    keys = {f.name for f in model._meta.get_fields() if isinstance(f, SealedKeyField)}
    grouped = {name for names in protection.sealed.values() for name in names}
    opening = {protection.file[1]} if protection.file else set()
    if sealed - keys != grouped or keys != opening:
        raise ValueError(
            f"{model.__name__}: sealed fields without a field group: {sealed ^ grouped ^ opening}"
        )
    _knows_what_is_asked(model, protection)
    _protected[model] = protection


def _knows_what_is_asked(model: type[Model], protection: Protection) -> None:
    """Nothing starts with a condition or a bar that the policy names and the model cannot answer."""
    table = policy()
    needed = {
        name
        for group in protection.groups
        for relation in protection.relations
        for name in table.conditions_on(relation, group)
    }
    bars = {name for group in protection.groups for name in table.bars_on(group)}
    missing = (needed - protection.conditions.keys()) | (bars - protection.bars.keys())
    unknown = (protection.conditions.keys() - table.conditions.keys()) | (
        protection.bars.keys() - table.bars.keys()
    )
    if missing or unknown:
        raise ValueError(
            f"{model.__name__}: conditions or bars missing: {missing}, unknown: {unknown}"
        )


def protection_of(model: type[Model]) -> Protection:
    """Raises KeyError for a model that nobody put behind the door: it can then not be reached at all."""
    return _protected[model]


def protected_models() -> list[type[Model]]:
    return list(_protected)

"""Which models stand behind the door, how an actor can relate to their rows, and what is sealed in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Model, Q

from access.actor import Actor

Relations = Mapping[str, Callable[[Actor], Q]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """How one model is protected.

    head: the field group whose `list` action makes a row exist for somebody.
    relations: relation → condition on this model's rows (no joins that multiply rows: use Exists).
    sealed: field group → names of the sealed fields in it.
    file: the field group of the row's file and the field that holds its sealed key, where there is one.
    case: the case id and number an event about this row belongs under.
    """

    head: str
    relations: Relations
    sealed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    file: tuple[str, str] | None = None
    case: Callable[[Any], tuple[UUID | None, str]] = lambda _row: (None, "")


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
    _protected[model] = protection


def protection_of(model: type[Model]) -> Protection:
    """Raises KeyError for a model that nobody put behind the door: it can then not be reached at all."""
    return _protected[model]


def protected_models() -> list[type[Model]]:
    return list(_protected)

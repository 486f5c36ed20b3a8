"""Counts that a room gives another by key: counted in the owner's partitions, told only from five up (design §4).

The room that owns the rows registers a provider; the one that asks gets a finished figure, never the rows
and never a number below the smallest that is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext_noop

from access.actor import system_actor
from access.models import Agency
from access.request_transaction import current_work, record, set_partition

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# A count of people below this could point somebody out (ui.md: "färre än 5").
SMALLEST_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Both days included."""

    starts: date
    ends: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`count` is None where it is below `SMALLEST_TOLD`, zero included."""

    key: str
    label: str
    count: int | None
    period: Period


# Counts the rows of one agency; runs inside that agency's partition: (municipality, agency, period) → count.
Provider = Callable[[UUID, UUID, Period], int]


@dataclass(frozen=True, slots=True)
class _Registered:
    label: str | _StrPromise
    provider: Provider


class UnknownFigure(KeyError):
    """Nobody provides a figure under that key."""


_registry: dict[str, _Registered] = {}


def register(key: str, label: str | _StrPromise, provider: Provider) -> None:
    """Called once per key, from the `ready` of the app that owns the rows."""
    if key in _registry:
        raise ValueError(f"figure {key} is registered twice")
    _registry[key] = _Registered(label, provider)


def registered() -> Mapping[str, str]:
    """Key → label of every figure that somebody provides."""
    return {key: str(entry.label) for key, entry in _registry.items()}


def suppressed(count: int) -> int | None:
    """The count, or None where it is too small to be told."""
    return count if count >= SMALLEST_TOLD else None


def figure(key: str, municipality_id: UUID, period: Period) -> Figure:
    """The sum over the municipality's agencies, suppressed. Raises UnknownFigure."""
    try:
        entry = _registry[key]
    except KeyError:
        raise UnknownFigure(key) from None
    mine = current_work()
    total = 0
    try:
        for agency in Agency.objects.filter(municipality_id=municipality_id):
            set_partition(
                system_actor(
                    name=gettext_noop("Siffror till medborgarlöfte"),
                    municipality_id=municipality_id,
                    agency_id=agency.id,
                    agency_kind=agency.kind,
                )
            )
            total += entry.provider(municipality_id, agency.id, period)
    finally:
        set_partition(mine.actor)
    record("figure.count", object_type="access.figure", object_id=None, purpose=key)
    return Figure(key=key, label=str(entry.label), count=suppressed(total), period=period)

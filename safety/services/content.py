"""What a pledge says, as plain values: what a reading gave, what a reviewer changed, what a service stores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from safety.models import Pledge, Promise, Promiser
from safety.rules.person_words import PointsOutAPerson, has_identity_number
from safety.rules.recurrence import recurs_from

if TYPE_CHECKING:
    # What reads pledges compiles a hundred patterns, and every process of the product reads this module at its start.
    from safety.pledge_text import PledgeReading


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseContent:
    """`id` names a stored promise that is kept; None is a new one."""

    promiser: Promiser
    text: str
    recurs_from: UUID | None = None
    id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityContent:
    """An activity found in the text. `promise` is its place in the list, None for the whole pledge."""

    text: str
    promise: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeContent:
    year: int
    title: str
    parties: Sequence[str]
    promises: Sequence[PromiseContent]
    focus_areas: Sequence[str] = ()
    unplaced: Sequence[str] = ()
    activities: Sequence[ActivityContent] = field(default=())


class NoPromises(ValueError):
    """A pledge without a promise is no pledge."""


def content_of(reading: PledgeReading, *, year: int, municipality_id: UUID) -> PledgeContent:
    """What was read, with recurring promises linked. Lines that name officials are left behind here."""
    links = recurring(
        {str(at): promise.text for at, promise in enumerate(reading.promises)},
        year=year,
        municipality_id=municipality_id,
    )
    return PledgeContent(
        year=year,
        title=reading.title or f"Medborgarlöfte {year}",
        parties=reading.parties,
        promises=[
            PromiseContent(
                promiser=Promiser(promise.promiser.value),
                text=promise.text,
                recurs_from=links[str(at)].id if str(at) in links else None,
            )
            for at, promise in enumerate(reading.promises)
        ],
        focus_areas=reading.focus_areas,
        unplaced=[line.text for line in reading.unplaced],
        activities=[
            ActivityContent(text=activity.text, promise=activity.promise)
            for activity in reading.activities
        ],
    )


def earlier_promises(*, year: int, municipality_id: UUID) -> list[Promise]:
    """The promises of the latest earlier year that has any."""
    pledges = Pledge.objects.filter(
        municipality_id=municipality_id, year__lt=year, removed_at__isnull=True
    )
    latest = pledges.order_by("-year").values_list("year", flat=True).first()
    if latest is None:
        return []
    return list(
        Promise.objects.filter(pledge__in=pledges.filter(year=latest))
        .select_related("pledge")
        .order_by("pledge__first_published_at", "order", "id")
    )


def promise_of(pk: UUID, *, municipality_id: UUID) -> Promise | None:
    """A promise of the municipality, with its pledge; None where there is none."""
    return (
        Promise.objects.filter(pk=pk, municipality_id=municipality_id)
        .select_related("pledge")
        .first()
    )


def recurring(texts: Mapping[str, str], *, year: int, municipality_id: UUID) -> dict[str, Promise]:
    """Key → the earlier promise that the text most likely repeats."""
    earlier = {str(p.id): p for p in earlier_promises(year=year, municipality_id=municipality_id)}
    found = recurs_from(texts, {key: promise.text for key, promise in earlier.items()})
    return {mine: earlier[theirs] for mine, theirs in found.items()}


def demand_sound(content: PledgeContent) -> None:
    """Raises NoPromises, or PointsOutAPerson naming where."""
    if not content.promises:
        raise NoPromises
    texts = {
        "title": [content.title],
        "promises": [promise.text for promise in content.promises],
        "focus_areas": content.focus_areas,
        "activities": [activity.text for activity in content.activities],
    }
    for name, lines in texts.items():
        if any(has_identity_number(line) for line in lines):
            raise PointsOutAPerson(name)

"""A page of rows whose number nobody counts: whether there are more is known by asking for one row too many.

Counting what a member may see of 100,000 cases takes longer than finding the page that is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)
# Enough for any list, and small enough to be an offset.
MOST_DIGITS = 6


@dataclass(frozen=True, slots=True)
class UncountedPage(Generic[M]):
    """As Django's Page for `components/pagination.html`, but without a paginator, and so without how many pages there are."""

    rows: list[M]
    number: int
    has_next: bool

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def has_other_pages(self) -> bool:
        return self.has_next or self.has_previous

    @property
    def next_page_number(self) -> int:
        return self.number + 1

    @property
    def previous_page_number(self) -> int:
        return self.number - 1


def uncounted_page(rows: QuerySet[M], asked: str | None, size: int) -> UncountedPage[M]:
    """The page with that number, counted from 1; the first one where it is no number or there are no rows."""
    number = _number(asked)
    start = (number - 1) * size
    found = list(rows[start : start + size + 1])
    if not found and number > 1:
        return uncounted_page(rows, None, size)
    return UncountedPage(found[:size], number, has_next=len(found) > size)


def _number(asked: str | None) -> int:
    text = asked or ""
    return max(int(text), 1) if text.isdecimal() and len(text) <= MOST_DIGITS else 1

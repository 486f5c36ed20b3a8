"""What anybody may read without signing in: published snapshots of one municipality, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext_noop

from access.actor import system_actor
from access.models import Municipality
from access.request_transaction import current_work, set_partition
from audit.event import PLATFORM
from safety.models import Publication


@contextmanager
def public_of(municipality: Municipality) -> Iterator[None]:
    """Lets this transaction see the municipality's joint rows, as a named system actor, until the block ends.

    The actor stands in no agency (the platform's empty id), so no agency's own partition opens.
    """
    set_partition(
        system_actor(
            name=gettext_noop("Medborgarlöften, offentlig sida"),
            municipality_id=municipality.id,
            agency_id=PLATFORM,
        )
    )
    try:
        yield
    finally:
        set_partition(current_work().actor)


def published_pledge(*, code: str, year: int) -> Publication | None:
    """The latest snapshot for that year, or None."""
    municipality = Municipality.objects.filter(code=code).first()
    if municipality is None:
        return None
    with public_of(municipality):
        return Publication.objects.filter(municipality=municipality, year=year).first()


def published_pledges(municipality: Municipality) -> list[Publication]:
    """The latest snapshot of every year, newest year first."""
    with public_of(municipality):
        rows = Publication.objects.filter(municipality=municipality).order_by(
            "-year", "-published_at", "id"
        )
        return list({row.year: row for row in reversed(rows)}.values())[::-1]

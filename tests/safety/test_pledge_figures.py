"""Numbers about cases reach a pledge only as figures: by key, frozen, and never below five."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from access import figures
from access.request_transaction import work
from audit.models import AuditEvent
from safety.models import Publication
from tests.cast import Cast
from tests.safety.steps import (
    POLICE,
    SAFETY,
    activity_fields,
    imported,
    published,
)

PUBLIC = "/medborgarlofte/1495/2026/"


@pytest.fixture
def counted() -> Iterator[dict[UUID, int]]:
    """A figure whose count the test sets, per agency."""
    counts: dict[UUID, int] = {}
    figures.register(
        "counted_in_test", "Räknat i provet", lambda _m, agency, _p: counts.get(agency, 0)
    )
    yield counts
    figures._registry.pop("counted_in_test")


@pytest.mark.parametrize(
    ("count", "told"), [(0, "färre än 5"), (4, "färre än 5"), (5, "5"), (12, "12")]
)
def test_numbers_are_frozen_when_published_and_small_ones_are_not_told(
    cast: Cast, counted: dict[UUID, int], count: int, told: str
):
    police = cast.actor(POLICE, code="1495").agency_id
    mine = cast.actor(SAFETY).agency_id
    counted |= {police: count // 2, mine: count - count // 2}
    page = imported(cast.client(SAFETY))
    fields = activity_fields(cast, figure_keys=["counted_in_test"]) | {"seen_version": "1"}
    assert cast.client(SAFETY).post(f"{page}aktivitet/", fields).status_code == 302
    published(cast, page)
    shown = f"<dd>{told} (till och med"
    assert shown in Client().get(PUBLIC).content.decode()
    counted[mine] = 1000
    assert shown in Client().get(PUBLIC).content.decode()
    with work(cast.actor(SAFETY)):
        frozen = Publication.objects.get().snapshot["whole"][0]["figures"][0]
        assert frozen["count"] == (None if count < 5 else int(told))


@pytest.mark.parametrize(("count", "told"), [(0, None), (1, None), (4, None), (5, 5), (6, 6)])
def test_a_count_below_five_is_never_told(count: int, told: int | None):
    assert figures.suppressed(count) == told


def test_counting_is_noted_in_the_log_and_leaves_the_partition_as_it_was(
    cast: Cast, counted: dict[UUID, int]
):
    actor = cast.actor(SAFETY)
    today = timezone.localdate()
    with work(actor):
        figures.figure(
            "counted_in_test", actor.municipality_id, figures.Period(starts=today, ends=today)
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('sspf.agency')")
            assert cursor.fetchone() == (str(actor.agency_id),)
    with work(actor):
        assert AuditEvent.objects.filter(action="figure.count").count() == 1


def test_an_unknown_figure_is_an_error(cast: Cast):
    actor = cast.actor(SAFETY)
    today = timezone.localdate()
    with work(actor), pytest.raises(figures.UnknownFigure):
        figures.figure("no_such", actor.municipality_id, figures.Period(starts=today, ends=today))


def test_an_activity_says_beforehand_what_will_be_counted_but_not_how_many(
    cast: Cast, counted: dict[UUID, int]
):
    counted[cast.actor(SAFETY).agency_id] = 98765
    page = imported(cast.client(SAFETY))
    fields = activity_fields(cast, figure_keys=["counted_in_test"]) | {"seen_version": "1"}
    cast.client(SAFETY).post(f"{page}aktivitet/", fields)
    shown = cast.client(SAFETY).get(page).content.decode()
    assert "Räknat i provet" in shown
    assert "98765" not in shown

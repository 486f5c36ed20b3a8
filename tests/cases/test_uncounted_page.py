"""A page that nobody counts: the rows, in their order, and whether there are more; nothing else is asked."""

from __future__ import annotations

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from access import door
from access.request_transaction import work
from cases.models import Case
from cases.views.uncounted_page import UncountedPage, uncounted_page
from tests.cases.test_constant_queries import more_cases
from tests.cast import Cast


@pytest.fixture
def five(cast: Cast) -> list[Case]:
    more_cases(cast)
    more_cases(cast)
    actor = cast.actor("koordinator")
    with work(actor):
        rows = list(door.visible(actor, Case))
    assert len(rows) > 5
    return rows[:5]


def page(cast: Cast, five: list[Case], asked: str | None, size: int = 2) -> UncountedPage[Case]:
    actor = cast.actor("koordinator")
    with work(actor):
        mine = door.listed(actor, Case).filter(pk__in=[case.pk for case in five])
        return uncounted_page(mine, asked, size)


def test_pages_together_are_the_list_in_its_order(cast: Cast, five: list[Case]) -> None:
    pages = [page(cast, five, number) for number in ("1", "2", "3")]
    assert [row.pk for one in pages for row in one.rows] == [row.pk for row in five]
    assert [len(one.rows) for one in pages] == [2, 2, 1]
    assert [(one.number, one.has_previous, one.has_next) for one in pages] == [
        (1, False, True),
        (2, True, True),
        (3, True, False),
    ]


def test_a_full_last_page_has_none_after_it(cast: Cast, five: list[Case]) -> None:
    whole = page(cast, five, None, size=5)
    assert len(whole.rows) == 5
    assert not whole.has_other_pages


def test_what_is_no_page_is_the_first(cast: Cast, five: list[Case]) -> None:
    for asked in (None, "", "0", "-1", "två", "½", "1e3", "4", "9" * 30):
        first = page(cast, five, asked)
        assert first.number == 1, asked
        assert [row.pk for row in first.rows] == [row.pk for row in five[:2]], asked


def test_one_question_gives_a_page(cast: Cast, five: list[Case]) -> None:
    actor = cast.actor("koordinator")
    with work(actor), CaptureQueriesContext(connection) as seen:
        assert uncounted_page(door.listed(actor, Case), "1", 2).has_next
    assert len([one for one in seen if "cases_case" in one["sql"]]) == 1


def test_earlier_and_later_pages_have_links_and_no_total(db: None) -> None:
    with translation.override("sv"):
        html = render_to_string(
            "components/pagination.html", {"page": UncountedPage([], 2, has_next=True)}
        )
        last = render_to_string(
            "components/pagination.html", {"page": UncountedPage([], 2, has_next=False)}
        )
    assert "Sida 2</p>" in html
    assert 'rel="prev" href="?page=1"' in html
    assert 'rel="next" href="?page=3"' in html
    assert 'rel="next"' not in last

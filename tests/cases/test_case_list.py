"""The list of cases: the next date and whether it is late come right after the number, and a name that is not shown says why."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from access.request_transaction import work
from cases.models import Case
from cases.services.triage import assign
from tests.cases import talk_steps
from tests.cases.share_steps import text_of
from tests.cast import Cast


def two_cases(cast: Cast) -> None:
    """The unit's manager works on one of them."""
    case = talk_steps.opened(cast)
    with work(cast.actor("koordinator")):
        assign(
            case=Case.objects.get(pk=talk_steps.id_in(case)),
            membership_id=cast.membership("chef").id,
            lead=False,
            today=timezone.localdate(),
        )
    talk_steps.opened(cast)


def test_a_name_that_the_manager_is_not_shown_says_why(cast: Cast) -> None:
    two_cases(cast)
    why = "Namnet visas för den som arbetar i ärendet"
    shown = text_of(cast.client("chef").get("/arenden/"))
    assert (shown.count("Nils Persson"), shown.count(why)) == (1, 1)
    shown = text_of(cast.client("koordinator").get("/arenden/"))
    assert (shown.count("Nils Persson"), shown.count(why)) == (2, 0)


def test_number_and_next_date_come_first(cast: Cast) -> None:
    two_cases(cast)
    page = cast.client("koordinator").get("/arenden/").content.decode()
    assert re.findall(r'<th scope="col"[^>]*>([^<]*)<', page) == [
        "Nummer",
        "Nästa datum",
        "Person",
        "Läge",
        "Öppnat",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 320])
def test_on_a_phone_all_of_a_row_is_seen_and_it_is_still_a_table(
    page_as: Callable[..., Any], width: int
) -> None:
    page = page_as("koordinator", width=width)
    page.goto("/arenden/")
    frame = page.locator(".s-scroll")
    assert frame.evaluate("one => one.scrollWidth <= one.clientWidth")
    headers = page.get_by_role("table").get_by_role("columnheader")
    assert headers.all_inner_texts()[:2] == ["Nummer", "Nästa datum"]

"""The number of queries does not follow the number of rows, on every list that can grow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.request_transaction import work
from cases.models import Protection
from cases.services.triage import Identity, open_case, register_person
from tests.cases import steps
from tests.cast import Cast


def queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def more_concerns(cast: Cast) -> None:
    teacher = cast.client("larare")
    for _ in range(4):
        steps.tell(teacher)


def more_cases(cast: Cast) -> None:
    coordinator = cast.actor("koordinator")
    with work(coordinator):
        for number in range(4):
            person = register_person(
                actor=coordinator,
                identity=Identity(
                    name=f"Person {number}", birth_date="", number=None, protection=Protection.NONE
                ),
                now=timezone.now(),
            )
            open_case(
                actor=coordinator, person=person, now=timezone.now(), today=timezone.localdate()
            )


def more_releases(cast: Cast) -> None:
    coordinator, police = cast.client("koordinator"), cast.membership("polis", code="1495")
    case = steps.first_link(coordinator, "/arenden/", "/arenden/")
    for _ in range(4):
        summary = steps.write_summary(
            coordinator,
            case,
            [police.id],
            until=(timezone.localdate() + timedelta(days=30)).isoformat(),
        )
        cast.client("chef").post(summary, {"act": "approve", "seen_version": "0"})


@pytest.mark.parametrize(
    ("who", "path", "grow"),
    [
        ("koordinator", "/inkommet/", more_concerns),
        ("larare", "/oro/kvitton/", more_concerns),
        ("koordinator", "/arenden/", more_cases),
        ("koordinator", "/", more_concerns),
        ("polis", "/delat-med-oss/", more_releases),
    ],
)
def test_a_list_asks_the_same_number_of_questions_however_long_it_is(
    cast: Cast, who: str, path: str, grow: Callable[[Cast], None]
) -> None:
    steps.released(cast)
    more_concerns(cast)
    client = cast.client(who)
    few = queries(client, path)
    grow(cast)
    assert queries(client, path) == few
    assert few <= 30


def test_the_case_page_asks_the_same_number_of_questions_however_much_has_happened(
    cast: Cast,
) -> None:
    case, _summary = steps.released(cast)
    client = cast.client("koordinator")
    few = queries(client, case)
    more_releases(cast)
    assert queries(client, case) == few

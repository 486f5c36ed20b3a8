"""Agreement on random graphs: the policy's pure function = what the door shows = HTTP 200 or 404 ⊆ row-level security.

The pure side is asked with what `tests/crawl/relations.py` finds in plain rows; the other sides are the product's.
"""

from __future__ import annotations

from random import Random
from uuid import UUID

import pytest
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from access import door
from access.actor import Actor, actor_of
from access.marks import READING
from access.models import Membership
from access.policy import Action
from access.request_transaction import work
from access.routes import classified
from cases.services.search import find_cases
from tests.crawl.changes import Changing, model_of
from tests.crawl.crawler import _client
from tests.crawl.expect import Cell, Expectation, labels, protection
from tests.crawl.graph import Graph, Row
from tests.crawl.relations import cases_of

EXAMPLES = 200
# The page of one row: 200 for whom the row exists, 404 for everybody else.
PAGES = {
    "case_detail": "cases.case",
    "concern_triage": "cases.concern",
    "concern_receipt": "cases.concernreceipt",
    "conversation_detail": "cases.conversation",
    "follow_up": "cases.followup",
    "report_made": "cases.reportmade",
    "released_detail": "cases.release",
    "summary_detail": "cases.summary",
}
# Rows of these are few or never change in the graph; the rest is drawn from.
MODELS_EACH = 7


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32), changes=st.integers(0, 8))
def test_policy_door_pages_and_row_level_security_agree(
    world: Graph, cells: dict[str, Cell], seed: int, changes: int
) -> None:
    draw = Random(seed)
    with transaction.atomic():
        changing = Changing(world, draw)
        for _ in range(changes):
            changing.some_change()
        member = _somebody(changing.graph, draw)
        event(f"{member.role}")
        actor = _actor(member)
        expected = Expectation(changing.graph, member)
        with work(actor):
            for label in draw.sample(labels(), MODELS_EACH):
                _door_agrees(actor, expected, label)
            _search_agrees(actor, expected, cells, draw)
        _page_agrees(expected, member, draw)
        transaction.set_rollback(True)


def _somebody(graph: Graph, draw: Random) -> Row:
    """Those who have something to see are drawn more often than their number."""
    there = list(graph.in_force())
    busy = {one.membership_id for one in graph.all("cases.assignment")} | {
        one.membership_id for one in graph.all("cases.releasereader")
    }
    some = [one for one in there if one.id in busy] if draw.random() < 0.6 else there
    return draw.choice(some)


def _actor(member: Row) -> Actor:
    related = Membership.objects.select_related("user", "unit", "agency", "municipality")
    return actor_of(related.get(pk=member.id))


def _door_agrees(actor: Actor, expected: Expectation, label: str) -> None:
    """What exists, and for each row of it every action with every group."""
    model = model_of(label)
    rows = {row.pk: row for row in door.visible(actor, model)}
    assert rows.keys() == expected.listed[label], label
    in_partition = set(model.objects.values_list("pk", flat=True))
    assert rows.keys() <= in_partition, label
    listed = {row.pk: row for row in door.listed(actor, model)}
    assert list(listed) == list(rows), label
    for pk in [pk for pk in expected.graph.rows[label] if pk in rows][:12]:
        for group in sorted(protection(label).groups):
            for action in Action:
                pure = expected.permits(label, expected.graph.rows[label][pk], group, action)
                assert door.may(actor, rows[pk], group, action) == pure, (label, group, action)
                in_list = door.may(actor, listed[pk], group, action)
                # Of a row that was only listed nothing more is known, so nothing more is ever answered with yes.
                assert in_list == pure if action in READING else in_list <= pure, (label, group)


def _search_agrees(
    actor: Actor, expected: Expectation, cells: dict[str, Cell], draw: Random
) -> None:
    """A search finds what exists for the actor, and else nothing: also with another municipality's number or name."""
    listed = expected.listed["cases.case"]
    by = draw.choice(["number", "cases.person_identifier.value", "cases.person.name"])
    if by == "number":
        case = draw.choice(list(expected.graph.all("cases.case")))
        assert _found(actor, case.number) == {case.id} & listed
        return
    text, cell = draw.choice([one for one in cells.items() if one[1].uid == by])
    hits = _found(actor, text)
    assert hits <= listed
    row = expected.graph.rows[cell.label][cell.row_id]
    theirs = set(cases_of(expected.graph, cell.label, row)) & listed
    if expected.permits(cell.label, row, cell.group, Action.READ):
        assert theirs <= hits
    else:
        assert not theirs & hits


def _found(actor: Actor, term: str) -> set[UUID]:
    return {hit.case.row.pk for hit in find_cases(actor=actor, term=term)}


def _page_agrees(expected: Expectation, member: Row, draw: Random) -> None:
    open_to = [route for route in sorted(PAGES) if member.role in classified()[route]]
    if not open_to:
        return
    client = _client(member.id)
    route = draw.choice(open_to)
    label = PAGES[route]
    listed = expected.listed[label]
    every = list(expected.graph.rows[label])
    for exists, status in ((True, 200), (False, 404)):
        pks = [pk for pk in every if (pk in listed) == exists]
        if pks:
            pk = draw.choice(pks)
            assert client.get(reverse(route, kwargs={"pk": pk})).status_code == status, route


@pytest.mark.usefixtures("noted_templates")
@pytest.mark.parametrize("role", ["coordinator", "social_worker", "manager"])
def test_the_list_of_cases_counts_what_exists(world: Graph, role: str) -> None:
    listed = set()
    for member in [one for one in world.in_force() if one.role == role]:
        expected = Expectation(world, member)
        numbers = {world.rows["cases.case"][pk].number for pk in expected.listed["cases.case"]}
        page = _client(member.id).get(reverse("case_list"))
        if "host" in page.context:
            # A host that may hold no cases yet has a page that says so, in the place of every list.
            assert page.status_code == 404
            assert not numbers
            continue
        assert page.status_code == 200
        assert {row["case"].row.number for row in page.context["rows"]} == numbers
        listed |= numbers
    assert listed

"""The canary crawl as managers: see `tests/crawl/visits.py`."""

from __future__ import annotations

from access.models import Role
from tests.crawl.graph import Graph
from tests.crawl.sought import World
from tests.crawl.steps import no_fault_as


def test_nothing_shows_that_the_table_forbids_and_all_that_it_allows(
    world: Graph, sought: World
) -> None:
    no_fault_as(Role.MANAGER, sought)

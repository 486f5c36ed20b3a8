"""The canary crawl as those who work with young people: see `tests/crawl/visits.py`."""

from __future__ import annotations

import pytest

from access.models import Role
from tests.crawl.crawler import World
from tests.crawl.expect import Cell
from tests.crawl.graph import Graph
from tests.crawl.steps import crawled

HOST_ROLES = frozenset({Role.COORDINATOR, Role.SOCIAL_WORKER})


@pytest.mark.parametrize("role", sorted(HOST_ROLES))
def test_nothing_shows_that_the_table_forbids_and_all_that_it_allows(
    world: Graph, cells: dict[str, Cell], role: str
) -> None:
    faults = crawled(World(world, cells), role)
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)

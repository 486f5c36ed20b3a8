"""The canary crawl as everybody who has no file of their own: see `tests/crawl/visits.py`."""

from __future__ import annotations

import pytest

from access.models import Role
from tests.crawl.graph import Graph
from tests.crawl.sought import World
from tests.crawl.steps import SCHOOLS, WITH_CASES, no_fault_as


@pytest.mark.parametrize("role", sorted(set(Role) - SCHOOLS - WITH_CASES))
def test_nothing_shows_that_the_table_forbids_and_all_that_it_allows(
    world: Graph, sought: World, role: str
) -> None:
    no_fault_as(role, sought)

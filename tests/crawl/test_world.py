"""The world holds a marker in every sealed field, and every state that a case can be in."""

from __future__ import annotations

from cases.models import Stage
from tests.crawl.graph import Graph


def test_every_stage_of_a_case_is_in_every_municipality(world: Graph) -> None:
    found = {(row.municipality_id, row.stage) for row in world.all("cases.case")}
    towns = {municipality for municipality, _stage in found}
    assert len(towns) == 3
    assert found >= {(town, stage.value) for town in towns for stage in Stage}

"""The world holds a marker in every sealed field, and every state that a case can be in."""

from __future__ import annotations

from cases.models import Stage
from tests.crawl.expect import Cell, file_of, labels, sealed_of
from tests.crawl.graph import Graph
from tests.crawl.pages import NO_PAGE_YET, NOT_SHOWN, SHOWN_ON
from tests.crypto.canary import sealed_fields

# Sealed texts that can hold no marker, and why.
UNMARKED: dict[str, str] = {
    "cases.feedback_answer.answer": "one of four codes; its words are the same for every child",
}


def test_every_stage_of_a_case_is_in_every_municipality(world: Graph) -> None:
    found = {(row.municipality_id, row.stage) for row in world.all("cases.case")}
    towns = {municipality for municipality, _stage in found}
    assert len(towns) == 3
    assert found >= {(town, stage.value) for town in towns for stage in Stage}


def test_every_sealed_field_has_a_marker(cells: dict[str, Cell]) -> None:
    """A new sealed field stands here until the world (`tests/crawl/world.py`) has a row that fills it."""
    every = {uid for label in labels() for uid in (*sealed_of(label), *file_of(label))}
    unmarked = every - {cell.uid for cell in cells.values()}
    assert unmarked == UNMARKED.keys()


def test_every_model_with_a_sealed_field_stands_behind_the_door() -> None:
    protected = {uid for label in labels() for uid in sealed_of(label)}
    assert sealed_fields().keys() == protected


def test_every_group_of_a_sealed_field_has_a_page() -> None:
    groups = {
        group
        for label in labels()
        for group in (*sealed_of(label).values(), *file_of(label).values())
    }
    known = SHOWN_ON.keys() | {group_of(uid) for uid in NOT_SHOWN} | NO_PAGE_YET
    assert groups <= known


def group_of(uid: str) -> str:
    return next(sealed_of(label)[uid] for label in labels() if uid in sealed_of(label))

"""What is sought in an answer, and how it is found: markers, values, numbers and ids, in whatever clothing."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from sspf.logs import Anonymous
from tests.crawl.expect import Cell, Expectation
from tests.crawl.graph import Graph, Row
from tests.crawl.markers import CORE, MARKER, readings

IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
# The same without its dashes.
BARE_IDS = re.compile(r"(?=([0-9a-f]{32}))", re.IGNORECASE)
# A number that was drawn for one row; other labels are words. Whatever stands on either side of it.
DRAWN = re.compile(r"([A-Z]\d\d-)(?=(\w{5}))", re.IGNORECASE)
# Dates and identity numbers are sought in every part of a run of digits: they may be glued to others.
DIGITS = re.compile(r"[0-9-]{10,}")


@dataclass
class World:
    """The graph with everything that may be found in an answer, by how it is written."""

    graph: Graph
    cells: dict[str, Cell]
    numbers: dict[str, set[tuple[str, UUID]]] = field(default_factory=lambda: defaultdict(set))
    ids: dict[str, tuple[str, UUID]] = field(default_factory=dict)
    _told: dict[UUID, tuple[Expectation, set[Cell]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for label, rows in self.graph.rows.items():
            for row in rows.values():
                self.ids[str(row.id)] = (label, row.id)
                for column in ("number", "label"):
                    for number in numbers_like(str(getattr(row, column, ""))):
                        if number == getattr(row, column):
                            self.numbers[number].add((label, row.id))
        values = {text for text in self.cells if not text.startswith(CORE)}
        self._lengths = sorted({len(text) for text in values})

    def told_to(self, member: Row) -> tuple[Expectation, set[Cell]]:
        """What exists for the member, and the cells that they may read. Worked out once."""
        if member.id not in self._told:
            expected = Expectation(self.graph, member)
            self._told[member.id] = expected, expected.cells(set(self.cells.values()))
        return self._told[member.id]

    def cells_in(self, texts: Iterable[str]) -> set[Cell]:
        """Markers, and dates and numbers that are a cell's value."""
        found = {one for text in texts for one in self._written_in(text)}
        return {self.cells[one] for one in found if one in self.cells}

    def cells_in_bytes(self, body: bytes) -> set[Cell]:
        return self.cells_in(readings(body))

    def _written_in(self, text: str) -> set[str]:
        found = {hit.upper() for hit in MARKER.findall(text)}
        for run in DIGITS.findall(text):
            for length in self._lengths:
                found |= {run[at : at + length] for at in range(len(run) - length + 1)}
        return found

    def numbers_in(self, texts: Iterable[str]) -> set[str]:
        return {one for text in texts for one in numbers_like(text)} & self.numbers.keys()

    def ids_in(self, texts: Iterable[str]) -> set[str]:
        """Those of rows of the world, however written."""
        found = set()
        for text in texts:
            found |= {one.lower() for one in IDS.findall(text)}
            found |= {str(UUID(one)) for one in BARE_IDS.findall(text)}
        return found & self.ids.keys()


def numbers_like(text: str) -> set[str]:
    return {f"{head}{rest}".upper() for head, rest in DRAWN.findall(text)}


class LogWatch(logging.Handler):
    """Every line of every log while it is on, at DEBUG, as the product writes it; kept are those with something sought."""

    # Loggers that Django sets a level of their own for.
    LOUD = ("", "django")

    def __init__(self, world: World) -> None:
        super().__init__(logging.DEBUG)
        self.addFilter(Anonymous())
        self.world, self.kept = world, list[str]()

    def emit(self, record: logging.LogRecord) -> None:
        if self.world.cells_in([self.format(record)]):
            self.kept.append(f"{record.name} {record.levelname}")

    def __enter__(self) -> Self:
        # Alone: what others would write of each line is not looked at.
        root = logging.getLogger()
        self._handlers, root.handlers = root.handlers, [self]
        self._levels = {name: logging.getLogger(name).level for name in self.LOUD}
        for name in self.LOUD:
            logging.getLogger(name).setLevel(logging.DEBUG)
        return self

    def __exit__(self, *_exc: object) -> None:
        logging.getLogger().handlers = self._handlers
        for name, level in self._levels.items():
            logging.getLogger(name).setLevel(level)

"""What each member is to see: the policy's pure function, asked with what the graph says holds. The door is not asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from django.apps import apps

from access.policy import Action, policy
from access.protection import Protection, protected_models, protection_of
from crypto.fields import SealedField, SealedKeyField
from tests.crawl import relations
from tests.crawl.graph import Graph, Row

# The log is no partition model; what it says is tested beside its pages.
NOT_IN_THE_GRAPH = {"audit.auditevent"}


class Unwritten(LookupError):
    """The product has a word that `tests/crawl/relations.py` does not know."""


@dataclass(frozen=True)
class Cell:
    """One sealed text of one row."""

    uid: str
    label: str
    row_id: UUID
    group: str


def labels() -> list[str]:
    """Every protected model, by label."""
    found = [model._meta.label_lower for model in protected_models()]
    return [label for label in found if label not in NOT_IN_THE_GRAPH]


@cache
def protection(label: str) -> Protection:
    return protection_of(apps.get_model(label))


@cache
def sealed_of(label: str) -> dict[str, str]:
    """uid → field group, for the model's sealed texts."""
    model = apps.get_model(label)
    groups = {name: g for g, names in protection(label).sealed.items() for name in names}
    return {
        field.uid: groups[field.name]
        for field in model._meta.local_fields
        if isinstance(field, SealedField) and not isinstance(field, SealedKeyField)
    }


@cache
def file_of(label: str) -> dict[str, str]:
    """uid of the file's key → field group, where the model has a file."""
    file = protection(label).file
    if file is None:
        return {}
    group, name = file
    field = apps.get_model(label)._meta.get_field(name)
    assert isinstance(field, SealedKeyField)
    return {field.uid: group}


class Expectation:
    """What one member may list and read, by the policy and the graph."""

    def __init__(self, graph: Graph, member: Row) -> None:
        self.graph, self.member = graph, member
        self.listed: dict[str, set[UUID]] = {}
        self.readable: set[Cell] = set()
        for label in labels():
            self.listed[label] = {
                row.id for row in graph.all(label) if self.permits(label, row, None, Action.LIST)
            }

    def cells(self, texts: Iterable[Cell]) -> set[Cell]:
        """Those of `texts` whose row exists for the member and whose group may be read."""
        return {
            cell
            for cell in texts
            if cell.row_id in self.listed[cell.label]
            and self.permits(
                cell.label, self.graph.rows[cell.label][cell.row_id], cell.group, Action.READ
            )
        }

    def permits(self, label: str, row: Row, group: str | None, action: Action) -> bool:
        """Whether `action` is open with `group` of this row (None: its head), kinds of information included."""
        if row.municipality_id != self.member.municipality_id:
            return False
        through = self._relations(label, row)
        if not through:
            return False
        kinds = [kind for kind in protection(label).kinds if self._of_kind(label, kind, row)]
        asked = [*kinds, group or protection(label).head]
        holds, barred = self._conditions(label, row), self._bars(label, row)
        return all(
            any(
                policy().permits(self.member.role, relation, of, action, holds=holds, barred=barred)
                for relation in through
            )
            for of in asked
        )

    def _relations(self, label: str, row: Row) -> list[str]:
        found = []
        for name in protection(label).relations:
            holds = _known(relations.RELATIONS, name, "relation", label)
            inside = name in relations.ACROSS_AGENCIES or relations.same_partition(self.member, row)
            if inside and holds(self.graph, self.member, label, row):
                found.append(name)
        return found

    def _conditions(self, label: str, row: Row) -> frozenset[str]:
        asked = protection(label).conditions
        return frozenset(
            name
            for name in asked
            if _known(relations.CONDITIONS, name, "condition", label)(
                self.graph, self.member, label, row
            )
        )

    def _bars(self, label: str, row: Row) -> frozenset[str]:
        asked = protection(label).bars
        return frozenset(
            name
            for name in asked
            if _known(relations.BARS, name, "bar", label)(self.graph, self.member, label, row)
        )

    @staticmethod
    def _of_kind(label: str, kind: str, row: Row) -> bool:
        try:
            return relations.KINDS[label, kind](row)
        except KeyError:
            raise Unwritten(_SAY.format("kind", kind, label)) from None


_SAY = "the {} {!r} of {} is not in tests/crawl/relations.py: write there when it holds"


def _known(words: dict[str, relations.Holds], name: str, what: str, label: str) -> relations.Holds:
    try:
        return words[name]
    except KeyError:
        raise Unwritten(_SAY.format(what, name, label)) from None

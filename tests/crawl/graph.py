"""The world's rows as plain values, read past the door: what expectations are worked out from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from access.actor import system_actor
from access.models import Agency, Membership
from access.models.partition import PartitionModel
from access.request_transaction import set_partition

Row = SimpleNamespace


def partition_models() -> list[type[Model]]:
    return [
        model
        for model in apps.get_models()
        if issubclass(model, PartitionModel) and not model._meta.abstract
    ]


@dataclass
class Graph:
    """label → id → row, with every column as it is stored; sealed cells stay sealed."""

    today: date
    rows: dict[str, dict[UUID, Row]] = field(default_factory=lambda: defaultdict(dict))
    members: dict[UUID, Row] = field(default_factory=dict)
    _by: dict[tuple[str, str], dict[Any, list[Row]]] = field(default_factory=dict)

    @classmethod
    def of_everything(cls) -> Graph:
        return cls.of(Agency.objects.order_by("pk"))

    @classmethod
    def of(cls, agencies: Iterable[Agency]) -> Graph:
        graph = cls(timezone.localdate())
        for membership in Membership.objects.select_related("user").order_by("pk"):
            values = {f.attname: getattr(membership, f.attname) for f in membership._meta.fields}
            graph.members[membership.pk] = Row(**values, is_active=membership.user.is_active)
        with transaction.atomic():
            for agency in agencies:
                set_partition(
                    system_actor(
                        name="", municipality_id=agency.municipality_id, agency_id=agency.id
                    )
                )
                for model in partition_models():
                    for values in (
                        model._default_manager.filter(agency_id=agency.id).order_by("pk").values()
                    ):
                        graph.rows[model._meta.label_lower][values["id"]] = Row(**values)
        return graph

    def all(self, label: str) -> Iterable[Row]:
        return self.rows[label].values()

    def where(self, label: str, column: str, value: Any) -> list[Row]:
        """The rows of a model with that value in a column."""
        key = (label, column)
        if key not in self._by:
            found = defaultdict(list)
            for row in self.all(label):
                found[getattr(row, column)].append(row)
            self._by[key] = found
        return self._by[key].get(value, [])

    def copied(self) -> Graph:
        """Another of the same rows, which may get more of them, and others in their place."""
        rows = defaultdict(dict, {label: dict(of) for label, of in self.rows.items()})
        return Graph(self.today, rows, dict(self.members))

    def forget(self) -> None:
        """After rows were changed: what was looked up before is looked up anew."""
        self._by.clear()

    def case_of(self, label: str, row: Row) -> UUID | None:
        """The case a row hangs on, through whatever it hangs on."""
        if label == "cases.case":
            return UUID(str(row.id))
        if getattr(row, "case_id", None):
            return UUID(str(row.case_id))
        for column, target in _ON_A_CASE:
            parent = getattr(row, column, None)
            if parent and parent in self.rows[target]:
                return self.case_of(target, self.rows[target][parent])
        return None

    def in_force(self) -> Iterator[Row]:
        for member in self.members.values():
            in_time = member.starts_on <= self.today <= member.ends_on
            if in_time and member.ended_at is None and member.is_active:
                yield member


# A row without a case of its own, by the column that leads towards one.
_ON_A_CASE = (
    ("conversation_id", "cases.conversation"),
    ("consent_id", "cases.consent"),
    ("summary_id", "cases.summary"),
    ("attachment_id", "cases.attachment"),
    ("disclosure_id", "cases.disclosure"),
)

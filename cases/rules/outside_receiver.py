"""Whom something may be told who has no partition here: asked of the dated table `law/outside_receiver.toml`.

Pure. The register knows such a receiver by an id that stands for it in the table, in the place of an agency's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from cases.rules.law import in_force, rows

TABLE = "outside_receiver"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideReceiver:
    """kind: what it is before the law, as the catalogue of bases calls it. asks_name: who receives it there is named."""

    id: UUID
    kind: str
    name: str
    asks_name: bool


def offered(on: date) -> list[OutsideReceiver]:
    """Those that Dela offers on that day, in the table's order."""
    return [_receiver(row) for row in in_force(TABLE, on) if row["in_guide"]]


def outside(agency_id: UUID) -> OutsideReceiver | None:
    """The receiver that the register knows by this id; None for an agency that works here."""
    return next((_receiver(row) for row in rows(TABLE) if row["id"] == agency_id.int), None)


def _receiver(row: Mapping[str, Any]) -> OutsideReceiver:
    return OutsideReceiver(
        id=UUID(int=row["id"]),
        kind=row["kind"],
        name=_(row["name"]),
        asks_name=row["asks_name"],
    )

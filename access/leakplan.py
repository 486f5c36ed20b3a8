"""What each plaintext or indexed column gives away to somebody who has the database, as somebody signed it off.

`leakplan.toml` holds a line for every column that is not sealed. A column without a line, a line without a
column, and an index that no line mentions are faults. After CipherSweet's leak planner.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import models

from crypto.fields import SealedField

PLAN = Path(__file__).with_name("leakplan.toml")
SEALED = "sealed"
LENGTH_CLASS = "length class: under 31 bytes alike, above that within 12 % (PADMÉ)"
# In every partition table, and the same everywhere.
PLACE = ("id", "municipality_id", "agency_id")


@dataclass(frozen=True, slots=True)
class Column:
    """One column as the models have it. `values` is how many it can take, where that is a short closed list."""

    table: str
    name: str
    sealed: bool
    nullable: bool
    values: int | None
    key: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One column with what was signed about it."""

    column: Column
    kind: str
    gives: str


@dataclass(frozen=True, slots=True)
class Plan:
    """`tables`: table → column → (kind, what it gives). `indexes`: table → index → what it gives."""

    signed_on: str
    kinds: dict[str, str]
    place: dict[str, str]
    left_out: dict[str, str]
    tables: dict[str, dict[str, tuple[str, str]]]
    indexes: dict[str, dict[str, str]]


class PlanError(Exception):
    """The file itself is wrong."""


def read_plan(text: str) -> Plan:
    """Raises PlanError for a line of an unknown kind or without a reason."""
    raw = tomllib.loads(text)
    kinds: dict[str, str] = raw["kinds"]
    tables, indexes = {}, {}
    for table, columns in raw["table"].items():
        indexes[table] = dict(columns.pop("indexes", {}))
        tables[table] = {name: _signed(table, name, line, kinds) for name, line in columns.items()}
    return Plan(
        signed_on=str(raw["signed_on"]),
        kinds=kinds,
        place=raw["place"],
        left_out=raw["left_out"],
        tables=tables,
        indexes=indexes,
    )


def _signed(table: str, name: str, line: str, kinds: dict[str, str]) -> tuple[str, str]:
    kind, colon, gives = line.partition(":")
    if kind not in kinds or not colon or not gives.strip():
        raise PlanError(
            f"{table}.{name}: write “kind: what it gives away”, with a kind of the list"
        )
    return kind, gives.strip()


@cache
def plan() -> Plan:
    return read_plan(PLAN.read_text(encoding="utf-8"))


def planned_models(of: Plan) -> list[type[models.Model]]:
    """Every model that stands for a table and is not left out with a reason."""
    found = [m for m in apps.get_models() if m._meta.db_table not in of.left_out]
    return sorted(found, key=table_of)


def table_of(model: type[models.Model]) -> str:
    return model._meta.db_table.replace('"', "")


def columns_of(model: type[models.Model]) -> Iterator[Column]:
    for field in model._meta.local_concrete_fields:
        yield Column(
            table=table_of(model),
            name=str(field.column),
            sealed=isinstance(field, SealedField),
            nullable=field.null,
            values=_values(field),
            key=field.primary_key or isinstance(field, models.ForeignKey),
        )


def _values(field: Any) -> int | None:
    if isinstance(field, models.BooleanField):
        return 3 if field.null else 2
    return len(field.choices) if field.choices else None


def indexes_of(model: type[models.Model]) -> dict[str, tuple[str, ...]]:
    """The indexes that are no primary key and no foreign key's own: name → columns."""
    found: dict[str, tuple[str, ...]] = {}
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            found[constraint.name] = tuple(constraint.fields)
    for index in model._meta.indexes:
        found[index.name] = tuple(index.fields)
    for together in model._meta.unique_together:
        found[f"on {', '.join(together)}"] = tuple(together)
    for field in model._meta.local_concrete_fields:
        if isinstance(field, models.ForeignKey) or field.primary_key:
            continue
        if field.unique or getattr(field, "db_index", False):
            found[f"on {field.column}"] = (str(field.column),)
    return found


def lines(of: Plan) -> list[Line]:
    """Every column of every planned model that is sealed or signed off."""
    found = []
    for model in planned_models(of):
        signed = of.tables.get(table_of(model), {})
        for column in columns_of(model):
            if column.sealed:
                found.append(Line(column, SEALED, _of_sealed(column, signed)))
            elif column.name in of.place and column.key:
                found.append(Line(column, "id", of.place[column.name]))
            elif column.name in signed:
                found.append(Line(column, *signed[column.name]))
    return found


def _of_sealed(column: Column, signed: dict[str, tuple[str, str]]) -> str:
    if column.name in signed:
        return f"{LENGTH_CLASS}; {signed[column.name][1]}"
    return LENGTH_CLASS


def faults(of: Plan) -> list[str]:
    """What nobody signed off, and what was signed off that is no longer there."""
    found = []
    tables = {table_of(model): model for model in planned_models(of)}
    for table, model in tables.items():
        columns = {column.name: column for column in columns_of(model)}
        signed = of.tables.get(table, {})
        found += [
            f"{table}.{name}: nobody signed off {_unsigned(column)}"
            for name, column in columns.items()
            if _needs_a_line(column, of) and name not in signed
        ]
        found += [f"{table}.{name}: signed off, but not there" for name in signed.keys() - columns]
        found += [
            f"{table}.{name}: sealed and not nullable, so there is nothing to sign off"
            for name, column in columns.items()
            if column.sealed and not column.nullable and name in signed
        ]
        found += _index_faults(table, model, of)
    found += [f"{table}: signed off, but no such table" for table in of.tables.keys() - tables]
    return sorted(found)


def _needs_a_line(column: Column, of: Plan) -> bool:
    if column.sealed:
        return column.nullable
    return not (column.key and column.name in of.place)


def _unsigned(column: Column) -> str:
    return "that NULL tells whether it is filled" if column.sealed else "what it gives away"


def _index_faults(table: str, model: type[models.Model], of: Plan) -> list[str]:
    there, signed = indexes_of(model), of.indexes.get(table, {})
    missing = [
        f"{table}: nobody signed off the index “{name}” on {', '.join(there[name])}"
        for name in there.keys() - signed
    ]
    gone = [
        f"{table}: the index “{name}” is signed off, but not there"
        for name in signed.keys() - there
    ]
    return missing + gone

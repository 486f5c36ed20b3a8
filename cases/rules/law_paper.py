"""The dated tables of law as people read them: one part for each row, with what every column is called in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from access.models import AgencyKind, Role, SecrecyRegime
from access.signed_tables.tables import Section
from cases.rules.law_words import COLUMNS, VALUES

# What a row is headed by, and what stands last; in between the columns stand as in the table.
HEADINGS = ("title", "label", "name", "code", "sender", "custody", "kind", "municipality")
LAST = ("provision", "basis", "valid_from", "valid_to", "reviewed_by")


def law_sections(content: Mapping[str, Any]) -> list[Section]:
    """A part for each row; of a table of another shape, a part for each of its own parts."""
    rows = [row for value in content.values() if isinstance(value, list) for row in value]
    named = [(_column(key), value) for key, value in content.items() if isinstance(value, Mapping)]
    parts = [(_heading(row, number), row) for number, row in enumerate(rows, start=1)] + named
    columns = (_("Uppgift"), _("Värde"))
    return [
        Section(title, columns, [(_column(key), _value(row[key])) for key in _order(row)])
        for title, row in parts
    ]


def _heading(row: Mapping[str, Any], number: int) -> str:
    if "age_from" in row and "age_to" in row:
        ages = _("%(first)s till %(last)s år") % {"first": row["age_from"], "last": row["age_to"]}
        return f"{number}. {ages}"
    named = next((row[key] for key in HEADINGS if row.get(key)), "")
    code = f" ({row['code']})" if "code" in row and named != row["code"] else ""
    return (
        f"{number}. {_value(named)}{code}" if named else _("Regel %(number)s") % {"number": number}
    )


def _order(row: Mapping[str, Any]) -> list[str]:
    return [key for key in row if key not in LAST] + [key for key in LAST if key in row]


def _column(key: str) -> str:
    return str(COLUMNS.get(key) or _coded(key))


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _("Ja") if value else _("Nej")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "; ".join(f"{_column(key)}: {_value(one)}" for key, one in value.items())
    if isinstance(value, list):
        between = " | " if any(isinstance(one, Mapping) for one in value) else ", "
        return between.join(_value(one) for one in value) or _("Ingen")
    if value == "":
        return _("Ingen uppgift")
    return str(_coded(str(value)))


def _coded(code: str) -> str:
    """The words of a role, a kind of agency, a secrecy regime or another closed code; else as it is written."""
    for closed in (Role, AgencyKind, SecrecyRegime):
        if code in closed.values:
            return str(closed(code).label)
    return str(VALUES.get(code, code))

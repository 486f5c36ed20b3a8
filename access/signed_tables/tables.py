"""The tables that decide: what a lawyer signs. Each app that keeps one registers it; its hash is over what it says.

The hash is SHA-256 over the parsed table as JSON with sorted keys: comments and the order of keys do not count, the
order of rows does.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import Any

SHORT = 8
POLICY = "policy"
_tables: dict[str, Table] = {}


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a table as people read it: rows of cells under named columns."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that can be printed and signed. `title` and `sections` are in the language of whoever asks."""

    code: str
    file: Path
    title: Callable[[], str]
    sections: Callable[[Mapping[str, Any]], list[Section]]

    @property
    def content(self) -> Mapping[str, Any]:
        return _content(self.file)

    @property
    def sha256(self) -> str:
        return digest(self.content)

    @property
    def short(self) -> str:
        """The beginning of the hash, as the paper shows it: enough to tell two versions apart."""
        return self.sha256[:SHORT]

    @property
    def version(self) -> str:
        """The version that the table states, or else its newest rule's first day; with the beginning of the hash."""
        newest = max((row["valid_from"] for row in _dated(self.content)), default="")
        return " · ".join(
            str(part) for part in (self.content.get("version", newest), self.short) if part
        )


def register_table(table: Table) -> None:
    """Called when an app is ready. Raises ValueError for a code that another file has."""
    if _tables.setdefault(table.code, table).file != table.file:
        raise ValueError(f"two tables are called {table.code!r}")


def tables() -> list[Table]:
    """Every table: the policy, then those of law by their code."""
    return sorted(_tables.values(), key=lambda table: (table.code != POLICY, table.code))


def table_called(code: str) -> Table:
    """Raises KeyError for a table that nobody has registered."""
    return _tables[code]


def digest(content: Any) -> str:
    """SHA-256 in hex, equal for tables that say the same."""
    return hashlib.sha256(canonical(content)).hexdigest()


def canonical(content: Any) -> bytes:
    def as_text(value: Any) -> str:
        if isinstance(value, (date, time)):
            return value.isoformat()
        raise TypeError(f"a table cannot hold {type(value).__name__}")

    text = json.dumps(
        content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=as_text
    )
    return text.encode()


def _dated(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Every row that says from when it holds, whatever the table calls its rows."""
    return [
        row
        for rows in content.values()
        if isinstance(rows, list)
        for row in rows
        if isinstance(row, Mapping) and "valid_from" in row
    ]


@cache
def _content(file: Path) -> Mapping[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))

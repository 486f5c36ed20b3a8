"""The tables that decide: what a lawyer signs. Each app that keeps one registers it; its hash is over what it says.

The hash is SHA-256 over the parsed table as JSON with sorted keys: comments and the order of keys do not count, the
order of rows does.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

SHORT = 8
_tables: dict[str, Table] = {}


@dataclass(frozen=True, slots=True)
class Table:
    """A table that can be printed and signed. `kind`: law (dated rows) or policy (who may see what)."""

    code: str
    title: _StrPromise
    file: Path
    kind: str = "law"

    @property
    def content(self) -> Mapping[str, Any]:
        return _content(self.file)

    @property
    def sha256(self) -> str:
        return _digest(self.file)

    @property
    def version(self) -> str:
        """The version that the table states, or else its newest rule's first day; with the beginning of the hash."""
        stated = self.content.get("version") or max(
            (row["valid_from"] for row in self.content.get("rule", ()) if "valid_from" in row),
            default="",
        )
        return f"{stated} · {self.sha256[:SHORT]}".removeprefix(" · ")


def register_table(table: Table) -> None:
    """Called when an app is ready. Raises ValueError for a code that is taken by another file."""
    if _tables.setdefault(table.code, table).file != table.file:
        raise ValueError(f"two tables are called {table.code!r}")


def tables() -> list[Table]:
    """Every table, those of law by their code, after the policy."""
    return sorted(_tables.values(), key=lambda table: (table.kind != "policy", table.code))


def table_called(code: str) -> Table:
    """Raises KeyError for a table that nobody has registered."""
    return _tables[code]


def canonical(content: Any) -> bytes:
    """Equal for tables that say the same."""

    def as_text(value: Any) -> str:
        if isinstance(value, date):
            return value.isoformat()
        raise TypeError(f"a table cannot hold {type(value).__name__}")

    text = json.dumps(
        content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=as_text
    )
    return text.encode()


@cache
def _content(file: Path) -> Mapping[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def _digest(file: Path) -> str:
    return hashlib.sha256(canonical(_content(file))).hexdigest()

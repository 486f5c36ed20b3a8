"""`manage.py leakplan`: what whoever has the database learns from each column that is not sealed."""

from __future__ import annotations

import shutil
import textwrap
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from access.leakplan import (
    SEALED,
    Line,
    Plan,
    faults,
    indexes_of,
    lines,
    plan,
    planned_models,
    table_of,
)

NAME, KIND = 26, 14


class Command(BaseCommand):
    help = "Tells what each plaintext or indexed column gives away; fails on one that nobody signed off."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="only the totals and the faults")

    def handle(self, *args: Any, **options: Any) -> None:
        of = plan()
        told = lines(of)
        if not options["quiet"]:
            self._tables(of, told)
        self._totals(of, told)
        found = faults(of)
        if found:
            raise CommandError("\n".join(["The leak plan does not hold:", *found]))

    def _tables(self, of: Plan, told: list[Line]) -> None:
        width = max(shutil.get_terminal_size().columns, 100)
        for model in planned_models(of):
            table = table_of(model)
            self.stdout.write(f"\n{table}")
            for line in told:
                if line.column.table == table and line.column.name not in of.place:
                    self._wrapped(line.column.name, _kind(line), line.gives, width)
            for name, columns in indexes_of(model).items():
                gives = of.indexes.get(table, {}).get(name, "not signed off")
                self._wrapped(f"index {name}", "", f"({', '.join(columns)}) {gives}", width)

    def _wrapped(self, name: str, kind: str, gives: str, width: int) -> None:
        head = f"  {name:<{NAME}} {kind:<{KIND}} "
        self.stdout.write(
            textwrap.fill(
                gives, width, initial_indent=head, subsequent_indent=" " * (NAME + KIND + 4)
            )
        )

    def _totals(self, of: Plan, told: list[Line]) -> None:
        kinds = Counter(line.kind for line in told)
        tables = len({line.column.table for line in told})
        indexes = sum(len(indexes_of(model)) for model in planned_models(of))
        self.stdout.write("")
        self.stdout.write(f"Every table also has {', '.join(of.place)}: {of.place['id']}.")
        for kind, words in of.kinds.items():
            self.stdout.write(f"  {kinds.get(kind, 0):>4}  {kind:<{KIND}} {words}")
        self.stdout.write(
            f"{tables} tables, {len(told)} columns: {kinds[SEALED]} sealed, {len(told) - kinds[SEALED]}"
            f" in plain text, {indexes} indexes. Signed off {of.signed_on}."
        )


def _kind(line: Line) -> str:
    return f"{line.kind} ({line.column.values})" if line.column.values else line.kind

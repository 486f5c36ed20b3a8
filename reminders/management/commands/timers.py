"""Prints every timer of rules.toml as it holds on a day: from what, when, to whom, how. For whoever answers for the routine."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.translation import override

from reminders.rules import Stage, Timer, rules
from reminders.rules_version import counted_with
from reminders.texts import KINDS
from reminders.working_days import local_date


class Command(BaseCommand):
    help = "Prints the table of timers as it holds today, or on another day."

    def add_arguments(self, parser: CommandParser) -> None:
        """A day on which a deadline is set."""
        parser.add_argument("--on", type=date.fromisoformat, help="like 2026-12-01")

    def handle(self, *args: Any, **options: Any) -> None:
        """One timer a paragraph, in Swedish, as the people see it."""
        day: date = options["on"] or local_date(timezone.now())
        with override("sv"):
            for kind in sorted(KINDS):
                held = [t for t in rules().timers if t.kind == kind and t.valid_from <= day]
                if held:
                    self.stdout.write(_paragraph(max(held, key=lambda t: t.valid_from)))
        self.stdout.write(counted_with())


def _paragraph(timer: Timer) -> str:
    term = f"{timer.term} {_unit(timer)}" if timer.term is not None else "datum ges"
    lines = [
        f"{timer.kind}: {KINDS[timer.kind].task}",
        f"  tid: {term}; gäller från {timer.valid_from}",
        f"  grund: {timer.basis}",
        *(["  lagens sista dag: nästa arbetsdag, om dagen är ledig"] if timer.statutory else []),
        *(
            f"  {_when(stage, timer)}: {stage.to}, {' och '.join(stage.channels)}"
            for stage in timer.stages
        ),
    ]
    return "\n".join(lines) + "\n"


def _when(stage: Stage, timer: Timer) -> str:
    if stage.at_once:
        return "genast"
    return f"{stage.at:+d} {_unit(timer)}" if stage.at else "dagen"


def _unit(timer: Timer) -> str:
    return "arbetsdagar" if timer.working else "dagar"

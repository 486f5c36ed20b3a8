"""`python -m bench`: measure, print a table, write what was measured into docs/performance.md. `make bench` calls it."""

import argparse
import importlib
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import django

from bench import database, report
from bench.figure import Figure, Plan

GROUPS = ("open", "blind", "names", "list", "cost", "peers", "verify", "rotation", "reminders")
MODULES = {"open": "opening", "verify": "verifying", "list": "listing"}


def say(text: str) -> None:
    """Show progress at once, also through a pipe."""
    print(text, flush=True)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench", description="Measure the goals of SSPF.")
    parser.add_argument("--only", help=f"groups, separated by commas: {', '.join(GROUPS)}")
    parser.add_argument("--small", action="store_true", help="only try that everything works")
    parser.add_argument("--write", type=Path, help="where to write the document")
    options = parser.parse_args(arguments)
    groups = options.only.split(",") if options.only else GROUPS
    unknown = set(groups) - set(GROUPS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))} (there are {', '.join(GROUPS)})")
    started = time.monotonic()
    say("Making a database …")
    with database.template() as name:
        os.environ.update(database.environment(name))
        django.setup()
        measured = _measure(groups, Plan(small=options.small))
        took = time.monotonic() - started
        figures = [figure for one in measured.values() for figure in one.figures]
        say(f"\n{report.table(figures)}\n\n{report.machine()}; {took:.0f} s")
        if options.small:
            say("A small run: everything works, and the figures mean nothing.")
        path = options.write or (None if options.small else report.DOCUMENT)
        if path:
            report.write(path, measured, GROUPS)
            say(f"Written to {path}")
    return 0


def _measure(groups: Sequence[str], plan: Plan) -> dict[str, report.Measured]:
    measured: dict[str, report.Measured] = {}
    for group in groups:
        started = time.monotonic()
        say(f"{group} …")
        module = importlib.import_module(f"bench.{MODULES.get(group, group)}")
        figures: list[Figure] = []
        for figure in module.measure(plan):
            figures.append(figure)
            name, goal, median, interval, *_rest = report.cells(figure)
            say(f"  {name}: {median} ({interval}), goal {goal}: {figure.verdict}")
        measured[group] = report.Measured(figures, time.monotonic() - started)
        say(f"  … {measured[group].seconds:.0f} s")
    return measured


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

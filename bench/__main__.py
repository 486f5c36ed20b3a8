"""`python -m bench`: measure, print a table, write docs/performance.md. `make bench` calls it."""

import argparse
import importlib
import os
import sys
import time
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
        figures = _measure(groups, Plan(small=options.small))
        took = time.monotonic() - started
        say(f"\n{report.table(figures)}\n\n{report.machine()}; {took:.0f} s")
        if options.small:
            say("A small run: everything works, and the figures mean nothing.")
        # A part of the figures, or a small run's, is never put in the place of the whole.
        whole = not options.only and not options.small
        path = options.write or (report.DOCUMENT if whole else None)
        if path:
            report.write(path, figures, took)
            say(f"Written to {path}")
    return 0


def _measure(groups: tuple[str, ...] | list[str], plan: Plan) -> list[Figure]:
    figures: list[Figure] = []
    for group in groups:
        started = time.monotonic()
        say(f"{group} …")
        module = importlib.import_module(f"bench.{MODULES.get(group, group)}")
        for figure in module.measure(plan):
            figures.append(figure)
            name, goal, median, interval, *_rest = report.cells(figure)
            say(f"  {name}: {median} ({interval}), goal {goal}: {figure.verdict}")
        say(f"  … {time.monotonic() - started:.0f} s")
    return figures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`make chaos`: every failpoint, five minutes of the nemesis, the same for three baselines; prints tables, writes docs/reminders.md."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import time as clock
from typing import Any

import django

from sspf import local

os.environ["SSPF_ENV"] = "test"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sspf.settings")
local.ensure()
django.setup()

from bench.report import machine  # noqa: E402 - models need Django to be ready
from reminders.failpoint import Point  # noqa: E402 - as above
from reminders.working_days import local_date, local_moment  # noqa: E402 - as above
from sspf.processes import free_port  # noqa: E402 - as above
from tests.cast import Cast  # noqa: E402 - as above
from tests.chaos import baselines, failpoints, report, run  # noqa: E402 - as above
from tests.chaos.crew import Crew, mail, wait_until_open  # noqa: E402 - as above
from tests.chaos.failpoints import Fault, Result  # noqa: E402 - as above
from tests.chaos.people import colleagues, owe  # noqa: E402 - as above
from tests.chaos.place import Place  # noqa: E402 - as above
from tests.chaos.servers import Servers, own_folder, servers  # noqa: E402 - as above

SECONDS, DEADLINES = 300.0, 2000
PARTS = ("failpoints", "chaos", "baselines")
BETWEEN, PAUSES = (0.5, 3.0), (0.5, 12.0)
# The deadlines keep the workers busy: a fault that meets an idle process proves nothing.
SLOW = 0.05


def say(text: str) -> None:
    """Show progress at once, also through a pipe."""
    print(text, flush=True)


def main(arguments: list[str]) -> int:
    """Run the parts; 0 if the promise was kept."""
    parser = argparse.ArgumentParser(prog="chaos", description="Kill everything; count reminders.")
    parser.add_argument("--only", help=f"parts, separated by commas: {', '.join(PARTS)}")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long the nemesis rages")
    parser.add_argument("--deadlines", type=int, default=DEADLINES)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument(
        "--write", action="store_true", help="put the tables into docs/reminders.md"
    )
    options = parser.parse_args(arguments)
    parts = options.only.split(",") if options.only else list(PARTS)
    if unknown := set(parts) - set(PARTS):
        parser.error(f"unknown: {', '.join(sorted(unknown))} (there are {', '.join(PARTS)})")
    kept = True
    for part in parts:
        started = time.monotonic()
        say(f"{part} …")
        table, good = {"failpoints": _failpoints, "chaos": _chaos, "baselines": _baselines}[part](
            options
        )
        kept = kept and good
        say(f"\n{table}\n… {time.monotonic() - started:.0f} s")
        # What was tried with less is never put in the place of the whole; every failpoint always is the whole.
        if options.write or part == "failpoints" or _is_whole(options):
            report.write({part: table}, machine=machine())
            say(f"Written to {report.DOCUMENT}")
        say("")
    return 0 if kept else 1


def _is_whole(options: argparse.Namespace) -> bool:
    return bool(options.seconds >= SECONDS and options.deadlines >= DEADLINES)


def _tell(left: float, faults: int) -> None:
    say(f"    {left:.0f} s left, {faults} faults")


@contextmanager
def _place(*, slow: float = 0.0) -> Iterator[tuple[Servers, Place]]:
    with own_folder() as folder, servers(folder) as own:
        yield own, run.place_for(own, folder, smtp_port=free_port(), slow=slow)


def _failpoints(options: argparse.Namespace) -> tuple[str, bool]:
    with _place() as (_own, whole):
        place = replace(whole, lease=None, patience=None, mail_timeout=0.3)
        assert place.epoch is not None
        due_on = local_date(place.epoch)
        place.enter("web")
        actor = Cast().actor("koordinator")
        people = iter(colleagues(actor, len(Point) * len(Fault)))
        crew = Crew(place, {"mail": mail})
        crew.start("mail")
        try:
            wait_until_open(place.smtp_port)
            at = local_moment(due_on, clock(8))
            results: list[Result] = []
            for result in failpoints.all_of(
                place, at=at, owe=lambda: owe(actor, people, due_on=due_on)
            ):
                results.append(result)
                if len(results) % len(Fault) == 0:
                    say(f"  {result.point}")
        finally:
            crew.stop()
    good = all(r.reached and r.told == failpoints.expected(r.point, r.fault) for r in results)
    return report.failpoints(results), good


def _chaos(options: argparse.Namespace) -> tuple[str, bool]:
    with _place(slow=SLOW) as (own, place):
        outcome = run.run(
            own,
            place,
            deadlines=options.deadlines,
            seconds=options.seconds,
            seed=options.seed,
            between=BETWEEN,
            pauses=PAUSES,
            tell=_tell,
        )
    return report.chaos(outcome, seconds=options.seconds, seed=options.seed), outcome.kept


def _baselines(options: argparse.Namespace) -> tuple[str, bool]:
    """The same nemesis and the same load; ours among them, a third of the time each."""
    seconds, debts = options.seconds / 3, options.deadlines // 3
    rough: dict[str, Any] = {
        "seed": options.seed,
        "between": BETWEEN,
        "pauses": PAUSES,
        "tell": _tell,
    }
    scores = list[baselines.Score]()
    with _place(slow=SLOW) as (own, whole):
        for name in baselines.SYSTEMS:
            say(f"  {name} …")
            folder = whole.folder / f"system-{len(scores)}"
            folder.mkdir()
            place = replace(whole, folder=folder)
            scores.append(
                baselines.measure(name, own, place, debts=debts, seconds=seconds, **rough)
            )
            say(f"    {scores[-1]}")
            own.empty_valkey()
        say("  SSPF …")
        outcome = run.run(own, whole, deadlines=debts, seconds=seconds, **rough)
    scores.append(
        baselines.Score(
            "SSPF", outcome.kills, len(outcome.told), outcome.lost, outcome.mails_doubled
        )
    )
    return report.baselines(scores), outcome.kept


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

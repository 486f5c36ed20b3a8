"""The tables on the screen and between the markers of docs/reminders.md."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from reminders.failpoint import Point
from sspf import local
from tests.chaos.baselines import Score
from tests.chaos.failpoints import Fault, Result
from tests.chaos.run import Outcome

DOCUMENT = local.ROOT / "docs" / "reminders.md"


def failpoints(results: Sequence[Result]) -> str:
    """A row for each point, a column for each fault: how many mails the server took. The notice is told only where it is not one."""
    cells = {(r.point, r.fault): _cell(r) for r in results}
    rows = [[point.value, *(cells.get((point, fault), "") for fault in Fault)] for point in Point]
    return _table(["failpoint", *Fault], rows)


def _cell(result: Result) -> str:
    told = f"{result.mails}" if result.mail == "sent" else f"{result.mails} ({result.mail})"
    if (result.notices, result.inbox) != (1, "sent"):
        told += f"; notices {result.notices} ({result.inbox})"
    return told if result.reached else f"{told}; not reached"


def chaos(outcome: Outcome, *, seconds: float, seed: int) -> str:
    rows = [
        ["seconds of faults, seed", f"{seconds:.0f}, {seed}"],
        ["deadlines", str(len(outcome.told))],
        *([what, str(count)] for what, count in sorted(outcome.faults.items())),
        ["kills in all", str(outcome.kills)],
        ["lost", str(outcome.lost)],
        ["not finished", str(outcome.unfinished)],
        ["notices doubled", str(outcome.notices_doubled)],
        ["tries cut off between handing over and commit", str(outcome.cut_off)],
        ["mails doubled, all with the same Message-ID", str(outcome.mails_doubled)],
        ["mails doubled outside that window", str(outcome.outside_the_window)],
        ["mails that nobody owed", str(outcome.unknown_mails)],
    ]
    return _table(["what", "how many"], rows)


def baselines(scores: Sequence[Score]) -> str:
    rows = [
        [
            score.name,
            str(score.kills),
            str(score.owed),
            str(score.lost),
            str(score.doubled),
            _per_thousand(score.lost, score.kills),
            _per_thousand(score.doubled, score.kills),
        ]
        for score in scores
    ]
    return _table(
        ["system", "kills", "owed", "lost", "doubled", "lost/1,000 kills", "doubled/1,000 kills"],
        rows,
    )


def _per_thousand(count: int, kills: int) -> str:
    return f"{1000 * count / kills:.0f}" if kills else "–"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write(tables: Mapping[str, str], *, machine: str) -> None:
    """Puts each table between its markers; the rest of the document is written by hand."""
    text = DOCUMENT.read_text(encoding="utf-8")
    for part, table in {**tables, "machine": f"Machine: {machine}."}.items():
        begin, end = f"<!-- {part} -->", f"<!-- /{part} -->"
        pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        text, found = pattern.subn(f"{begin}\n{table}\n{end}", text)
        assert found == 1, part
    DOCUMENT.write_text(text, encoding="utf-8")

"""The table on the screen and in docs/performance.md."""

import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import database
from bench.figure import Figure, Verdict
from sspf import local

DOCUMENT = local.ROOT / "docs" / "performance.md"
# After the last group's part.
END = "end"
HEADINGS = ("Figure", "Goal", "Median", "95 % interval", "Pairs", "Goal met?", "Made of")


def cells(figure: Figure) -> tuple[str, ...]:
    """One figure as the texts of its row."""
    low, high = _number(figure.spread.low), _number(figure.spread.high)
    return (
        figure.name,
        f"{figure.goal}{figure.unit}" if figure.goal else "–",
        _number(figure.spread.median) + figure.unit,
        f"{low} – {high}",
        str(figure.spread.samples),
        figure.verdict.value,
        figure.absolute,
    )


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def machine() -> str:
    """The class of this machine, without its name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB, {platform.system()},"
        f" Python {platform.python_version()}, PostgreSQL {database.server_version()}"
    )


def table(figures: Sequence[Figure]) -> str:
    """The figures in columns, for a terminal."""
    rows = [HEADINGS[:-1], *(cells(figure)[:-1] for figure in figures)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join(lines)


@dataclass(frozen=True)
class Measured:
    """The figures of one group, and the seconds they took."""

    figures: Sequence[Figure]
    seconds: float


def block(measured: Measured) -> str:
    """One group's part of docs/performance.md."""
    figures = measured.figures
    head = [
        "| " + " | ".join(HEADINGS) + " |",
        "|" + "---|" * len(HEADINGS),
    ]
    rows = ["| " + " | ".join(cells(figure)) + " |" for figure in figures]
    setups = [f"- **{figure.name}.** {figure.setup}" for figure in figures]
    missed = [f for f in figures if f.verdict in (Verdict.NOT_MET, Verdict.MEDIAN_ONLY)]
    not_reached = [
        f"- **{f.name}** ({_number(f.spread.median)}{f.unit}, goal {f.goal}{f.unit}; {f.verdict})."
        f" {f.held_back or 'Not looked into yet.'}"
        for f in missed
    ] or ["Every goal was reached in this run."]
    parts = [
        "\n".join([*head, *rows]),
        f"Measured {datetime.now(UTC).date()}: {machine()}; {measured.seconds:.0f} s.",
        "What was compared:\n\n" + "\n".join(setups),
        "What is not reached, and why:\n\n" + "\n".join(not_reached),
    ]
    return "\n\n".join(parts)


def document(blocks: Mapping[str, str], order: Sequence[str]) -> str:
    """docs/performance.md, whole; `blocks` by group."""
    parts = [
        _mark(group) + f"\n## {group}\n\n{blocks[group]}" for group in order if group in blocks
    ]
    return "\n\n".join([_INTRODUCTION, *parts, _mark(END) + "\n" + _NOT_MEASURED]) + "\n"


def blocks_of(text: str) -> dict[str, str]:
    """The groups' parts of a document that was written before."""
    found = re.split(r"^<!-- group: (\w+) -->\n", text, flags=re.MULTILINE)
    return {
        group: part.split("\n\n", 1)[1].strip()
        for group, part in zip(found[1::2], found[2::2], strict=True)
        if group != END
    }


def _mark(group: str) -> str:
    return f"<!-- group: {group} -->"


def write(path: Path, measured: Mapping[str, Measured], order: Sequence[str]) -> None:
    """What was measured now takes the place of what stood there of the same groups; the others stay."""
    before = blocks_of(path.read_text(encoding="utf-8")) if path.exists() else {}
    now = {group: block(one) for group, one in measured.items()}
    path.write_text(document(before | now, order), encoding="utf-8")


_INTRODUCTION = """\
# Performance

*Written by `make bench`; do not edit. The code is in `bench/`, one file for each group of figures. `make bench ONLY=blind` measures one
group anew and leaves the others as they stand, `make bench SMALL=1` tries that everything works (its figures mean nothing, and are not written). Decisions:
`decisions/0013-bench.md`, `decisions/0032-what-a-list-is-compared-with.md`.*

Figures are ratios of two ways of doing the same on the same machine, in the same minutes. The two take turns (A B B A); each
pair gives one ratio; the first pair is dropped. Given are the median and the 95 % interval of a bootstrap over the pairs (10,000 resamplings, fixed
seed). A goal is *met* only if the interval's bad end meets it. PostgreSQL runs with its defaults (`synchronous_commit` on)."""

_NOT_MEASURED = """\
## What is not measured

- **Whole pages.** No figure here is a request through the proxy with sessions, templates and a browser.
- **More than one machine**, a network between web and database, replicas, a connection pooler.
- **Growth.** Only the blind index, the name search and `verify` are measured at the size that their goal names; nothing is measured at a million cases.
- **A key service.** Keys are wrapped by the local master key; a network key service adds one call for each municipality and five minutes.
- **Memory**, and what garbage collection costs: it is off while an arm runs, as in `timeit`.
- **The sequencer beside the writers.** It is not running while writers are measured; it takes a core's share of its own."""

"""docs/performance.md: a group that is measured anew takes its own place, and the others stay as they stood."""

from __future__ import annotations

from pathlib import Path

from bench import report
from bench.__main__ import GROUPS
from bench.figure import Figure, at_least
from bench.measure import spread


def measured(name: str, value: float) -> report.Measured:
    figure = Figure(name=name, spread=spread([value] * 3), goal=at_least(5), setup=f"How {name}.")
    return report.Measured([figure], seconds=12)


def test_a_group_alone_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    report.write(path, {"list": measured("lists", 7), "blind": measured("looks", 2)}, GROUPS)
    before = report.blocks_of(path.read_text(encoding="utf-8"))
    assert list(before) == ["blind", "list"]
    report.write(path, {"list": measured("lists", 9)}, GROUPS)
    text = path.read_text(encoding="utf-8")
    after = report.blocks_of(text)
    assert after["blind"] == before["blind"]
    assert "| lists | ≥ 5 | 9.00 |" in after["list"]
    assert "| 7.00 |" not in text
    assert text.count("## What is not measured") == 1


def test_the_document_says_of_each_group_when_what_how_and_why_not() -> None:
    missed = report.block(measured("looks", 2))
    assert missed.splitlines()[4].startswith("Measured 20")
    assert "- **looks.** How looks." in missed
    assert "- **looks** (2.00, goal ≥ 5; not met). Not looked into yet." in missed
    assert "Every goal was reached" in report.block(measured("lists", 7))


def test_the_document_that_is_kept_holds_parts_of_known_groups() -> None:
    kept = report.blocks_of(report.DOCUMENT.read_text(encoding="utf-8"))
    assert kept
    assert kept.keys() <= set(GROUPS)

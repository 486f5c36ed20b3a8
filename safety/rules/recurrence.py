"""Which promise of an earlier year a promise repeats: by likeness of text, as a suggestion (domain 5.5)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("recurrence.toml")


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def likeness(text: str, earlier: str) -> float:
    """From 0 to 1; 1 for the same words. What is under the table's limits counts as 0."""
    one, other = _core(text), _core(earlier)
    if not one or not other:
        return 0.0
    table = _table()
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    ratio = matcher.ratio()
    shorter = min(len(one), len(other))
    longest = matcher.find_longest_match().size / shorter
    contained = shorter >= table["contained_from"] and longest >= table["contained"]
    if ratio >= table["alike"] or contained:
        return max(ratio, longest if contained else 0.0)
    return 0.0


def recurs_from(texts: Mapping[str, str], earlier: Mapping[str, str]) -> dict[str, str]:
    """Key of a promise → key of the earlier one it most likely repeats; each earlier one at most once."""
    pairs = sorted(
        (
            (likeness(text, before), mine, theirs)
            for mine, text in texts.items()
            for theirs, before in earlier.items()
        ),
        key=lambda pair: -pair[0],
    )
    found: dict[str, str] = {}
    taken: set[str] = set()
    for score, mine, theirs in pairs:
        if score > 0 and mine not in found and theirs not in taken:
            found[mine] = theirs
            taken.add(theirs)
    return found


def _core(text: str) -> str:
    words = " ".join(text.casefold().split()).rstrip(".!")
    for opening in _table()["openings"]:
        if words.startswith(f"{opening} "):
            return words.removeprefix(f"{opening} ")
    return words

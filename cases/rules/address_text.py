"""Whether free text looks like an address, by the dated word list `law/address_text.toml`.

A guard for a tired writer, not against somebody who hides it: a street spelled out of order passes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from cases.rules.law import in_force

WORD = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
# The letters before the ending: "på gatan" is no street, "Storgatan" is.
BEFORE = 2


@dataclass(frozen=True, slots=True)
class Found:
    """Where it stands, counted from 1, and the words as they were written."""

    line: int
    words: str


@dataclass(frozen=True, slots=True)
class _List:
    endings: tuple[str, ...]
    numbered: tuple[str, ...]
    words: tuple[re.Pattern[str], ...]
    none: frozenset[str]


def addresses(text: str, on: date) -> list[Found]:
    """Everything in the text that looks like an address on that day's list, in reading order."""
    known = _of_day(on)
    found: list[Found] = []
    for number, line in enumerate(text.splitlines(), start=1):
        plain = unicodedata.normalize("NFKC", line.translate(INVISIBLE))
        spots = sorted({*_streets(plain, known), *_words(plain, known)})
        found += [Found(number, words) for _at, words in spots]
    return found


def _streets(line: str, known: _List) -> Iterable[tuple[int, str]]:
    words = list(WORD.finditer(line))
    for previous, word in zip([None, *words], words, strict=False):
        # A file's name joins words with a low line, which is none of the word's own.
        small = word[0].casefold()
        number = re.match(r"[\s_]*\d{1,4}\s?[A-Za-zÅÄÖåäö]?\b(?![.:]\d)", line[word.end() :])
        whole = word[0] + (number[0].rstrip() if number else "")
        if small in known.none and not number:
            continue
        if _ends(small, known.endings) or (number and _ends(small, known.numbered)):
            yield word.start(), whole
        elif number and small in (*known.endings, *known.numbered):
            yield from _named_before(line, previous, word.start(), whole)


def _named_before(
    line: str, previous: re.Match[str] | None, at: int, whole: str
) -> Iterable[tuple[int, str]]:
    """The name may stand as a word of its own, with a capital: "Norra vägen 3"."""
    if previous is None or line[previous.end() : at].strip():
        return
    name = re.search(r"[A-ZÅÄÖ][^\W\d_]+", re.split("[-']", previous[0])[-1])
    if name:
        yield previous.end() - len(name[0]), f"{name[0]} {whole}"


def _ends(word: str, endings: tuple[str, ...]) -> bool:
    return any(word.endswith(end) and len(word) - len(end) >= BEFORE for end in endings)


def _words(line: str, known: _List) -> Iterable[tuple[int, str]]:
    for pattern in known.words:
        for spot in pattern.finditer(line):
            yield spot.start(), spot[0]


@cache
def _of_day(on: date) -> _List:
    lists: dict[str, list[str]] = {
        "ending": [],
        "numbered": [],
        "word": [],
        "pattern": [],
        "not": [],
    }
    for row in in_force("address_text", on):
        lists[row["kind"]] += row["of"]
    words = [rf"(?<!\w){re.escape(word)}(?!\w)" for word in lists["word"]]
    return _List(
        tuple(lists["ending"]),
        tuple(lists["numbered"]),
        tuple(re.compile(one, re.IGNORECASE) for one in (*words, *lists["pattern"])),
        frozenset(lists["not"]),
    )

"""Whether a typed name fits a person's: any order of words, small slips, å, ä and ö kept apart but accepted as a and o."""

from __future__ import annotations

import unicodedata
from difflib import SequenceMatcher

# How alike two words must be to count as one mistyped; shorter words must be right.
ALIKE = 0.8
LONG_ENOUGH = 4
EXACT, BEGINS, WITHOUT_MARKS, MISTYPED = 1.0, 0.9, 0.8, 0.6


def fit(typed: str, name: str) -> float:
    """0 for no hit, else up to 1. Every typed word must fit a word of the name of its own."""
    wanted, words = _words(typed), _words(name)
    if not wanted or len(wanted) > len(words):
        return 0.0
    total = 0.0
    for one in wanted:
        best = max(words, key=lambda word: _alike(one, word))
        score = _alike(one, best)
        if score == 0.0:
            return 0.0
        words.remove(best)
        total += score
    return total / len(wanted)


def _alike(typed: str, word: str) -> float:
    if typed == word:
        return EXACT
    if len(typed) > 1 and word.startswith(typed):
        return BEGINS
    plain, bare = _without_marks(typed), _without_marks(word)
    if plain == bare or (len(plain) > 1 and bare.startswith(plain)):
        return WITHOUT_MARKS
    if min(len(plain), len(bare)) < LONG_ENOUGH:
        return 0.0
    return MISTYPED if SequenceMatcher(None, plain, bare).ratio() >= ALIKE else 0.0


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFC", text).casefold()
    return "".join(c if c.isalnum() else " " for c in folded).split()


def _without_marks(word: str) -> str:
    parts = unicodedata.normalize("NFD", word)
    return "".join(c for c in parts if not unicodedata.combining(c))

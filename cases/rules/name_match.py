"""Whether a typed name fits a person's: any order of words, small slips, words that sound alike.

å, ä and ö are letters of their own, but accepted as a and o. A double name is the same with a hyphen, with a
space and in one word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

# Shorter words must be right; longer ones may hold one slip, long ones two.
ONE_SLIP, TWO_SLIPS = 4, 9
EXACT, BEGINS, WITHOUT_MARKS, SOUNDS, MISTYPED = 1.0, 0.9, 0.8, 0.7, 0.6
WORD = re.compile(r"[^\W_]+")
# Spellings of one sound in Swedish names: Christina and Kristina, Carl and Karl, Hjalmar and Jalmar, Wilma and Vilma.
SPELLINGS = (
    ("ch", "k"), ("ck", "k"), ("ph", "f"), ("th", "t"), ("hj", "j"), ("gj", "j"), ("lj", "j"),
    ("c", "k"), ("q", "k"), ("w", "v"), ("z", "s"), ("x", "ks"), ("y", "i"),
)  # fmt: skip
DOUBLED = re.compile(r"(.)\1+")


def fit(typed: str, name: str) -> float:
    """0 for no hit, else up to 1. Every typed word must fit a word of the name of its own."""
    return sought(typed)(name)


def sought(typed: str) -> Callable[[str], float]:
    """A function that fits one name after the other to what was typed, which is prepared once."""
    wanted = _words(typed)
    # Names repeat; what is remembered is gone with the search.
    known: list[dict[str, float]] = [{} for _one in wanted]

    def fits(name: str) -> float:
        words = _words(name)
        left, total = list(words), 0.0
        for one, scores in zip(wanted, known, strict=True):
            best, at = 0.0, -1
            for place, word in enumerate(left):
                score = scores.get(word)
                if score is None:
                    score = scores[word] = _alike(one, word)
                if score > best:
                    best, at = score, place
            if at < 0:
                best = _within_a_double_name(one, words)
                if best == 0.0:
                    return 0.0
            else:
                del left[at]
            total += best
        return total / len(wanted) if wanted else 0.0

    return fits


def _within_a_double_name(typed: str, words: list[str]) -> float:
    """Anna-Karin, Anna Karin and Annakarin are one name, whichever of them was typed."""
    whole = _without_marks("".join(words))
    return WITHOUT_MARKS if len(typed) >= ONE_SLIP and _without_marks(typed) in whole else 0.0


def _alike(typed: str, word: str) -> float:
    if typed == word:
        return EXACT
    if len(typed) > 1 and word.startswith(typed):
        return BEGINS
    plain, bare = _without_marks(typed), _without_marks(word)
    if plain == bare or (len(plain) > 1 and bare.startswith(plain)):
        return WITHOUT_MARKS
    shorter = min(len(plain), len(bare))
    if shorter < ONE_SLIP:
        return 0.0
    if _sound(plain) == _sound(bare):
        return SOUNDS
    slips = 2 if shorter >= TWO_SLIPS else 1
    return MISTYPED if _within(plain, bare, slips) else 0.0


def _within(one: str, other: str, slips: int) -> bool:
    """Whether a letter too many, missing, wrong or swapped with its neighbour, so many times, makes the other."""
    if abs(len(one) - len(other)) > slips:
        return False
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if at is None:
        return True
    if not slips:
        return False
    one, other = one[at:], other[at:]
    rests = [(one[1:], other[1:]), (one[1:], other), (one, other[1:])]
    if one[:2] == other[1::-1]:
        rests.append((one[2:], other[2:]))
    return any(_within(a, b, slips - 1) for a, b in rests)


def _words(text: str) -> list[str]:
    return WORD.findall(unicodedata.normalize("NFC", text).casefold())


def _without_marks(word: str) -> str:
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFD", word)
    return "".join(c for c in parts if not unicodedata.combining(c))


def _sound(word: str) -> str:
    for spelling, sound in SPELLINGS:
        word = word.replace(spelling, sound)
    return DOUBLED.sub(r"\1", word)

"""Does a free text point out a person? Numbers are stopped, what looks like a name is asked about (domain S19)."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

REMOVED = "[nummer borttaget]"
TABLE = Path(__file__).with_name("person_words.toml")


@dataclass(frozen=True, slots=True)
class PersonRules:
    stop: tuple[re.Pattern[str], ...]
    ask: tuple[re.Pattern[str], ...]
    not_a_name: frozenset[str]
    endings: tuple[str, ...]


@cache
def person_rules() -> PersonRules:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return PersonRules(
        stop=tuple(re.compile(row["pattern"]) for row in table["stop"]),
        # As a look-ahead, so that a word can be the second of one pair and the first of the next.
        ask=tuple(re.compile(f"(?=({row['pattern']}))") for row in table["ask"]),
        not_a_name=frozenset(table["not_a_name"]["words"]),
        endings=tuple(table["not_a_name"]["endings"]),
    )


def has_identity_number(text: str) -> bool:
    """Something shaped like a personnummer or samordningsnummer; also where the check digit is wrong."""
    plain = _plain(text)
    return any(pattern.search(plain) for pattern in person_rules().stop)


def without_identity_numbers(text: str) -> str:
    """The text with every such number taken out; unchanged where there is none."""
    if not has_identity_number(text):
        return text
    plain = _plain(text)
    for pattern in person_rules().stop:
        plain = pattern.sub(REMOVED, plain)
    return plain


def possible_names(text: str, *, known: Collection[str] = ()) -> tuple[str, ...]:
    """Pairs of words that may be somebody's name. `known`: words of the municipality's own units."""
    rules = person_rules()
    allowed = rules.not_a_name | {word.casefold() for word in known}
    found: dict[str, None] = {}
    for pattern in rules.ask:
        for match in pattern.finditer(_plain(text)):
            pair = " ".join(match[1].split())
            words = pair.casefold().split()
            if not any(word in allowed or word.endswith(rules.endings) for word in words):
                found[pair] = None
    return tuple(found)


def words_of(*names: str) -> frozenset[str]:
    """The words of organisations' names, to be known as no person's."""
    return frozenset(word.casefold() for name in names for word in re.findall(r"\w{3,}", name))


def _plain(text: str) -> str:
    """As the eye sees it: no invisible marks, every digit one of 0–9, line breaks as spaces."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(
        str(unicodedata.digit(sign))
        if sign.isdigit() and unicodedata.digit(sign, -1) >= 0
        else sign
        for sign in folded
        if unicodedata.category(sign) != "Cf"
    )


class PointsOutAPerson(ValueError):
    """A text holds an identity number; the argument is the field's name, never the text."""


def refuse_identity_numbers(**texts: str) -> None:
    """Raises PointsOutAPerson with the name of the first text that holds one."""
    for name, text in texts.items():
        if has_identity_number(text):
            raise PointsOutAPerson(name)

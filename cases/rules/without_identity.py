"""What in a text may point out somebody: a name, a number, an address. For a consultation without identity.

It finds the plain cases and no others: that a small place points somebody out is for the writer to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from cases.rules.address_text import addresses
from cases.rules.identity_number import NotAnIdentityNumber, read_identity_number

SHORTEST_NAME = 3
WORD = re.compile(r"[^\W\d_]+")
IDENTITY_NUMBER = re.compile(r"\b(?:\d{2})?\d{6}[-+ ]?\d{4}\b")
TELEPHONE = re.compile(r"\b(?:\+46|0)\d{1,3}[- ]?\d(?:[ -]?\d){4,}\b")


class Trace(StrEnum):
    NAME = "name"
    NUMBER = "number"
    ADDRESS = "address"


def traces(text: str, *, names: Iterable[str], on: date) -> list[Trace]:
    """What is found, each once. names: of the one it is about, as known here; empty where nobody is known."""
    bare = _bare(text)
    known = {part.casefold() for name in names for part in WORD.findall(name)}
    found = []
    if any(part in bare for part in known if len(part) >= SHORTEST_NAME):
        found.append(Trace.NAME)
    if IDENTITY_NUMBER.search(text) or TELEPHONE.search(text):
        found.append(Trace.NUMBER)
    if addresses(text, on):
        found.append(Trace.ADDRESS)
    return found


def tells_who(text: str, *, names: Iterable[str]) -> bool:
    """Whether it says more than first name and year of birth: a whole number, or two parts of a known name."""
    bare = _bare(text)
    for name in names:
        parts = {part.casefold() for part in WORD.findall(name) if len(part) >= SHORTEST_NAME}
        if len(parts & bare) > 1:
            return True
    return any(_is_a_number(found[0]) for found in IDENTITY_NUMBER.finditer(text))


def _is_a_number(digits: str) -> bool:
    try:
        read_identity_number(digits)
    except NotAnIdentityNumber:
        return False
    return True


def _bare(text: str) -> set[str]:
    """The words; "Nils" is also in "Nils's" and in "Nilses": a genitive -s is taken off."""
    words = {word.casefold() for word in WORD.findall(text)}
    return words | {word.removesuffix("s") for word in words}

"""What in a text may point out somebody: a name, a number, an address. For a consultation without identity.

It finds the plain cases and no others: that a small place points somebody out is for the writer to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from cases.rules.address_text import addresses

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
    words = {word.casefold() for word in WORD.findall(text)}
    known = {part.casefold() for name in names for part in WORD.findall(name)}
    # "Nils" is also in "Nils's" and in "Nilses": a genitive -s is taken off.
    bare = words | {word.removesuffix("s") for word in words}
    found = []
    if any(part in bare for part in known if len(part) >= SHORTEST_NAME):
        found.append(Trace.NAME)
    if IDENTITY_NUMBER.search(text) or TELEPHONE.search(text):
        found.append(Trace.NUMBER)
    if addresses(text, on):
        found.append(Trace.ADDRESS)
    return found

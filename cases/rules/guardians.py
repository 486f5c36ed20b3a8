"""Whose yes a conversation needs, as a hint, and whose a consent lacked: asked of dated tables."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from cases.rules.age import age_on
from cases.rules.codes import row_of
from cases.rules.law import in_force


class Say(StrEnum):
    """Who is to be on board before an orossamtal."""

    GUARDIANS = "guardians"
    GUARDIANS_AND_YOUTH = "guardians_and_youth"
    YOUTH = "youth"
    UNKNOWN = "unknown"


def who_has_a_say(born: date | None, on: date) -> Say:
    """UNKNOWN where the birth date or the rule is missing: then the page asks for care."""
    found = in_force("guardian", on)
    if born is None or not found:
        return Say.UNKNOWN
    rule = found[-1]
    age = age_on(born, on)
    if age >= rule["guardians_until"]:
        return Say.YOUTH
    return Say.GUARDIANS_AND_YOUTH if age >= rule["own_say_from"] else Say.GUARDIANS


@dataclass(frozen=True, slots=True)
class Held:
    """A custody as it stands, or as it would stand. custody: a code of law/custody.toml; ends_on: the last day."""

    id: UUID
    custody: str
    starts_on: date
    ends_on: date | None

    def on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


def lacked_a_signature(held: Iterable[Held], answered: Collection[UUID], *, on: date) -> bool:
    """Whether a consent given on that day lacked somebody who decided then. answered: who had signed, or was excepted.

    Whoever had custody that day and did not answer is lacking; so is the other of two that are not both known by name.
    """
    deciding = [one for one in held if one.on(on)]
    if any(one.id not in answered for one in deciding):
        return True
    needed = [int(row_of("custody", one.custody, on)["at_least"]) for one in deciding]
    return len(answered) < max(needed, default=1)


def too_many(custody: str, others: int, on: date) -> bool:
    """Whether that kind of custody leaves no room for so many others beside."""
    return others >= int(row_of("custody", custody, on)["at_most"])

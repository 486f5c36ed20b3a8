"""Whose yes a conversation needs, as a hint: asked of the dated table `law/guardian.toml`."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from cases.rules.age import age_on
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

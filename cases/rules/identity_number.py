"""Personnummer and samordningsnummer, however they are typed, as twelve digits (folkbokföringslagen 18 §)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from personnummer import personnummer

from cases.models.person import IdentifierKind

SHAPE = re.compile(r"(\d{2})?(\d{6})([-+]?)(\d{4})")


class NotAnIdentityNumber(ValueError):
    """The text is no valid number; the message never repeats it."""


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    digits: str
    kind: IdentifierKind

    def __repr__(self) -> str:
        return "IdentityNumber(‹förseglat›)"


def read_identity_number(typed: str) -> IdentityNumber:
    """Raises NotAnIdentityNumber for anything but a number whose date and check digit are right."""
    compact = re.sub(r"[\s\u00a0]", "", typed)
    if not SHAPE.fullmatch(compact):
        raise NotAnIdentityNumber("shape")
    try:
        parsed = personnummer.Personnummer(compact)
    except personnummer.PersonnummerException:
        raise NotAnIdentityNumber("check") from None
    kind = (
        IdentifierKind.SAMORDNINGSNUMMER
        if parsed.is_coordination_number()
        else IdentifierKind.PERSONNUMMER
    )
    return IdentityNumber(parsed.format(long_format=True).replace("-", "").replace("+", ""), kind)

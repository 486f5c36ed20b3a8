"""Personnummer and samordningsnummer, however they are typed, as twelve digits (folkbokföringslagen 18 §)."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from personnummer import personnummer

from cases.models.person import IdentifierKind

# The mathematical minus is no dash to Unicode.
MINUS = "\u2212"
UNKNOWN_DAY, LAST_DAY = 60, 31
SHAPE = re.compile(r"(\d{2})?(\d{6})([-+]?)(\d{4})", re.ASCII)


class NotAnIdentityNumber(ValueError):
    """The text is no valid number. The message is one of shape, date, check, future; it never repeats the text."""


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    digits: str
    kind: IdentifierKind

    def __repr__(self) -> str:
        return "IdentityNumber(‹förseglat›)"


class _Number(personnummer.Personnummer):  # type: ignore[misc]  # the library has no types
    """Also takes a coordination number whose month or day is unknown (00, 60) or is none of the calendar's.

    Skatteverket gives such numbers (194 of its 2,264 published test numbers are of that kind).
    """

    def is_coordination_number(self) -> bool:
        return int(self.day) >= UNKNOWN_DAY

    def get_date(self) -> date:
        """The day in the number, or the nearest there is; ValueError where it can be none."""
        if not self.is_coordination_number():
            return date(int(self.full_year), int(self.month), int(self.day))
        year, month, day = int(self.full_year), int(self.month), int(self.day) - UNKNOWN_DAY
        if day > LAST_DAY:
            raise ValueError("no day")
        month = month or 1
        return date(year, month, min(max(day, 1), monthrange(year, month)[1]))


def read_identity_number(typed: str, *, born_by: date | None = None) -> IdentityNumber:
    """Raises NotAnIdentityNumber for anything but a number whose date and check digit are right.

    born_by: the number of somebody born later is refused too.
    """
    compact = _compact(typed)
    if not SHAPE.fullmatch(compact):
        raise NotAnIdentityNumber("shape")
    try:
        parsed = _Number(compact)
    except personnummer.PersonnummerException:
        raise NotAnIdentityNumber("check" if _has_a_day(compact) else "date") from None
    kind = (
        IdentifierKind.SAMORDNINGSNUMMER
        if parsed.is_coordination_number()
        else IdentifierKind.PERSONNUMMER
    )
    digits = parsed.format(long_format=True).replace("-", "").replace("+", "")
    if born_by is not None and _birth(digits) > f"{born_by:%Y%m%d}":
        raise NotAnIdentityNumber("future")
    return IdentityNumber(digits, kind)


def birth_date_in(number: IdentityNumber) -> date | None:
    """The day that the number tells of; None where it is unknown. The person's own birth date may be another (18 §)."""
    try:
        return date.fromisoformat(_birth(number.digits))
    except ValueError:
        return None


def _has_a_day(compact: str) -> bool:
    """Whether month and day could be a date's, so that it is the last digit that is wrong."""
    digits = re.sub(r"\D", "", compact)[-8:]
    month, day = int(digits[:2]), int(digits[2:4])
    coordination = day >= UNKNOWN_DAY
    day -= UNKNOWN_DAY if coordination else 0
    least = 0 if coordination else 1
    return least <= month <= 12 and least <= day <= LAST_DAY


def _birth(digits: str) -> str:
    return f"{digits[:6]}{int(digits[6:8]) % UNKNOWN_DAY:02}"


def _compact(typed: str) -> str:
    """Digits of any width, and at most one sign before the last four: - or, from a hundred years, +."""
    plain = unicodedata.normalize("NFKC", typed)
    plain = "".join("-" if unicodedata.category(c) == "Pd" or c == MINUS else c for c in plain)
    compact = re.sub(r"[\s./:]", "", plain)
    # Eight digits of a date, however it is written: 2011-01-02-2398.
    whole = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})([-+]?)(\d{4})", compact)
    return "".join(whole.groups()) if whole else compact

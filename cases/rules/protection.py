"""What a level of protected personal data closes on a day: the dated table `law/protection.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from cases.models.person import Protection
from cases.rules.law import NoRule, in_force


class Closed(StrEnum):
    """What a level can close."""

    ADDRESS = "address"
    DERIVED_PLACE = "derived_place"
    MAIL = "mail"
    CALENDAR = "calendar"
    EXPORT = "export"
    STATISTICS = "statistics"
    FILE_NAME = "file_name"


CLOSED_WORDS = {
    Closed.ADDRESS: _(
        "Ingen adress får skrivas, inte heller i löpande text eller i namnet på en bilaga."
    ),
    Closed.DERIVED_PLACE: _(
        "Kommun och skolområde tas aldrig från folkbokföringen: den kan vara fel med avsikt."
    ),
    Closed.MAIL: _("Ingen e-post och inget sms. Brev går genom Skatteverkets förmedling."),
    Closed.CALENDAR: _("Ingen plats står i kalendrar eller inbjudningar."),
    Closed.EXPORT: _("Inget tas ut som fil eller färdig text."),
    Closed.STATISTICS: _("Personen räknas inte med i någon statistik."),
    Closed.FILE_NAME: _("En bilaga som hämtas får ett namn som inget säger."),
}
# From open to closed; a later one is stricter. A new identity stands apart: it is never the same person's next level.
ORDER = (Protection.NONE, Protection.MARKED, Protection.PROTECTED, Protection.NEW_IDENTITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One row of the table."""

    code: Protection
    label: str
    basis: str
    named_only: bool
    at_least_named: int
    closes: frozenset[Closed]
    own_person: bool


OPEN = Level(
    code=Protection.NONE,
    label="Ingen",
    basis="",
    named_only=False,
    at_least_named=0,
    closes=frozenset(),
    own_person=False,
)


def level(code: str, on: date) -> Level:
    """Raises NoRule for a level that the day's table does not have: closed, not open."""
    if code == Protection.NONE:
        return OPEN
    try:
        return _levels(on)[Protection(code)]
    except KeyError:
        raise NoRule(f"protection: {code}") from None


def closes(code: str, what: Closed, on: date) -> bool:
    return what in level(code, on).closes


def for_the_named(on: date) -> list[str]:
    """The levels whose persons exist for the named only. One without a row on that day is among them."""
    known = _levels(on)
    return [
        one.value
        for one in ORDER
        if one is not Protection.NONE and (one not in known or known[one].named_only)
    ]


def closing(what: Closed, on: date) -> list[str]:
    """The levels that close it; one without a row on that day is among them."""
    known = _levels(on)
    return [
        one.value
        for one in ORDER
        if one is not Protection.NONE and (one not in known or what in known[one].closes)
    ]


def lowers(earlier: str, later: str) -> bool:
    return ORDER.index(Protection(later)) < ORDER.index(Protection(earlier))


def _levels(on: date) -> Mapping[Protection, Level]:
    return {
        Protection(row["code"]): Level(
            code=Protection(row["code"]),
            label=row["label"],
            basis=row["basis"],
            named_only=row["named_only"],
            at_least_named=row["at_least_named"],
            closes=frozenset(Closed(one) for one in row["closes"]),
            own_person=row["own_person"],
        )
        for row in in_force("protection", on)
    }

"""Who must sign a consent, for how long it holds and what it covers: asked of dated tables, never of the clock."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from cases.rules.age import age_on, birthday
from cases.rules.law import NoRule, in_force, rows


class Guardians(StrEnum):
    NONE = "none"
    EVERY = "every"


class Youth(StrEnum):
    """The young person's part, weakest first."""

    HEARD = "heard"
    NO_NEEDS_REASON = "no_needs_reason"
    SIGNS = "signs"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerRule:
    """What holds for a young person of an age on a day, in a municipality."""

    guardians: Guardians
    youth: Youth
    guardian_prevented: bool
    youth_alone: bool
    approvers: frozenset[str]
    max_months: int
    default_months: int
    provision: str
    valid_from: date

    def permits(self, column: str) -> bool:
        """Whether an exception of law/consent_exception.toml is open; `column` is the one it names."""
        return {"guardian_prevented": self.guardian_prevented, "youth_alone": self.youth_alone}[
            column
        ]


def eighteenth(born: date) -> date:
    """The day guardianship ends (FB 6:2), as the table says it: the first on which no guardian signs."""
    first = min(row["valid_from"] for row in rows("consent_signer"))
    for age in range(131):
        day = birthday(born, age)
        if _national(age, max(day, first))["guardians"] == Guardians.NONE:
            return day
    raise NoRule("consent_signer: guardians sign for ever")


def signer_rule(born: date, on: date, *, municipality: str = "") -> SignerRule:
    """The rule of that day, with what the municipality (its code) asks for beyond it. Raises NoRule."""
    if on < born:
        raise NoRule("consent_signer: not born yet")
    age = age_on(born, on)
    row = dict(_national(age, on)) | dict(_validity(on))
    for local in in_force("consent_local", on):
        if local["municipality"] == municipality and local["age_from"] <= age <= local["age_to"]:
            row |= {name: local[name] for name in STRICTER if name in local}
    return SignerRule(
        guardians=Guardians(row["guardians"]),
        youth=Youth(row["youth"]),
        guardian_prevented=row["guardian_prevented"],
        youth_alone=row["youth_alone"],
        approvers=frozenset(row["approvers"]),
        max_months=row["max_months"],
        default_months=row["default_months"],
        provision=row["provision"],
        valid_from=row["valid_from"],
    )


def missing_guardians(custodies: Sequence[str], on: date) -> int:
    """How many guardians are still to be registered before all who decide are known; codes of law/custody.toml."""
    needed = {row["code"]: row["at_least"] for row in in_force("custody", on)}
    if not custodies:
        return 1
    return max(int(needed[code]) - custodies.count(code) for code in set(custodies))


def months_after(start: date, months: int) -> date:
    """The same day of the month, or the month's last where there is none."""
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def last_day(asked: date, *, born: date, on: date) -> date:
    """The asked last day, or the day before the 18th birthday where guardians sign on `on`."""
    birthday = eighteenth(born)
    return asked if on >= birthday else min(asked, birthday - timedelta(days=1))


# ---------------------------------------------------------------------------------------- what is covered


class Tick(Protocol):
    """A scope that has not been withdrawn."""

    covers_agency: UUID
    covers_unit: UUID | None
    kind: str
    may_share: bool
    may_receive: bool


def covers(
    ticks: Iterable[Tick],
    *,
    host: UUID,
    agency_id: UUID,
    unit_id: UUID | None,
    kinds: AbstractSet[str],
    on: date,
) -> bool:
    """Whether the live ticks let the host tell that agency (or unit) of information of all these kinds.

    Without kinds: whether anything may be told there at all.
    """
    held = list(ticks)
    told = [
        tick
        for tick in held
        if tick.may_receive
        and tick.covers_agency == agency_id
        and (unit_id is None or tick.covers_unit in (None, unit_id))
    ]
    telling = [tick for tick in held if tick.may_share and tick.covers_agency == host]
    if any(not tick.kind for tick in held):
        # From before the kinds and the host's own part were ticked: it named only who may be told.
        telling += told
    return bool(told) and kinds <= _kinds_of(told, on) & _kinds_of(telling, on)


def hits(tick: Tick, *, host: UUID, agency_id: UUID, unit_id: UUID | None, kind: str = "") -> bool:
    """Whether something of that kind, sent there by the host, rested on this tick. Unknown kind or unit: yes."""
    if tick.kind and kind and tick.kind != kind:
        return False
    if tick.covers_agency == host and tick.may_share:
        return True
    return tick.covers_agency == agency_id and (
        unit_id is None or tick.covers_unit in (None, unit_id)
    )


def same_tick(one: Tick, other: Tick) -> bool:
    """Whether two ticks say the same of one place: unit (or, from before, the agency) and kind (or every kind)."""
    if one.covers_agency != other.covers_agency:
        return False
    units = {one.covers_unit, other.covers_unit}
    kinds = {one.kind, other.kind}
    return (len(units) == 1 or None in units) and (len(kinds) == 1 or "" in kinds)


def _kinds_of(ticks: Iterable[Tick], on: date) -> set[str]:
    unticked = {row["code"] for row in in_force("information_kind", on) if row["unticked"]}
    return {kind for tick in ticks for kind in ({tick.kind} if tick.kind else unticked)}


# ----------------------------------------------------------------------- a municipality's own, stricter rows

# Column → how strict a value is: more is stricter.
STRICTER: Mapping[str, Any] = {
    "guardians": lambda value: list(Guardians).index(Guardians(value)),
    "youth": lambda value: list(Youth).index(Youth(value)),
    "guardian_prevented": lambda value: not value,
    "youth_alone": lambda value: not value,
    "max_months": lambda value: -value,
    "default_months": lambda value: -value,
}


class WeakerThanLaw(Exception):
    """A municipality's own row asks for less than the national one, or for what cannot be."""


def refuse_weaker(local_rows: Iterable[Mapping[str, Any]] | None = None) -> None:
    """Raises WeakerThanLaw for the first row of law/consent_local.toml that may not stand."""
    for local in rows("consent_local") if local_rows is None else local_rows:
        for on in _days_of_change(local):
            for age in range(local["age_from"], local["age_to"] + 1):
                national = {**_national(age, on), **_validity(on)}
                _refuse_row(local, national, age)


def _refuse_row(local: Mapping[str, Any], national: Mapping[str, Any], age: int) -> None:
    where = f"{local['municipality']}, {age} years"
    for name in STRICTER.keys() & local.keys():
        if STRICTER[name](local[name]) < STRICTER[name](national[name]):
            raise WeakerThanLaw(
                f"{where}: {name} = {local[name]!r} is weaker than the national rule"
            )
        if name == "guardians" and local[name] != national[name]:
            raise WeakerThanLaw(f"{where}: an adult has no guardian who could sign")
    if local.keys() - STRICTER.keys() - _HEAD:
        raise WeakerThanLaw(f"{where}: {sorted(local.keys() - STRICTER.keys() - _HEAD)} is unknown")


_HEAD = frozenset({"municipality", "age_from", "age_to", "decided", "valid_from", "valid_to"})


def _days_of_change(local: Mapping[str, Any]) -> list[date]:
    """The first day of the row, and every day within it on which a national row begins."""
    begin, end = local["valid_from"], local.get("valid_to", date.max)
    national = (*rows("consent_signer"), *rows("consent"))
    return sorted({begin, *(r["valid_from"] for r in national if begin <= r["valid_from"] <= end)})


def _national(age: int, on: date) -> Mapping[str, Any]:
    for row in in_force("consent_signer", on):
        if row["age_from"] <= age <= row["age_to"]:
            return row
    raise NoRule(f"consent_signer: age {age}")


def _validity(on: date) -> Mapping[str, Any]:
    row = in_force("consent", on)[-1]
    return {name: row[name] for name in ("max_months", "default_months")}

"""Rows of the catalogue of legal bases, `law/legal_basis.toml`: what a basis asks, and as it stood on which day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from cases.rules.law import NoRule, rows

TABLE = "legal_basis"


class Approver(StrEnum):
    """Who decides with, or instead of, the one who tells."""

    NONE = "none"
    COLLEAGUE = "colleague"
    HEAD = "head"
    PRINCIPAL = "principal"
    AFTER = "after"


class Act(StrEnum):
    """Which way it goes: through the guide, without identity, as an orosanmälan, or outside the guide."""

    SHARE = "share"
    CONSULT = "consult"
    REPORT = "report"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """To be answered with a note. `expects` is "yes", "no", or "either" where the reasons decide."""

    code: str
    text: str
    expects: str
    refused: str
    instead: tuple[str, ...]

    def allows(self, answer: str) -> bool:
        """Whether one may go on with this answer; where the reasons decide, with any."""
        return self.expects in {answer, "either"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalBasis:
    """One row of the table as it stood on a day."""

    code: str
    row: Mapping[str, Any]

    @property
    def title(self) -> str:
        return _(self.row["title"])

    @property
    def provision(self) -> str:
        return str(self.row["provision"])

    @property
    def purpose(self) -> str:
        return _(self.row["purpose"])

    @property
    def explanation(self) -> str:
        return _(self.row["explanation"])

    @property
    def version(self) -> date:
        day: date = self.row["valid_from"]
        return day

    @property
    def act(self) -> Act:
        return Act(self.row["act"])

    @property
    def mandatory(self) -> bool:
        return bool(self.row["mandatory"])

    @property
    def oral(self) -> bool:
        return bool(self.row["oral"])

    @property
    def order(self) -> int:
        """Its place among those that can apply, lowest first."""
        place: int = self.row["order"]
        return place

    @property
    def needs_consent(self) -> bool:
        return bool(self.row.get("needs_consent"))

    @property
    def pass_on_to(self) -> str:
        return str(self.row.get("pass_on_to", ""))

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(
            Question(
                code=asked["code"],
                text=_(asked["text"]),
                expects=asked["expects"],
                refused=_(asked["refused"]) if "refused" in asked else "",
                instead=tuple(asked.get("instead", ())),
            )
            for asked in self.row.get("question", ())
        )

    def approver(self, *, role: str, regime: str) -> Approver:
        """Who decides when somebody in this role, under this regime, tells."""
        if role in self.row.get("decides_alone", ()):
            return Approver.NONE
        by_regime: Mapping[str, str] = self.row.get("approver_from", {})
        return Approver(by_regime.get(regime, self.row["approver"]))


def codes() -> list[str]:
    """Every code the table has ever had, in its order."""
    return list(dict.fromkeys(row["code"] for row in rows(TABLE)))


def title_of(code: str) -> str:
    """What a basis is called, in the words of its latest row."""
    return _(max(_of(code), key=lambda row: row["valid_from"])["title"])


def _of(code: str) -> list[Mapping[str, Any]]:
    return [row for row in rows(TABLE) if row["code"] == code]


def in_force(code: str, on: date) -> LegalBasis:
    """The row of `code` in force on that day. Raises NoRule."""
    for row in rows(TABLE):
        if row["code"] == code and row["valid_from"] <= on <= row.get("valid_to", date.max):
            return LegalBasis(code=code, row=row)
    raise NoRule(f"{code} on {on}")


def version_of(code: str, version: date) -> LegalBasis:
    """The row that a disclosure was made under, by the day the row began. Raises NoRule."""
    for row in rows(TABLE):
        if row["code"] == code and row["valid_from"] == version:
            return LegalBasis(code=code, row=row)
    raise NoRule(f"{code} of {version}")


def nearest(code: str, on: date) -> LegalBasis:
    """The code's row that began closest to that day, for telling that there was none in force."""
    row = min(_of(code), key=lambda one: abs((one["valid_from"] - on).days))
    return LegalBasis(code=code, row=row)

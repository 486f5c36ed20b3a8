"""On which legal basis something may be told: asked of the dated table `law/legal_basis.toml` (domain.md §3.2).

Pure: who tells, who receives, whom it is about, which kinds of information, on which day. The table decides; a condition
that fails gives its words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cases.rules.age import age_on
from cases.rules.law import NoRule
from cases.rules.legal_row import (
    Act,
    Approver,
    LegalBasis,
    Question,
    codes,
    in_force,
    nearest,
    title_of,
    version_of,
)

__all__ = [
    "Act",
    "Approver",
    "LegalBasis",
    "Party",
    "Question",
    "Subject",
    "Verdict",
    "bases_for",
    "codes",
    "in_force",
    "title_of",
    "verdict_for",
    "version_of",
]

GENERAL = {
    "from": gettext_noop("Regeln gäller inte uppgifter hos er."),
    "to": gettext_noop("Regeln gäller inte den här mottagaren."),
    "role": gettext_noop("Din roll får inte besluta om det här."),
    "age": gettext_noop("Personens ålder gör att regeln inte gäller."),
    "age_unknown": gettext_noop("Födelsedatum saknas, och regeln har en åldersgräns."),
    "kinds": gettext_noop("Regeln gäller inte den här sortens uppgift."),
    "consent": gettext_noop("Inget samtycke omfattar det."),
    "alone": gettext_noop("Regeln gäller bara tillsammans med en annan."),
    "period": gettext_noop("Regeln gällde inte den dagen."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A giver or a receiver before the law: kind of agency (or of outsider), secrecy regime, role of the one who acts."""

    kind: str
    regime: str = ""
    independent: bool = False
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom it is about. `consented`: a consent in force covers giver, receiver and the kinds of information."""

    born: date | None = None
    consented: bool = False

    def __repr__(self) -> str:
        return "Subject(‹förseglat›)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a basis can apply here. `failed`: the conditions that do not hold; `instead`: codes that can apply.

    pass_on_to: the role that may decide, where the only thing wrong is who asks.
    """

    basis: LegalBasis
    failed: tuple[str, ...]
    instead: tuple[str, ...]
    approver: Approver
    pass_on_to: str

    @property
    def possible(self) -> bool:
        return not self.failed

    @property
    def why_not(self) -> tuple[str, ...]:
        """A sentence for each condition that fails, with the provision."""
        words: Mapping[str, str] = self.basis.row.get("why_not", {})
        return tuple(
            f"{_(words.get(condition, GENERAL[condition]))} ({self.basis.provision})"
            for condition in self.failed
        )

    @property
    def code(self) -> str:
        return self.basis.code

    @property
    def questions(self) -> tuple[Question, ...]:
        return self.basis.questions

    @property
    def mandatory(self) -> bool:
        return self.basis.mandatory


def bases_for(
    sender: Party, recipient: Party, subject: Subject, kinds: frozenset[str], on: date
) -> list[Verdict]:
    """A verdict for every basis the table knows, those that can apply first, in the table's order.

    A code without a row on that day is told of by the words of its nearest row.
    """
    found = [_verdict(code, sender, recipient, subject, kinds=kinds, on=on) for code in codes()]
    able = {verdict.code for verdict in found if verdict.possible}
    ways = [
        replace(verdict, instead=tuple(code for code in verdict.instead if code in able))
        for verdict in found
    ]
    return sorted(ways, key=lambda verdict: not verdict.possible)


def verdict_for(
    code: str,
    sender: Party,
    recipient: Party,
    subject: Subject,
    *,
    kinds: frozenset[str],
    on: date,
) -> Verdict:
    """One basis's verdict. Raises NoRule for a code the table never had."""
    for verdict in bases_for(sender, recipient, subject, kinds, on):
        if verdict.code == code:
            return verdict
    raise NoRule(code)


def _verdict(
    code: str,
    sender: Party,
    recipient: Party,
    subject: Subject,
    *,
    kinds: frozenset[str],
    on: date,
) -> Verdict:
    try:
        basis = in_force(code, on)
        failed = list(_failing(basis.row, sender, recipient, subject, kinds=kinds, on=on))
    except NoRule:
        basis, failed = nearest(code, on), ["period"]
    only_the_role = failed == ["role"]
    return Verdict(
        basis=basis,
        failed=tuple(failed),
        instead=tuple(basis.row.get("instead", ())),
        approver=basis.approver(role=sender.role, regime=sender.regime),
        pass_on_to=basis.pass_on_to if only_the_role else "",
    )


def _failing(
    row: Mapping[str, Any],
    sender: Party,
    recipient: Party,
    subject: Subject,
    *,
    kinds: frozenset[str],
    on: date,
) -> Iterator[str]:
    if not _party_fits(row, "from", sender):
        yield "from"
    elif "from_roles" in row and sender.role not in row["from_roles"]:
        yield "role"
    if not _party_fits(row, "to", recipient):
        yield "to"
    yield from _age_fails(row, subject.born, on)
    if not _kinds_fit(row, recipient.kind, kinds):
        yield "kinds"
    if row.get("needs_consent") and not subject.consented:
        yield "consent"
    if row.get("needs_other"):
        yield "alone"


def _party_fits(row: Mapping[str, Any], side: str, party: Party) -> bool:
    if row.get(f"{side}_authority") and party.independent:
        return False
    allowed: tuple[tuple[str, str], ...] = (("kinds", party.kind), ("regimes", party.regime))
    return all(value in row[f"{side}_{name}"] for name, value in allowed if f"{side}_{name}" in row)


def _age_fails(row: Mapping[str, Any], born: date | None, on: date) -> Iterator[str]:
    if "max_age" not in row and "min_age" not in row:
        return
    if born is None:
        if not row.get("age_may_be_unknown"):
            yield "age_unknown"
        return
    age = age_on(born, on)
    if not row.get("min_age", 0) <= age < row.get("max_age", age + 1):
        yield "age"


def _kinds_fit(row: Mapping[str, Any], to: str, kinds: frozenset[str]) -> bool:
    if "kinds" in row and not kinds <= frozenset(row["kinds"]):
        return False
    return not any(
        kinds & frozenset(bar["kinds"]) and to in bar.get("to", (to,))
        for bar in row.get("kinds_not_to", ())
    )

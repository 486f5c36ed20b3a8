"""Whether, and how, a sender may send a concern: asked of the dated table `law/concern_basis.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cases.rules.law import NoRule, in_force


class Mode(StrEnum):
    NAMED = "named"
    WITH_CONSENT = "with_consent"
    WITHOUT_IDENTITY = "without_identity"


@dataclass(frozen=True, slots=True)
class ConcernBasis:
    modes: tuple[Mode, ...]
    basis: str
    basis_with_consent: str
    provision: str
    valid_from: date

    def code(self, mode: Mode) -> str:
        return self.basis_with_consent if mode is Mode.WITH_CONSENT else self.basis


def concern_basis(*, role: str, regime: str, on: date) -> ConcernBasis:
    """Raises NoRule where the table gives this sender no way at all."""
    for row in in_force("concern_basis", on):
        if role in row["roles"] and regime == row["regime"]:
            return ConcernBasis(
                modes=tuple(Mode(mode) for mode in row["modes"]),
                basis=row["basis"],
                basis_with_consent=row.get("basis_with_consent", ""),
                provision=row["provision"],
                valid_from=row["valid_from"],
            )
    raise NoRule(f"{role} under {regime}")

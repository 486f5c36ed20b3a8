"""Which bases one could rest on to tell of one or several kinds of information: each kind is asked about by itself.

Pure: verdicts in, ways out. The order in which what can apply is offered is the table's (`order`), not this module's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cases.rules.legal_basis import Act, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A kind of information that the basis does not cover, with a sentence for each condition that fails."""

    kind: str
    why_not: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A basis with the kinds it covers and those it does not. `verdict` is that of the first kind it covers."""

    verdict: Verdict
    kinds: tuple[str, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def code(self) -> str:
        return self.verdict.code

    @property
    def open(self) -> bool:
        """It can apply to something of it, here in the guide."""
        return bool(self.kinds)


def usable(verdict: Verdict) -> bool:
    """It can apply, or could if another role decides: then the proposal goes there."""
    open_act = verdict.basis.act in {Act.SHARE, Act.CONSULT}
    return open_act and (verdict.possible or bool(verdict.pass_on_to))


def ways(found: Mapping[str, Sequence[Verdict]]) -> list[Way]:
    """One way for each basis, by the table's order. `found`: for each kind of information the verdicts on every basis."""
    by_code: dict[str, dict[str, Verdict]] = {}
    for kind, verdicts in found.items():
        for verdict in verdicts:
            by_code.setdefault(verdict.code, {})[kind] = verdict
    return sorted(map(_way, by_code.values()), key=lambda way: way.verdict.basis.order)


def _way(of_kinds: Mapping[str, Verdict]) -> Way:
    covered = tuple(kind for kind, verdict in of_kinds.items() if usable(verdict))
    first = covered[0] if covered else next(iter(of_kinds))
    return Way(
        verdict=of_kinds[first],
        kinds=covered,
        left_out=tuple(
            LeftOut(kind=kind, why_not=verdict.why_not)
            for kind, verdict in of_kinds.items()
            if kind not in covered
        ),
    )

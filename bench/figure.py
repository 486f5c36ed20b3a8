"""One measured figure with its goal, and what is to be said about it."""

from dataclasses import dataclass
from enum import StrEnum

from bench.measure import Spread


class Verdict(StrEnum):
    """Met only when the interval's bad end meets the goal too."""

    MET = "met"
    MEDIAN_ONLY = "median meets, spread does not"
    NOT_MET = "not met"
    NO_GOAL = "–"


@dataclass(frozen=True)
class Goal:
    """A bound that a figure is to keep."""

    bound: float
    least: bool

    def __str__(self) -> str:
        return f"{'≥' if self.least else '≤'} {self.bound:g}"

    def keeps(self, value: float) -> bool:
        return value >= self.bound if self.least else value <= self.bound


def at_least(bound: float) -> Goal:
    return Goal(bound, least=True)


def at_most(bound: float) -> Goal:
    return Goal(bound, least=False)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A row of the table.

    absolute: what the ratio was made of, with units. setup: one sentence on what was compared.
    held_back: what stands in the way and what was tried; told only where the goal is not met.
    """

    name: str
    spread: Spread
    goal: Goal | None = None
    unit: str = ""
    absolute: str = ""
    setup: str
    held_back: str = ""

    @property
    def verdict(self) -> Verdict:
        if self.goal is None:
            return Verdict.NO_GOAL
        bad_end = self.spread.low if self.goal.least else self.spread.high
        if self.goal.keeps(bad_end):
            return Verdict.MET
        return Verdict.MEDIAN_ONLY if self.goal.keeps(self.spread.median) else Verdict.NOT_MET


@dataclass(frozen=True)
class Plan:
    """How large and how long; a smoke test takes the smallest of everything."""

    small: bool = False

    def size(self, full: int, small: int) -> int:
        return small if self.small else full

    @property
    def pairs(self) -> int:
        return self.size(16, 3)

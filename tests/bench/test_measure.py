"""What a figure says of its samples, and when its goal counts as met."""

from __future__ import annotations

import pytest

from bench.figure import Figure, Goal, Verdict, at_least, at_most
from bench.measure import Spread, interleaved, spread


def figure(goal: Goal | None, median: float, low: float, high: float) -> Figure:
    return Figure(name="x", spread=Spread(median, low, high, 15), goal=goal, setup="")


@pytest.mark.parametrize(
    ("goal", "low", "median", "high", "verdict"),
    [
        (at_least(0.4), 0.40, 0.45, 0.5, Verdict.MET),
        (at_least(0.4), 0.39, 0.45, 0.5, Verdict.MEDIAN_ONLY),
        (at_least(0.4), 0.3, 0.39, 0.5, Verdict.NOT_MET),
        (at_most(1.3), 1.1, 1.2, 1.3, Verdict.MET),
        (at_most(1.3), 1.1, 1.2, 1.31, Verdict.MEDIAN_ONLY),
        (at_most(1.3), 1.1, 1.31, 1.4, Verdict.NOT_MET),
        (None, 1, 2, 3, Verdict.NO_GOAL),
    ],
)
def test_a_goal_is_met_only_when_the_bad_end_meets_it(
    goal: Goal | None, low: float, median: float, high: float, verdict: Verdict
) -> None:
    assert figure(goal, median, low, high).verdict is verdict


def test_the_spread_is_the_same_in_every_run_and_lies_around_the_median() -> None:
    samples = [1.0, 1.1, 1.2, 1.3, 1.4, 5.0, 1.15, 1.25, 1.35]
    found = spread(samples)
    assert found == spread(samples)
    assert found.median == 1.25
    assert found.samples == 9
    assert 1.0 <= found.low < found.median < found.high <= 5.0


def test_the_arms_take_turns_and_the_first_pair_is_dropped() -> None:
    order: list[str] = []

    def arm(name: str, figures: list[float]) -> float:
        order.append(name)
        return figures.pop(0)

    ours, reference = [100.0, 2.0, 4.0, 6.0], [1.0, 1.0, 2.0, 2.0]
    pairs = interleaved(lambda: arm("A", ours), lambda: arm("B", reference), pairs=4)
    assert "".join(order) == "ABBAABBA"
    assert pairs.times().samples == 3
    assert pairs.times().median == 2.0
    assert pairs.speeds().median == 0.5


def test_a_slow_figure_ends_when_its_time_is_over_with_enough_pairs() -> None:
    pairs = interleaved(lambda: 1.0, lambda: 1.0, pairs=100, seconds=0)
    assert len(pairs.ours) == 6

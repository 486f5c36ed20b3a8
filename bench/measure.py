"""Measuring two ways of doing the same, side by side: interleaved pairs, medians, bootstrap intervals."""

import gc
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

SEED = 20260101
RESAMPLES = 10_000
PAIRS = 16
FEWEST_PAIRS = 6

Arm = Callable[[], float]


@dataclass(frozen=True)
class Spread:
    """A median with the 95 % interval of a bootstrap (percentile method, fixed seed)."""

    median: float
    low: float
    high: float
    samples: int


@dataclass(frozen=True)
class Pairs:
    """What the two arms gave, pair by pair; the first pair, which warms caches, is not among them."""

    ours: tuple[float, ...]
    reference: tuple[float, ...]

    def times(self) -> Spread:
        """How many times the reference's figure ours is, e.g. time : time."""
        return spread([a / b for a, b in zip(self.ours, self.reference, strict=True)])

    def speeds(self) -> Spread:
        """Ours : reference in speed, where both arms gave times."""
        return spread([b / a for a, b in zip(self.ours, self.reference, strict=True)])

    def medians(self) -> tuple[float, float]:
        return statistics.median(self.ours), statistics.median(self.reference)


def spread(samples: Sequence[float]) -> Spread:
    """The median of `samples` and where it lies in 95 % of resamplings."""
    # Nothing secret: the same samples shall give the same interval.
    draw = random.Random(SEED)  # noqa: S311
    medians = sorted(
        statistics.median(draw.choices(samples, k=len(samples))) for _ in range(RESAMPLES)
    )
    low, high = medians[int(RESAMPLES * 0.025)], medians[int(RESAMPLES * 0.975) - 1]
    return Spread(statistics.median(samples), low, high, len(samples))


def interleaved(ours: Arm, reference: Arm, *, pairs: int, seconds: float = 60) -> Pairs:
    """Run A B B A until `pairs` are done, or `seconds` have passed and the fewest that count are.

    pairs: with the first, which is dropped; 3 or more.
    """
    started = time.monotonic()
    found: list[tuple[float, float]] = []
    while len(found) < pairs:
        if time.monotonic() - started > seconds and len(found) > FEWEST_PAIRS:
            break
        if len(found) % 2 == 0:
            one = ours()
            found.append((one, reference()))
        else:
            other = reference()
            found.append((ours(), other))
    kept = found[1:]
    return Pairs(tuple(pair[0] for pair in kept), tuple(pair[1] for pair in kept))


def timed(act: Callable[[], object]) -> Arm:
    """An arm that does `act` once and gives the seconds it took."""

    def once() -> float:
        # As timeit does: a collection of somebody else's garbage is not part of the act.
        gc.collect()
        gc.disable()
        try:
            started = time.perf_counter()
            act()
            return time.perf_counter() - started
        finally:
            gc.enable()

    return once

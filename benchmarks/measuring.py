"""Medians of repetitions that alternate between ours and the baseline, so that noise hits both alike."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Pair:
    """The medians of what was measured, in seconds."""

    ours: float
    baseline: float


def interleaved(ours: Callable[[], float], baseline: Callable[[], float], repetitions: int, warm_up: int = 1) -> Pair:
    """Measure both in turn; each callable does its work once and returns the seconds that count."""
    measured: dict[Callable[[], float], list[float]] = {ours: [], baseline: []}
    for number in range(warm_up + repetitions):
        # Each goes first as often as the other: what the first leaves behind, warm or busy, favours neither.
        for measure in (baseline, ours) if number % 2 else (ours, baseline):
            seconds = measure()
            if number >= warm_up:
                measured[measure].append(seconds)
    return Pair(median(measured[ours]), median(measured[baseline]))


def timed(work: Callable[[], object]) -> Callable[[], float]:
    """Return a callable that does `work` and returns how many seconds it took."""

    def measure() -> float:
        started = perf_counter()
        work()
        return perf_counter() - started

    return measure

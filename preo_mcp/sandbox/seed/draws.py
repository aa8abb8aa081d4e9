"""Draws from a random source that come out the same on every platform and Python version.

Of all of `random.Random` only `random()` is promised to stay the same, and libm's functions differ between platforms.
So everything here is made of `random()`, products and comparisons.
"""

from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


class Weighted(Generic[T]):
    """Values to draw from, each as often as its weight says."""

    def __init__(self, *choices: tuple[T, float]) -> None:
        self.values = tuple(value for value, _ in choices)
        self.bounds = tuple(accumulate(weight for _, weight in choices))

    def draw(self, source: Random) -> T:
        """Return one of the values."""
        return self.values[bisect(self.bounds, source.random() * self.bounds[-1])]


def pick(source: Random, values: Sequence[T]) -> T:
    """Return one of the values, all equally likely."""
    return values[int(source.random() * len(values))]


def pick_early(source: Random, values: Sequence[T]) -> T:
    """Return one of the values, the earlier the likelier, as the common names are among names."""
    return values[int(min(source.random(), source.random()) * len(values))]


def chance(source: Random, likelihood: float) -> bool:
    """Return whether something happens that does so with this likelihood (0 to 1)."""
    return source.random() < likelihood

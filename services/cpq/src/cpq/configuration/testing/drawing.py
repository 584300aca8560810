"""Drawing one thing after the other from hypothesis, quickly.

Strategies built from strategies are dear to make anew for each example, and a random model needs a
new one at every place. Drawing small numbers and deciding in plain code is cheap, and hypothesis
shrinks it as well: smaller numbers are simpler, so the first alternative should be the simplest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


@cache
def _integers(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


class Chooser:
    """Makes the decisions of one example."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def number(self, low: int, high: int) -> int:
        """A whole number from low to high."""
        return low if low == high else self.draw(_integers(low, high))

    def pick(self, options: Sequence[T]) -> T:
        """One of these, the first the simplest."""
        return options[self.number(0, len(options) - 1)]

    def one_in(self, times: int) -> bool:
        """True once in so many times."""
        return self.number(0, times - 1) == times - 1

    def some(self, least: int, most: int, make: Callable[[], T]) -> list[T]:
        """Least to most of them."""
        return [make() for _ in range(self.number(least, most))]

    def maybe(self, make: Callable[[], T], times: int = 2) -> T | None:
        """One of them once in so many times."""
        return make() if self.one_in(times) else None

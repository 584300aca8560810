"""What is kept in memory: bounded, the one used longest ago goes first, made once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpq.configurator.service.keeping import Kept


def kept(limit: int = 10) -> Kept[str, int]:
    """Values that weigh what they are."""
    return Kept("trial", limit=limit, size_of=lambda value: value)


def test_the_one_used_longest_ago_goes_first() -> None:
    found = kept()
    for key in "abc":
        found.get(key, lambda: 3)
    assert found.get("a", lambda: pytest.fail("it is there")) == 3
    found.get("d", lambda: 3)
    assert found.known() == ["c", "a", "d"]
    assert found.size_bytes == 9


def test_what_is_larger_than_the_room_is_answered_but_not_kept() -> None:
    found = kept()
    assert found.get("a", lambda: 11) == 11
    assert len(found) == 0


def test_what_grows_is_weighed_again() -> None:
    weights = {"a": 2, "b": 2}
    found: Kept[str, str] = Kept("trial", limit=10, size_of=lambda value: weights[value])
    for key in weights:
        found.get(key, lambda key=key: key)  # type: ignore[misc]
    weights["b"] = 9
    found.used("b")
    assert found.known() == ["b"]


def test_many_threads_make_it_once_and_a_failure_is_not_kept() -> None:
    made: list[int] = []
    found = kept()

    def make() -> int:
        made.append(threading.get_ident())
        time.sleep(0.05)
        return 5

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: found.get("a", make), range(8))) == {5}
    assert len(made) == 1

    with pytest.raises(ZeroDivisionError):
        found.get("b", lambda: 1 // 0)
    assert found.get("b", lambda: 4) == 4


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 12)), max_size=30))
def test_never_more_than_the_limit(used: list[tuple[str, int]]) -> None:
    found = kept()
    for key, weight in used:
        found.get(key, lambda weight=weight: weight)  # type: ignore[misc]
        assert found.size_bytes <= 10
        assert found.size_bytes == sum(found.find(one) or 0 for one in found.known())


def test_what_is_over_is_dropped() -> None:
    found = kept()
    for key in "abc":
        found.get(key, lambda: 1)
    assert found.drop(lambda key: key != "b") == 2
    assert found.known() == ["b"]

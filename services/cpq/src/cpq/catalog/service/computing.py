"""Where this process computes: a workshop for whoever configures, and one for authors."""

from collections.abc import Callable
from functools import cache
from typing import TypeVar

from cpq.settings import cpq_settings
from servicekit.workshop import Workshop

T = TypeVar("T")


@cache
def workshop() -> Workshop:
    """The threads of this process, made when they are first needed."""
    settings = cpq_settings()
    return Workshop("engines", threads=settings.engine_threads, waiting=settings.engine_queue)


@cache
def examining() -> Workshop:
    """One thread for looking at documents: authors wait for each other, and no buyer for them."""
    return Workshop("examining", threads=1, waiting=cpq_settings().engine_queue)


async def examine_apart(work: Callable[[float], T]) -> T:
    """Run `work(seconds_left)` where documents are looked at. Raises `TooMuchWork`."""
    return await examining().do(work, seconds=cpq_settings().engine_seconds)


async def compute(work: Callable[[float], T], *, seconds: float | None = None) -> T:
    """Run `work(seconds_left)` beside the event loop, within the time that questions have.

    `seconds` asks for less than that. Raises `TooMuchWork`.
    """
    longest = cpq_settings().engine_seconds
    return await workshop().do(work, seconds=min(seconds or longest, longest))

"""Computing beside the event loop: bounded, in turn, and never begun too late."""

import asyncio
import time
from collections.abc import Iterator
from threading import Event

import pytest

from servicekit.workshop import TooMuchWork, Workshop


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    made = Workshop("trial", threads=1, waiting=1)
    yield made
    made.close()


async def test_the_loop_goes_on_while_a_thread_computes(workshop: Workshop) -> None:
    gate = Event()
    asked = asyncio.create_task(workshop.do(lambda left: gate.wait(5), seconds=5))
    await asyncio.sleep(0)
    gate.set()  # Nobody could, if the loop were waiting.
    assert await asked is True


async def test_what_does_not_fit_is_refused_at_once_and_room_comes_back(workshop: Workshop) -> None:
    gate = Event()
    inside = [
        asyncio.create_task(workshop.do(lambda left: gate.wait(5), seconds=5)) for _ in range(2)
    ]
    await asyncio.sleep(0)
    with pytest.raises(TooMuchWork, match="2 pieces of work"):
        await workshop.do(lambda left: True, seconds=5)
    gate.set()
    assert await asyncio.gather(*inside) == [True, True]
    assert await workshop.do(lambda left: left > 4, seconds=5)


async def test_work_whose_time_has_passed_is_not_begun(workshop: Workshop) -> None:
    gate, begun = Event(), []
    first = asyncio.create_task(workshop.do(lambda left: gate.wait(5), seconds=5))
    await asyncio.sleep(0)
    late = asyncio.create_task(workshop.do(begun.append, seconds=0.01))
    await asyncio.sleep(0.05)
    gate.set()
    await first
    with pytest.raises(TooMuchWork, match="for its turn"):
        await late
    assert begun == []


async def test_work_that_nobody_waits_for_any_more_is_dropped(workshop: Workshop) -> None:
    gate, begun = Event(), []
    first = asyncio.create_task(workshop.do(lambda left: gate.wait(5), seconds=5))
    await asyncio.sleep(0)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await workshop.do(begun.append, seconds=5)
    gate.set()
    await first
    assert begun == []


async def test_what_the_work_raises_reaches_who_asked(workshop: Workshop) -> None:
    def broken(left: float) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await workshop.do(broken, seconds=1)
    started = time.monotonic()
    await workshop.do(lambda left: None, seconds=1)
    assert time.monotonic() - started < 1

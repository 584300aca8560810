"""Closed and open load: a number of clients, or a number of requests a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from operations.bench.figures import Sample

Work = Callable[[int, int], Awaitable[str | None]]
"""Does one piece of work as (client, number); answers with what went wrong, or None."""


async def closed_loop(work: Work, *, clients: int, seconds: float, warm_up: float = 1.0) -> Sample:
    """Let every client work without a pause, and measure after the warm-up."""
    sample = Sample()
    begin = time.perf_counter() + warm_up
    end = begin + seconds

    async def client(number: int) -> None:
        count = 0
        while (started := time.perf_counter()) < end:
            failure = await work(number, count)
            count += 1
            finished = time.perf_counter()
            if started < begin:
                continue
            if failure is None:
                sample.durations.append(finished - started)
            else:
                sample.failures.append(failure)

    await asyncio.gather(*(client(number) for number in range(clients)))
    sample.elapsed = time.perf_counter() - begin
    return sample


async def open_loop(
    work: Work, *, per_second: int, seconds: float, connections: int
) -> tuple[Sample, int]:
    """Start work at a fixed pace whatever the answers; also the number of late starts."""
    sample = Sample()
    free: asyncio.Queue[int] = asyncio.Queue()
    for number in range(connections):
        free.put_nowait(number)
    late = 0
    begin = time.perf_counter()

    async def one(count: int, connection: int) -> None:
        started = time.perf_counter()
        failure = await work(connection, count)
        if failure is None:
            sample.durations.append(time.perf_counter() - started)
        else:
            sample.failures.append(failure)
        free.put_nowait(connection)

    async with asyncio.TaskGroup() as tasks:
        for count in range(int(per_second * seconds)):
            due = begin + count / per_second
            delay = due - time.perf_counter()
            if delay > 0:
                await asyncio.sleep(delay)
            connection = await free.get()
            if time.perf_counter() - due > 0.01:
                late += 1
            tasks.create_task(one(count, connection))
    sample.elapsed = time.perf_counter() - begin
    return sample, late

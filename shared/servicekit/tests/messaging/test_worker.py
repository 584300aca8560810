"""The worker as a whole: its probes, its order of stopping, its refusal to limp."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from contracts import topic
from servicekit.job_runner import JobRunner
from servicekit.jobs import Jobs
from servicekit.messaging.bus import TopicSpec
from servicekit.messaging.lag import lags
from servicekit.messaging.worker import Worker
from servicekit.testing.tally import service as tally
from servicekit.testing.tally.house import House, eventually
from servicekit.testing.tally.publishing import opportunity_step, publish
from servicekit.testing.tally.records import step

ONE = UUID(int=11)
TOTALS = "SELECT steps, last_sequence, out_of_order FROM tally_total"


class TallyWorker(Worker):
    def topics(self) -> list[TopicSpec]:
        return [TopicSpec(name, 2, topic(name).kind) for name in tally.TOPICS]


def worker_of(house: House, directory: Path) -> TallyWorker:
    settings = house.database.settings(metrics_port=0, state_directory=directory)
    return TallyWorker(tally.service, settings, bus=house.bus)


async def ask(port: int, path: str) -> tuple[int, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    return int(answer.split()[1]), answer.partition("\r\n\r\n")[2]


async def test_a_worker_works_answers_probes_and_stops_when_asked(
    house: House, tmp_path: Path
) -> None:
    worker = worker_of(house, tmp_path)
    running = asyncio.create_task(worker.run())
    await publish(house.app, "acme", opportunity_step(ONE, 1), opportunity_step(ONE, 2))
    await house.until(TOTALS, [(2, 2, 0)])
    port = worker.probes.port
    live, ready = await ask(port, "/health/live"), await ask(port, "/health/ready")
    _, metrics = await ask(port, "/metrics?x=1")
    missing, _ = await ask(port, "/nothing")
    worker.request_stop()

    assert await running == 0
    assert (live[0], ready[0], missing) == (200, 200, 404)
    assert 'tradewind_consumer_events_total{consumer="tally.steps",outcome="applied"}' in metrics
    assert "tradewind_outbox_oldest_seconds" in metrics


async def test_what_a_consumer_commits_last_is_still_sent(house: House, tmp_path: Path) -> None:
    worker = worker_of(house, tmp_path)
    running = asyncio.create_task(worker.run())
    await eventually(lambda: asyncio.sleep(0, worker.relay.leading), True)
    await publish(worker.database, "acme", *(opportunity_step(ONE, n) for n in range(1, 1200)))
    worker.request_stop()

    assert await running == 0
    assert await house.rows("SELECT count(*), count(sent_at) FROM platform_outbox") == [
        (1199, 1199)
    ]


async def test_a_part_that_dies_takes_the_worker_with_it(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = worker_of(house, tmp_path)

    async def broken(consumer: Any) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(worker.runners[0], "_turn", broken)
    async with asyncio.timeout(30):
        assert await worker.run() == 1


async def test_lag_counts_what_is_not_applied(house: House) -> None:
    await house.deliver(*[step(ONE, number) for number in range(1, 8)])
    before = await lags(house.bus, house.app, tally.steps)
    async with house.running(house.runner(tally.steps)):
        await house.until(TOTALS, [(7, 7, 0)])

    assert [(item.topic, item.records) for item in before] == [("crm.opportunity", 7)]
    assert [item.records for item in await lags(house.bus, house.app, tally.steps)] == [0]


async def test_a_job_runs_for_every_tenant_and_one_failure_is_its_own(house: House) -> None:
    await publish(house.app, "acme", opportunity_step(ONE, 1))
    await publish(house.app, "bolt", opportunity_step(ONE, 1))
    jobs, seen = Jobs("tally"), []

    @jobs.every(seconds=60)
    async def look(uow: Any) -> None:
        seen.append(uow.tenant)
        if uow.tenant == "acme":
            raise RuntimeError("not today")

    runner = JobRunner(jobs=[jobs], database=house.app, platform=house.platform)
    done = await runner.run_once(jobs.jobs[0])

    assert jobs.jobs[0].name == "tally.look"
    assert (seen, done) == (["acme", "bolt"], 1)


async def test_a_job_is_never_run_twice_at_once(house: House) -> None:
    await publish(house.app, "acme", opportunity_step(ONE, 1))
    jobs, running, most = Jobs("tally"), 0, 0

    @jobs.every(seconds=60)
    async def slow(uow: Any) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.3)
        running -= 1

    runners = [
        JobRunner(jobs=[jobs], database=house.app, platform=house.platform) for _ in range(2)
    ]
    done = await asyncio.gather(*(runner.run_once(jobs.jobs[0]) for runner in runners))

    assert most == 1
    assert sum(done) == 1


def test_a_job_needs_a_period() -> None:
    with pytest.raises(ValueError, match="how often"):
        Jobs("tally").every()

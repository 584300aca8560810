"""Runs a service's jobs when the clock says so, for every tenant that the service knows."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
from collections.abc import Iterable

from servicekit.database import Database, is_transient
from servicekit.jobs import Job, Jobs
from servicekit.messaging.metrics import JOB_RUNS
from servicekit.telemetry import span_from
from servicekit.uow import Principal

log = logging.getLogger(__name__)


class JobRunner:
    """The jobs of one worker. `database` is the application role's, `platform` lists tenants."""

    def __init__(self, *, jobs: Iterable[Jobs], database: Database, platform: Database) -> None:
        self._jobs = [job for group in jobs for job in group.jobs]
        self._database = database
        self._platform = platform
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Finish the runs in hand, start no more."""
        self._stopping.set()

    async def run(self) -> None:
        """Keep every job's rhythm until stopped."""
        async with asyncio.TaskGroup() as group:
            for job in self._jobs:
                group.create_task(self._keep(job), name=job.name)

    async def run_once(self, job: Job) -> int:
        """Run a job for each tenant now; how many runs succeeded."""
        done = 0
        async with self._platform.connection() as connection:
            rows = await connection.fetch("SELECT tenant FROM platform_tenant ORDER BY tenant")
        for row in rows:
            if self._stopping.is_set():
                break
            done += await self._run_for(job, row["tenant"])
        return done

    async def _keep(self, job: Job) -> None:
        # Workers that start together should not all knock at the same moment.
        await self._rest(min(1.0, job.seconds) * random.random())
        while not self._stopping.is_set():
            try:
                await self.run_once(job)
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("job %s waits for the database: %s", job.name, error)
            await self._rest(job.seconds)

    async def _run_for(self, job: Job, tenant: str) -> bool:
        principal = Principal.of_service(self._database.service, tenant)
        outcome = "failed"
        try:
            with span_from(None, f"job {job.name}"):
                async with self._database.unit_of_work(principal) as uow:
                    if await uow.connection.fetchval(
                        "SELECT pg_try_advisory_xact_lock($1)", lock_number(job.name, tenant)
                    ):
                        await job.call(uow)
                        outcome = "done"
                    else:
                        outcome = "elsewhere"
        except Exception as error:
            # One tenant's trouble is not the others'.
            log.error("job %s for %s failed", job.name, tenant, exc_info=error)
            outcome = "failed"
        JOB_RUNS.labels(job.name, outcome).inc()
        return outcome == "done"

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return


def lock_number(job: str, tenant: str) -> int:
    """The advisory lock of a job's run for a tenant."""
    digest = hashlib.sha256(f"job:{job}:{tenant}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)

"""Work that the clock starts: declared in a slice's `jobs.py`, run by the worker.

A job runs once per tenant and period in each worker, and never twice at once: the run holds an
advisory lock named after the job and the tenant, and a worker that does not get it lets it be.
A job therefore asks the database what is left to do, and finds nothing the second time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from servicekit.uow import UnitOfWork

Work = Callable[["UnitOfWork"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work and how often it is due, in seconds."""

    name: str
    seconds: float
    call: Work


@dataclass(slots=True)
class Jobs:
    """The jobs of a service or a slice; `prefix` is the first part of their names."""

    prefix: str
    jobs: list[Job] = field(default_factory=list)

    def every(
        self,
        *,
        seconds: float = 0.0,
        minutes: float = 0.0,
        hours: float = 0.0,
        name: str | None = None,
    ) -> Callable[[Work], Work]:
        """Run the function for every tenant each period, in a transaction of its own.

        The unit of work belongs to the tenant; its principal is `service:<service>`. A run that
        fails is logged and counted and comes again next period; it never stops the worker.
        Raises ValueError when the period is not longer than nothing.
        """
        period = seconds + minutes * 60 + hours * 3600
        if period <= 0:
            raise ValueError("say how often the job is due: seconds=, minutes= or hours=")

        def register(work: Work) -> Work:
            label = name or getattr(work, "__name__", "job")
            self.jobs.append(Job(f"{self.prefix}.{label}", period, work))
            return work

        return register

"""The relay's own rules: what may be marked, and what a bus that fails now and then does to it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.messaging.bus import Acknowledged, BusError, Outgoing
from servicekit.messaging.memory import MemoryBus
from servicekit.messaging.relay import prefixes
from servicekit.testing.tally import service as tally
from servicekit.testing.tally.house import House
from servicekit.testing.tally.publishing import opportunity_step, publish


def row(number: int, aggregate: str) -> dict[str, Any]:
    return {
        "id": number,
        "topic": "crm.opportunity",
        "tenant": "acme",
        "aggregate_id": aggregate,
        "replay": False,
    }


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=30))
def test_of_each_aggregate_the_prefix_before_its_first_failure_is_marked(
    batch: list[tuple[str, bool]],
) -> None:
    rows = [row(number, aggregate) for number, (aggregate, _) in enumerate(batch)]
    answers = [
        Acknowledged("crm.opportunity", 0, number) if good else BusError("no")
        for number, (_, good) in enumerate(batch)
    ]
    done, acknowledged, failures = prefixes(rows, answers)

    assert len(acknowledged) + len(failures) == len(batch)
    for aggregate in "abc":
        mine = [(n, good) for n, (name, good) in enumerate(batch) if name == aggregate]
        first = next((n for n, good in mine if not good), len(batch))
        assert [n for n, _ in mine if n in done] == [n for n, _ in mine if n < first]


class Moody:
    """A producer that refuses some records, and some only after it has sent them."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._random = random.Random(3)
        self.start, self.stop = inner.start, inner.stop

    async def send(self, records: Sequence[Outgoing]) -> list[Acknowledged | BusError]:
        answers: list[Acknowledged | BusError] = []
        for record in records:
            mood = self._random.random()
            if mood < 0.15:
                answers.append(BusError("not now"))
                continue
            (answer,) = await self._inner.send([record])
            answers.append(answer if mood < 0.85 else BusError("sent, but nobody knows"))
        return answers


class MoodyBus(MemoryBus):
    def producer(self) -> Any:
        return Moody(super().producer())


async def test_a_bus_that_fails_now_and_then_ends_with_everything_in_order(house: House) -> None:
    house.bus = MoodyBus(house.bus.cluster)
    aggregates = [UUID(int=number) for number in range(1, 6)]
    async with house.running(house.relay(batch_size=7), house.runner(tally.steps)):
        for number in range(1, 9):
            await publish(house.app, "acme", *(opportunity_step(a, number) for a in aggregates))
        await house.until(
            "SELECT steps, last_sequence, out_of_order FROM tally_total", [(8, 8, 0)] * 5, 60
        )
        await house.until("SELECT count(*) FROM platform_outbox WHERE sent_at IS NULL", [(0,)], 60)

    assert await house.rows("SELECT count(*) FROM platform_parked_message") == [(0,)]


class BreaksOff:
    """A connection whose first look at the outbox fails as `error` does."""

    def __init__(self, inner: Any, error: Exception, seen: list[Exception]) -> None:
        self._inner, self._error, self._seen = inner, error, seen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def fetch(self, query: str, *arguments: Any) -> Any:
        if not self._seen and "platform_outbox" in query:
            self._seen.append(self._error)
            raise self._error
        return await self._inner.fetch(query, *arguments)


@pytest.mark.parametrize(
    "error",
    [
        # What asyncpg says where the server broke off in the midst of telling an error.
        asyncpg.InternalClientError("cannot switch to state 12; another operation is in progress"),
        asyncpg.InterfaceError("connection is closed"),
        ConnectionResetError(),
        asyncpg.AdminShutdownError("terminating connection"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_relay_outlives_every_way_in_which_its_database_goes_away(
    house: House, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    seen: list[Exception] = []
    connect = asyncpg.connect

    async def connected(*arguments: Any, **named: Any) -> Any:
        return BreaksOff(await connect(*arguments, **named), error, seen)

    monkeypatch.setattr("servicekit.messaging.relay.asyncpg.connect", connected)
    async with house.running(house.relay(), house.runner(tally.steps)):
        await publish(house.app, "acme", opportunity_step(UUID(int=1), 1))
        await house.until("SELECT steps FROM tally_total", [(1,)])
    assert seen == [error]

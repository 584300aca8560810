"""The commands for people: what they print and with what they exit."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from servicekit import cli
from servicekit.testing.tally import service as tally
from servicekit.testing.tally.house import House
from servicekit.testing.tally.publishing import opportunity_step, publish
from servicekit.testing.tally.records import step

ONE = UUID(int=11)


@pytest.fixture(autouse=True)
def _environment(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = house.database.addresses
    monkeypatch.setenv("TRADEWIND_DATABASE_URL", addresses.app)
    monkeypatch.setenv("TRADEWIND_PLATFORM_DATABASE_URL", addresses.platform)
    monkeypatch.setenv("TRADEWIND_KAFKA_BOOTSTRAP", "127.0.0.1:1")


async def command(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    capsys.readouterr()
    status = await asyncio.to_thread(cli.run, tally.service, words)
    return status, capsys.readouterr().out


async def test_parked_messages_are_listed_redriven_and_discarded(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await command(capsys, "parked") == (0, "Nothing is set aside.\n")
    await house.deliver(step(ONE, 1, tally.POISON), step(ONE, 2))
    async with house.running(house.runner(tally.steps)):
        await house.until("SELECT count(*) FROM platform_parked_message", [(2,)])

    status, shown = await command(capsys, "parked", "list", "--trace")
    assert status == 0
    assert "tally-step-is-poison: poison is poison" in shown
    assert "Traceback" in shown
    consumer = ("--consumer", "tally.steps")
    status, said = await command(capsys, "redrive", *consumer, "--by", "ann")
    assert (status, "0 applied, 2 left" in said) == (1, True)
    ((number,),) = await house.rows("SELECT id FROM platform_parked_message WHERE sequence = 1")
    people = ("--reason", "a test", "--by", "ann", "--approved-by")
    status, said = await command(capsys, "discard", *consumer, "--id", "0", *people, "bob")
    assert (status, "no message 0" in said) == (1, True)
    status, said = await command(capsys, "discard", *consumer, "--id", str(number), *people, "bob")
    assert (status, "1 that waited" in said) == (0, True)


async def test_a_replay_is_noted_even_when_no_worker_runs_and_needs_a_scope(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    await publish(house.app, "acme", opportunity_step(ONE, 1))
    assert (await command(capsys, "replay"))[0] == 2
    status, said = await command(capsys, "replay", "--topic", "crm.opportunity", "--wait", "0.1")
    assert (status, "is noted" in said) == (1, True)
    async with house.running(house.relay(), house.runner(tally.steps)):
        status, said = await command(capsys, "replay", "--since", "2020-01-01T00:00:00Z")
    assert (status, "events go out again" in said) == (0, True)


async def test_a_rebuild_says_what_it_emptied(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = await command(capsys, "rebuild", "--consumer", "tally.steps")

    assert status == 0
    assert "tally_step, tally_total are empty" in said


async def test_an_unknown_consumer_is_told_the_known_ones(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=r"tally\.steps, tally\.customers"):
        await command(capsys, "rebuild", "--consumer", "tally.none")


async def test_lag_says_when_the_broker_does_not_answer(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = await command(capsys, "lag")

    assert (status, "broker does not answer" in said) == (1, True)

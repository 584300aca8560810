"""While a broker is away its library speaks once, once a minute, and once at the end."""

import logging
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.log_floods import EVERY_SECONDS, QUIET_SECONDS, FloodGate


class Hours:
    """A clock that is put forward by hand, with what was asked of it for later."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.later: list[tuple[float, Callable[[], None]]] = []

    def start(self, seconds: float, function: Callable[[], None]) -> None:
        self.later.append((self.now + seconds, function))

    def pass_to(self, instant: float) -> None:
        while self.later and min(self.later, key=lambda one: one[0])[0] <= instant:
            due = min(self.later, key=lambda one: one[0])
            self.later.remove(due)
            self.now = due[0]
            due[1]()
        self.now = instant


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def gate(hours: Hours) -> FloodGate:
    return FloodGate("aiokafka", service="crm", now=lambda: hours.now, start=hours.start)


def record(
    text: str, *values: object, name: str = "aiokafka", level: int = 40
) -> logging.LogRecord:
    return logging.LogRecord(name, level, "", 0, text, values, None)


def test_an_outage_is_a_line_at_the_start_one_a_minute_and_one_at_the_end(
    hours: Hours, gate: FloodGate, caplog: pytest.LogCaptureFixture
) -> None:
    passed = 0
    for second in range(150):
        hours.pass_to(1_000 + second)
        passed += gate.filter(record("Unable to connect to node %s", second))
        passed += gate.filter(record("Unable to update metadata", name="aiokafka.client"))
    assert passed == 1
    hours.pass_to(2_000)

    told = [(one.getMessage(), one.__dict__) for one in caplog.records]
    assert [event for event, _ in told] == [
        "aiokafka is still in trouble",
        "aiokafka is still in trouble",
        "aiokafka is quiet again",
    ]
    first, _, last = (members for _, members in told)
    assert first["trouble_seconds"] == EVERY_SECONDS
    assert first["most"][0].endswith(" x Unable to update metadata")
    assert sum(members["held_back"] for _, members in told) == 299
    assert (last["held_back_in_all"], last["trouble_seconds"]) == (299, 149)
    assert last["service"] == "crm"
    assert hours.later == []


def test_after_the_quiet_the_next_line_is_written_again(hours: Hours, gate: FloodGate) -> None:
    assert gate.filter(record("away"))
    assert not gate.filter(record("away"))
    hours.pass_to(1_000 + QUIET_SECONDS)
    assert gate.filter(record("away"))


def test_a_single_line_needs_no_summary(
    hours: Hours, gate: FloodGate, caplog: pytest.LogCaptureFixture
) -> None:
    assert gate.filter(record("Heartbeat failed"))
    hours.pass_to(5_000)
    assert caplog.records == []
    assert hours.later == []


def test_others_and_what_is_critical_always_pass(gate: FloodGate) -> None:
    assert gate.filter(record("away"))
    assert gate.filter(record("the end", level=logging.CRITICAL))
    for name in ("aiokafkaesque", "servicekit.messaging.relay", "root"):
        assert gate.filter(record("mine", name=name))
        assert gate.filter(record("mine", name=name))


def test_kinds_without_end_take_no_memory_without_end(gate: FloodGate) -> None:
    for number in range(10_000):
        gate.filter(record(f"preformatted {number}"))
    assert len(gate._held) <= 51


@given(st.lists(st.integers(1, 40), min_size=1, max_size=200))
def test_every_record_is_written_or_counted(pauses: list[int]) -> None:
    hours = Hours()
    gate = FloodGate("aiokafka", service="crm", now=lambda: hours.now, start=hours.start)
    counted: list[int] = []
    gate._say = lambda what, seconds, held, in_all: counted.append(held.total())  # type: ignore[method-assign]
    passed = 0
    for pause in pauses:
        hours.pass_to(hours.now + pause)
        passed += gate.filter(record("away"))
    hours.pass_to(hours.now + 1_000)
    assert passed + sum(counted) == len(pauses)
    assert passed == 1 + sum(pause >= QUIET_SECONDS for pause in pauses[1:])

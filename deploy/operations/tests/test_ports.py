"""Ports move together and never collide."""

import pytest

from operations.ports import Ports
from operations.process import StartupError


def test_the_offset_moves_every_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEWIND_PORT_OFFSET", "1000")
    ports = Ports.from_environment()

    assert (ports.issuer, ports.api("crm"), ports.metrics("cpq")) == (9100, 9101, 10103)
    assert ports.service_url("erp") == "http://127.0.0.1:9102"


@pytest.mark.parametrize("offset", ["20000", "-8000", "many"])
def test_an_impossible_offset_is_refused(monkeypatch: pytest.MonkeyPatch, offset: str) -> None:
    monkeypatch.setenv("TRADEWIND_PORT_OFFSET", offset)
    with pytest.raises(StartupError, match="TRADEWIND_PORT_OFFSET"):
        Ports.from_environment()


def test_free_ports_differ() -> None:
    assert len(set(Ports.free().all())) == len(Ports.free().all())

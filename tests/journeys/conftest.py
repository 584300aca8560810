"""The whole system, started as `make run` starts it, on free ports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from operations.clients import Endpoints, Services
from operations.importer import command
from operations.stack import Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The running system with the sample company; one for all journeys."""
    running = Stack(
        tmp_path_factory.mktemp("journeys"),
        postgres_settings={"fsync": "off"},
        environment={"TRADEWIND_RATE_LIMIT_PER_SECOND": "0"},
    )
    running.start()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def endpoints(stack: Stack) -> Endpoints:
    """Where the running system answers."""
    return Endpoints(
        issuer=stack.ports.issuer_url,
        crm=stack.url("crm"),
        erp=stack.url("erp"),
        cpq=stack.url("cpq"),
    )


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where importers leave their reports."""
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="session")
def sample_company(endpoints: Endpoints, reports: Path) -> command.ImportReport:
    """The company that ships with Tradewind, loaded through the public APIs."""
    return asyncio.run(
        command.seed(
            endpoints=endpoints,
            client_secret="demo-admin-secret",
            reports=reports,
            console=Console(quiet=True),
        )
    )


@pytest.fixture
async def admin(endpoints: Endpoints) -> AsyncIterator[Services]:
    """The three services as the administrator of the sample company sees them."""
    async with Services(endpoints, "demo-admin", "demo-admin-secret") as services:
        yield services

"""Real PostgreSQL for tests: one server per run, one migrated template per service, clones."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import asyncpg

from servicekit.clock import FixedClock
from servicekit.database import Database
from servicekit.migrations import runner
from servicekit.settings import Settings

if TYPE_CHECKING:
    from operations.postgres import PostgresServer
    from servicekit.service import Service

# Tests lose nothing when the machine stops, so nothing waits for the disk.
FAST: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
}


@dataclass(frozen=True, slots=True)
class Addresses:
    """How each role reaches one database."""

    name: str
    owner: str
    app: str
    platform: str
    superuser: str


@dataclass(slots=True)
class ServiceDatabase:
    """A service's own migrated, empty database for a test, and its connections."""

    service: Service
    addresses: Addresses
    clock: FixedClock = field(default_factory=FixedClock)
    pool_size: int = 8

    def __post_init__(self) -> None:
        self.app = self._database(self.addresses.app)
        self.platform = self._database(self.addresses.platform)

    app: Database = field(init=False)
    platform: Database = field(init=False)

    def _database(self, url: str) -> Database:
        return Database(url, service=self.service.name, clock=self.clock, pool_size=self.pool_size)

    def settings(self, **overrides: Any) -> Settings:
        """Settings of a test process on this database."""
        values: dict[str, Any] = {
            "database_url": self.addresses.app,
            "platform_database_url": self.addresses.platform,
            "owner_database_url": self.addresses.owner,
        }
        return Settings.load(
            self.service.name, environment={"TRADEWIND_ENVIRONMENT": "test"}, **(values | overrides)
        )

    @contextlib.asynccontextmanager
    async def superuser(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection that no policy binds: for tampering, and for counting all tenants' rows."""
        connection = await asyncpg.connect(self.addresses.superuser)
        try:
            yield connection
        finally:
            await connection.close()

    async def close(self) -> None:
        """Close the connections."""
        await self.app.close()
        await self.platform.close()


class Databases:
    """Hands out databases on one server. The first of a service migrates a template."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._templates: dict[str, Service] = {}
        self._password = secrets.token_hex(8)
        self._run = secrets.token_hex(3)
        self._count = 0

    @contextlib.asynccontextmanager
    async def of(
        self, service: Service, *, migrated: bool = True
    ) -> AsyncIterator[ServiceDatabase]:
        """An empty database of a service, dropped afterwards.

        `migrated=False` gives one without any table.
        """
        from operations.postgres import RolePasswords

        known = self._templates.get(service.name)
        if known is None:
            passwords = RolePasswords(self._password, self._password, self._password)
            self._server.provision(service.name, passwords)
            await self._empty_template(service)
            await runner.migrate(
                service, self._addresses(service, f"{service.name}_template").owner
            )
            self._templates[service.name] = service
        elif known.metadata is not service.metadata:
            raise RuntimeError(f"two different services are named {service.name}")
        self._count += 1
        name = f"{service.name}_{self._run}_{self._count}"
        template = f"{service.name}_template" if migrated else service.name
        await self._clone(service, name, template)
        database = ServiceDatabase(service, self._addresses(service, name))
        try:
            yield database
        finally:
            await database.close()
            await self._as_superuser(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    async def _empty_template(self, service: Service) -> None:
        # A server that outlives the run (TRADEWIND_POSTGRES_URL) may hold an older template.
        name = f"{service.name}_template"
        await self._as_superuser(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await self._clone(service, name, service.name)

    async def _clone(self, service: Service, name: str, template: str) -> None:
        await self._as_superuser(
            f"CREATE DATABASE {name} TEMPLATE {template} OWNER {service.name}_owner",
            f"REVOKE ALL ON DATABASE {name} FROM PUBLIC",
            f"GRANT CONNECT, TEMPORARY ON DATABASE {name} "
            f"TO {service.name}_app, {service.name}_platform",
        )

    async def _as_superuser(self, *statements: str) -> None:
        connection = await asyncpg.connect(self._server.superuser_url())
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    def _addresses(self, service: Service, name: str) -> Addresses:
        def url(role: str) -> str:
            return self._server.url(name, f"{service.name}_{role}", self._password)

        return Addresses(
            name=name,
            owner=url("owner"),
            app=url("app"),
            platform=url("platform"),
            superuser=self._server.superuser_url(name),
        )


@contextlib.contextmanager
def embedded_server(settings: Mapping[str, str] = FAST) -> Iterator[PostgresServer]:
    """A throw-away server, or the one that TRADEWIND_POSTGRES_URL names."""
    import os

    from operations.postgres import EmbeddedPostgres, ExternalPostgres

    external = os.environ.get("TRADEWIND_POSTGRES_URL")
    if external:
        yield ExternalPostgres(external)
        return
    directory = Path(tempfile.mkdtemp(prefix="tradewind-test-"))
    # A server that runs as another user must be able to enter; what it writes stays its own.
    directory.chmod(0o755)
    server = EmbeddedPostgres(directory / "data", free_port(), settings, name="test postgres")
    try:
        server.start()
        yield server
    finally:
        server.stop("immediate")
        shutil.rmtree(directory, ignore_errors=True)


@contextlib.asynccontextmanager
async def scratch_database(service: Service) -> AsyncIterator[ServiceDatabase]:
    """A server of its own with one empty database of a service."""
    with embedded_server() as server:
        async with Databases(server).of(service, migrated=False) as database:
            yield database


def free_port() -> int:
    """A TCP port of the loopback interface that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class MakesDatabases(Protocol):
    """The type of the `service_database` fixture."""

    async def __call__(self, service: Service, *, migrated: bool = True) -> ServiceDatabase: ...

"""Which port each part of the local system listens on; everything stands on loopback."""

import os
from dataclasses import dataclass, fields, replace
from typing import Self

from operations.process import LOOPBACK, StartupError, free_port

SERVICES = ("crm", "erp", "cpq")
HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of one running system; the defaults are those of `make run`."""

    issuer: int = 8100
    crm: int = 8101
    erp: int = 8102
    cpq: int = 8103
    crm_metrics: int = 9101
    erp_metrics: int = 9102
    cpq_metrics: int = 9103
    crm_postgres: int = 54321
    erp_postgres: int = 54322
    cpq_postgres: int = 54323
    broker: int = 9092

    @classmethod
    def from_environment(cls) -> Self:
        """The default ports, each moved by TRADEWIND_PORT_OFFSET."""
        text = os.environ.get("TRADEWIND_PORT_OFFSET", "0")
        try:
            offset = int(text)
        except ValueError:
            raise StartupError(f"TRADEWIND_PORT_OFFSET={text} is not a whole number.") from None
        return cls().moved(offset)

    @classmethod
    def free(cls) -> Self:
        """Ports that nobody listens on just now, for tests that run beside other things."""
        chosen: set[int] = set()
        names = [field.name for field in fields(cls)]
        while len(chosen) < len(names):
            chosen.add(free_port())
        return cls(**dict(zip(names, sorted(chosen), strict=True)))

    def moved(self, offset: int) -> Self:
        """The same ports, each higher by the offset."""
        moved = {field.name: getattr(self, field.name) + offset for field in fields(self)}
        if not all(1024 <= port <= HIGHEST_PORT for port in moved.values()):
            low, high = 1024 - min(self.all()), HIGHEST_PORT - max(self.all())
            raise StartupError(f"TRADEWIND_PORT_OFFSET must lie between {low} and {high}.")
        return replace(self, **moved)

    def all(self) -> list[int]:
        """Every port."""
        return [getattr(self, field.name) for field in fields(self)]

    def api(self, service: str) -> int:
        """The port of a service's HTTP API."""
        return self._of(service)

    def metrics(self, service: str) -> int:
        """The port of a worker's health and metrics."""
        return self._of(f"{service}_metrics")

    def postgres(self, service: str) -> int:
        """The port of a service's database server."""
        return self._of(f"{service}_postgres")

    @property
    def issuer_url(self) -> str:
        """The token issuer's address, which is also its name in tokens."""
        return f"http://{LOOPBACK}:{self.issuer}"

    def service_url(self, service: str) -> str:
        """The base address of a service's HTTP API."""
        return f"http://{LOOPBACK}:{self.api(service)}"

    def _of(self, name: str) -> int:
        port: int = getattr(self, name)
        return port

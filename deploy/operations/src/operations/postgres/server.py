"""What the stack asks of a PostgreSQL server, whoever runs it."""

from dataclasses import dataclass
from typing import Literal, Protocol

StopMode = Literal["fast", "immediate"]


@dataclass(frozen=True, slots=True)
class RolePasswords:
    """The passwords of a service's three database roles."""

    owner: str
    app: str
    platform: str


class PostgresServer(Protocol):
    """A server on which the stack may create its databases."""

    def start(self) -> None:
        """Make the server ready for connections."""
        ...

    def stop(self, mode: StopMode = "fast") -> None:
        """End the server, if it is ours to end."""
        ...

    def provision(self, service: str, passwords: RolePasswords) -> None:
        """Create the service's database and its three roles, or renew their passwords."""
        ...

    def url(self, database: str, user: str, password: str) -> str:
        """The address under which this user reaches this database."""
        ...

    def superuser_url(self, database: str = "postgres") -> str:
        """The address under which the administrator reaches this database."""
        ...

"""A PostgreSQL server that somebody else runs."""

from urllib.parse import quote, urlsplit

from operations.postgres.provisioning import provision
from operations.postgres.server import RolePasswords, StopMode


class ExternalPostgres:
    """A server that somebody else runs; we only create our databases on it.

    The address must belong to a role that may create databases and roles.
    """

    def __init__(self, superuser_url: str) -> None:
        self._superuser_url = superuser_url

    def start(self) -> None:
        """Nothing to start: an unreachable server shows when the databases are created."""

    def stop(self, mode: StopMode = "fast") -> None:
        """Nothing to stop: the server is not ours."""

    def provision(self, service: str, passwords: RolePasswords) -> None:
        """Create the service's database and its three roles, or renew their passwords."""
        provision(self._superuser_url, service, passwords)

    def url(self, database: str, user: str, password: str) -> str:
        """The address under which this user reaches this database."""
        parts = urlsplit(self._superuser_url)
        place = parts.netloc.rpartition("@")[2]
        netloc = f"{user}:{quote(password, safe='')}@{place}"
        return parts._replace(netloc=netloc, path=f"/{database}").geturl()

    def superuser_url(self, database: str = "postgres") -> str:
        """The address under which the administrator reaches this database."""
        return urlsplit(self._superuser_url)._replace(path=f"/{database}").geturl()

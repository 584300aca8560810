"""PostgreSQL for one machine: a server from a wheel, or one that the environment names."""

from operations.postgres.embedded import EmbeddedPostgres
from operations.postgres.external import ExternalPostgres
from operations.postgres.provisioning import provision
from operations.postgres.server import PostgresServer, RolePasswords, StopMode

__all__ = [
    "EmbeddedPostgres",
    "ExternalPostgres",
    "PostgresServer",
    "RolePasswords",
    "StopMode",
    "provision",
]

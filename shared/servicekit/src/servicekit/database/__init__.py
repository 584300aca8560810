"""A service's database under one role: where transactions begin and end."""

from servicekit.database.addresses import asyncpg_url, sqlalchemy_url
from servicekit.database.faults import (
    CommitIsUncertain,
    DatabaseUnavailable,
    is_connection_fault,
    is_transient,
)
from servicekit.database.transactions import Database, Transaction

__all__ = [
    "CommitIsUncertain",
    "Database",
    "DatabaseUnavailable",
    "Transaction",
    "asyncpg_url",
    "is_connection_fault",
    "is_transient",
    "sqlalchemy_url",
]

"""How a projection remembers states: one statement for a batch, and never over something newer."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Table
from sqlalchemy.orm import DeclarativeBase, class_mapper

from servicekit.uow import UnitOfWork


async def remember_states(
    uow: UnitOfWork,
    model: type[DeclarativeBase],
    rows: Sequence[Mapping[str, Any]],
    *,
    sequence: str = "source_sequence",
) -> None:
    """Insert or update the rows of one table, in one statement.

    A row whose sequence (the column of that name) is not greater than the remembered one is
    dropped, so that a redelivered or late event changes nothing. Each row holds every column but
    the tenant.
    """
    if rows:
        document = to_json([{"tenant": uow.tenant, **row} for row in rows]).decode()
        table = class_mapper(model).local_table
        assert isinstance(table, Table)
        await uow.connection.execute(_upsert(table, sequence), document)


@cache
def _upsert(table: Table, sequence: str) -> str:
    name = table.name
    columns = [column.name for column in table.columns]
    keys = [column.name for column in table.primary_key]
    changes = ", ".join(f"{c} = excluded.{c}" for c in columns if c not in keys)
    # One JSON parameter instead of a row of parameters each: the statement stays the same for
    # any number of rows, hence prepared once. Rows go in key order, so that two writers of the
    # same rows never wait for each other in a circle.
    return (
        f"INSERT INTO {name} AS kept ({', '.join(columns)}) "  # noqa: S608 (own names)
        f"SELECT {', '.join(columns)} "
        f"FROM jsonb_populate_recordset(NULL::{name}, $1::jsonb) "
        f"ORDER BY {', '.join(keys)} "
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes} "
        f"WHERE kept.{sequence} < excluded.{sequence}"
    )

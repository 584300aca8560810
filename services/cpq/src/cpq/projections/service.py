"""Remembering: one statement per batch, the newest sequence wins."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Table, TextClause, bindparam, text
from sqlalchemy.orm import class_mapper

from cpq.projections.models import Remembered
from servicekit.uow import UnitOfWork


async def remember(
    uow: UnitOfWork, model: type[Remembered], rows: Sequence[dict[str, Any]]
) -> None:
    """Insert or update the rows of one table, in one statement.

    A row whose sequence is not greater than the remembered one is dropped, so that a redelivered
    or late event changes nothing. Each row holds every column but the tenant.
    """
    if rows:
        document = to_json([{"tenant": uow.tenant, **row} for row in rows]).decode()
        table = class_mapper(model).local_table
        assert isinstance(table, Table)
        await uow.session.execute(_upsert(table), {"rows": document})


@cache
def _upsert(table: Table) -> TextClause:
    name = table.name
    columns = [column.name for column in table.columns]
    keys = [column.name for column in table.primary_key]
    changes = ", ".join(f"{c} = excluded.{c}" for c in columns if c not in keys)
    # One JSON parameter instead of a row of parameters each: the statement stays the same for
    # any number of rows, hence prepared once. Rows go in key order, so that two writers of the
    # same rows never wait for each other in a circle.
    return text(
        f"INSERT INTO {name} AS kept ({', '.join(columns)}) "  # noqa: S608
        f"SELECT {', '.join(columns)} "
        f"FROM jsonb_populate_recordset(NULL::{name}, CAST(:rows AS jsonb)) "
        f"ORDER BY {', '.join(keys)} "
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes} "
        "WHERE kept.source_sequence < excluded.source_sequence"
    ).bindparams(bindparam("rows"))

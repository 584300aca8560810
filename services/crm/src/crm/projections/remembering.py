"""How a projection writes: one statement, and never over something newer."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson
from sqlalchemy.dialects.postgresql import JSONB

from crm.tables import Base
from servicekit.messaging import Received
from servicekit.uow import UnitOfWork


def told(received: Received[Any]) -> dict[str, Any]:
    """The columns that say which event a row repeats, and from when it is."""
    return {
        "source_event_id": received.event_id,
        "source_event_type": received.event_type,
        "source_sequence": received.sequence,
        "as_of": received.occurred_at,
    }


async def remember(
    uow: UnitOfWork,
    table: type[Base],
    key: str,
    facts: Mapping[str, Any],
    *,
    once: Mapping[str, Any] | None = None,
) -> None:
    """Write what the event in hand says about one document; what it does not say stays.

    `key` is the column with the document's id. `once` holds columns that only a new row takes.
    The runner delivers each event of a document once and in order; the sequence is compared
    nevertheless, so that a rebuild beside a running consumer cannot turn time back.
    """
    cause = uow.cause
    assert cause is not None, "a projection hears events"
    columns = {**facts, **told(cause)}
    only_new = once or {}
    statement, documents = _statement(table, key, tuple(columns), tuple(only_new))
    values = {**columns, **only_new}
    await uow.connection.execute(
        statement,
        uow.tenant,
        *(
            orjson.dumps(value).decode() if name in documents else value
            for name, value in values.items()
        ),
    )


# A projection hears a few kinds of events, so there are a few statements. The driver prepares
# each once; composing them anew for each event took five times as long as running them.
@cache
def _statement(
    table: type[Base], key: str, columns: tuple[str, ...], once: tuple[str, ...]
) -> tuple[str, frozenset[str]]:
    """The upsert of these columns, and which of them hold JSON."""
    known = table.__table__.c
    names = (*columns, *once)
    assert all(name in known for name in names), "a fact without a column"
    places = ", ".join(f"${at}" for at in range(1, len(names) + 2))
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in columns if name != key)
    quoted = ", ".join(f'"{name}"' for name in names)
    name = table.__tablename__
    return (
        f"INSERT INTO {name} (tenant, {quoted}) VALUES ({places}) "  # noqa: S608 (own names)
        f'ON CONFLICT (tenant, "{key}") DO UPDATE SET {changes} '
        f"WHERE {name}.source_sequence < excluded.source_sequence",
        frozenset(name for name in names if isinstance(known[name].type, JSONB)),
    )

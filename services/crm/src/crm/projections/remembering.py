"""How a projection writes: one statement, and never over something newer."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects.postgresql import insert

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
    statement = insert(table).values(tenant=uow.tenant, **columns, **(once or {}))
    sequence = table.__table__.c.source_sequence
    await uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant", key],
            set_={name: statement.excluded[name] for name in columns if name != key},
            where=sequence < statement.excluded.source_sequence,
        )
    )

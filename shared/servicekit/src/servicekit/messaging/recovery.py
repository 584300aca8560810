"""What people do about messages set aside: redrive and discard; and rebuilding a read model.

Each works on the partition's offset row under lock, as the consumer itself does, so that it may
run while the worker runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from servicekit.database import Database
from servicekit.messaging import marks as marking
from servicekit.messaging import parking
from servicekit.messaging.arrivals import Arrival, is_state
from servicekit.messaging.bus import TopicPartition
from servicekit.messaging.inbox import Batch, Inbox
from servicekit.messaging.subscriptions import Subscriptions
from servicekit.platform_sql import set_tenant
from servicekit.uow import Principal


class CannotRebuild(ValueError):
    """The consumer has effects that reading again would not put back."""


class NotParked(LookupError):
    """There is no such message set aside."""


@dataclass(frozen=True, slots=True)
class Redriven:
    """What a redrive did to one aggregate."""

    topic: str
    tenant: str
    aggregate_id: str
    applied: int
    left: int


async def redrive(
    database: Database,
    platform: Database,
    subscriptions: Subscriptions,
    *,
    by: str,
    tenant: str | None = None,
    aggregate_id: str | None = None,
) -> list[Redriven]:
    """Hand what is set aside to its handlers again, aggregate by aggregate, in order of sequence.

    The first message that fails again stays parked and the later ones keep waiting behind it.
    `by` is who asks, for the audit trail. Each aggregate is a transaction of its own.
    """
    async with platform.connection() as connection:
        rows = await parking.parked_messages(connection, subscriptions.name)
    places = dict.fromkeys(
        (row["topic"], row["tenant"], row["aggregate_id"])
        for row in rows
        if (tenant is None or row["tenant"] == tenant)
        and (aggregate_id is None or row["aggregate_id"] == aggregate_id)
    )
    inbox = Inbox(database, subscriptions)
    return [await _redrive(database, inbox, place, by) for place in places]


async def _redrive(
    database: Database, inbox: Inbox, place: tuple[str, str, str], by: str
) -> Redriven:
    topic, tenant, aggregate_id = place
    async with database.transaction() as transaction:
        connection = transaction.connection
        aside = await parking.parked_of(connection, inbox.consumer, topic, tenant, aggregate_id)
        for partition in sorted({item.record.partition for item in aside}):
            await marking.lock_position(
                connection, inbox.consumer, TopicPartition(topic, partition)
            )
        aggregate = (tenant, aggregate_id)
        marks = await marking.load_marks(connection, inbox.consumer, topic, [aggregate])
        batch = Batch(transaction, topic, is_state(topic), marks)
        if aggregate_id:
            applied = await inbox.drain(batch, aggregate)
        else:
            applied = await _readdress(inbox, batch, aside)
        await marking.save_marks(connection, inbox.consumer, topic, batch.marks)
        left = len(await parking.parked_of(connection, inbox.consumer, topic, tenant, aggregate_id))
        if applied:
            async with transaction.acting(_operator(by, tenant)) as uow:
                details = {"consumer": inbox.consumer, "applied": applied, "left": left}
                uow.audit("messages.redriven", topic, aggregate_id or "unaddressed", details)
    return Redriven(topic, tenant, aggregate_id, applied, left)


async def _readdress(inbox: Inbox, batch: Batch, aside: Sequence[parking.Parked]) -> int:
    """Records whose envelope could not be read: this build may understand them."""
    connection, moved = batch.transaction.connection, 0
    for item in aside:
        arrival: Arrival = inbox.router.arrival(item.record)
        if arrival.envelope is None:
            continue
        await parking.remove(connection, parking.UNADDRESSED, item.id)
        batch.marks |= await marking.load_marks(
            connection, inbox.consumer, batch.topic, [arrival.aggregate]
        )
        await inbox.take(batch, arrival)
        moved += 1
    return moved


async def discard(
    database: Database,
    platform: Database,
    subscriptions: Subscriptions,
    parked_id: int,
    *,
    by: str,
    approved_by: str,
    reason: str,
) -> Redriven:
    """Give up one parked message, so that the later ones of its aggregate go on.

    Needs two people, and a reason that the audit trail keeps together with what the message was.
    Raises NotParked, and ValueError when both people are one or the reason is empty.
    """
    if by == approved_by:
        raise ValueError("discarding a message needs a second person to approve it")
    if not reason.strip():
        raise ValueError("say why the message may be discarded")
    async with platform.connection() as connection:
        rows = await parking.parked_messages(connection, subscriptions.name)
    row = next((row for row in rows if row["id"] == parked_id), None)
    if row is None:
        raise NotParked(f"{subscriptions.name} has no message {parked_id} set aside")
    inbox = Inbox(database, subscriptions)
    topic, tenant, aggregate_id = row["topic"], row["tenant"], row["aggregate_id"]
    aggregate, sequence, applied = (tenant, aggregate_id), row["sequence"], 0
    async with database.transaction() as transaction:
        connection = transaction.connection
        place = TopicPartition(topic, row["partition"])
        await marking.lock_position(connection, inbox.consumer, place)
        await parking.remove(connection, tenant, parked_id)
        if sequence is not None:
            marks = await marking.load_marks(connection, inbox.consumer, topic, [aggregate])
            next_one = marks[aggregate].sequence + 1
            if sequence > next_one and not is_state(topic):
                raise ValueError(
                    f"sequence {next_one} is still missing; replay or discard that one first"
                )
            batch = Batch(transaction, topic, is_state(topic), marks)
            marks[aggregate].move(sequence)
            applied = await inbox.drain(batch, aggregate)
            await marking.save_marks(connection, inbox.consumer, topic, marks)
        aside = await parking.parked_of(connection, inbox.consumer, topic, tenant, aggregate_id)
        async with transaction.acting(_operator(by, tenant)) as uow:
            uow.audit(
                "message.discarded",
                topic,
                aggregate_id or "unaddressed",
                {
                    "consumer": inbox.consumer,
                    "approved_by": approved_by,
                    "reason": reason,
                    "event_id": row["event_id"],
                    "event_type": row["event_type"],
                    "sequence": sequence,
                },
            )
    return Redriven(topic, tenant, aggregate_id, applied, len(aside))


async def rebuild(database: Database, platform: Database, subscriptions: Subscriptions) -> None:
    """Empty a consumer's tables and make it read its topics from their start.

    Everything happens in one transaction that holds all of the consumer's offset rows, so a
    running worker notices at its next batch and starts over. Readers see the old rows until
    then, and a growing model afterwards. Raises CannotRebuild unless the consumer names the
    tables that hold its effects.
    """
    tables = subscriptions.rebuild_tables
    if not tables:
        raise CannotRebuild(
            f"{subscriptions.name} names no tables to rebuild: what it does cannot be done again"
        )
    async with platform.connection() as connection:
        tenants = [
            row["tenant"] for row in await connection.fetch("SELECT tenant FROM platform_tenant")
        ]
    async with database.transaction() as transaction:
        connection = transaction.connection
        await connection.execute(
            "SELECT 1 FROM platform_consumer_offset WHERE consumer = $1"
            " ORDER BY topic, partition FOR UPDATE",
            subscriptions.name,
        )
        for tenant in dict.fromkeys([*tenants, parking.UNADDRESSED]):
            await connection.execute(set_tenant(tenant))
            for table in tables:
                await connection.execute(f'DELETE FROM "{table}"')  # noqa: S608
            await connection.execute(
                "DELETE FROM platform_parked_message WHERE consumer = $1", subscriptions.name
            )
        for statement in (
            "DELETE FROM platform_aggregate_mark WHERE consumer = $1",
            "UPDATE platform_consumer_offset SET next_offset = 0, last_event_id = NULL"
            " WHERE consumer = $1",
        ):
            await connection.execute(statement, subscriptions.name)


def _operator(name: str, tenant: str) -> Principal:
    return Principal(f"operator:{name}", tenant)

"""How far each consumer is behind, from its own offsets and the ends of the logs."""

from __future__ import annotations

from dataclasses import dataclass

from servicekit.database import Database
from servicekit.messaging.bus import Bus, TopicPartition
from servicekit.messaging.positions import stored_offsets
from servicekit.messaging.subscriptions import Subscriptions


@dataclass(frozen=True, slots=True)
class Lag:
    """Records of a topic that a consumer has not applied."""

    consumer: str
    topic: str
    records: int


async def lags(bus: Bus, database: Database, subscriptions: Subscriptions) -> list[Lag]:
    """One entry per topic that exists; raises BusError when the broker does not answer."""
    partitions = await bus.partitions(subscriptions.topics)
    places = [
        TopicPartition(topic, number)
        for topic, count in sorted(partitions.items())
        for number in range(count)
    ]
    ends = await bus.end_offsets(places)
    read = await stored_offsets(database, subscriptions.name)
    behind: dict[str, int] = dict.fromkeys(sorted(partitions), 0)
    for place, end in ends.items():
        # A stored offset beyond the end is of a lost log: everything there is to be read.
        at = read.get(place, 0)
        behind[place.topic] += end - at if at <= end else end
    return [Lag(subscriptions.name, topic, records) for topic, records in behind.items()]

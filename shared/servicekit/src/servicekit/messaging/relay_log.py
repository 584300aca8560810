"""Noticing that a broker lost what it had acknowledged, and sending it again.

The embedded broker keeps nothing on disk, and a real cluster can be lost too. The relay writes
down how far each partition had got and in which cluster. A different cluster, or a log that is
shorter than that, means lost events: everything retained of the topic is then marked unsent, and
goes out again in id order with `ce_replay`, before anything newer of that topic.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from typing import Any

from servicekit.messaging import metrics
from servicekit.messaging.bus import Acknowledged, Bus, BusError, TopicPartition, TopicSpec

log = logging.getLogger(__name__)

_SETTLE_SECONDS = 0.2

_RESEND = """
WITH forgotten AS (DELETE FROM platform_relay_log WHERE topic = $1)
UPDATE platform_outbox SET sent_at = NULL, replay = true WHERE topic = $1 AND sent_at IS NOT NULL
"""


class RelayLog:
    """What the relay knows of the logs it writes; lives as long as its lock."""

    def __init__(self, connection: Any, bus: Bus, topics: Sequence[TopicSpec]) -> None:
        self._connection = connection
        self._bus = bus
        self._topics = list(topics)
        self._acked: dict[TopicPartition, int] = {}
        self._clusters: dict[str, str] = {}
        self._sound: dict[TopicPartition, tuple[int, int | None]] = {}
        self._suspects: set[str] = set()
        self.cluster_id = ""

    async def load(self) -> None:
        """Read what an earlier relay wrote down."""
        rows = await self._connection.fetch(
            "SELECT topic, partition, acked_offset, cluster_id FROM platform_relay_log"
        )
        for row in rows:
            self._acked[TopicPartition(row["topic"], row["partition"])] = row["acked_offset"]
            self._clusters[row["topic"]] = row["cluster_id"]

    async def look(self) -> set[str]:
        """Create missing topics, and name those that lost what had been acknowledged.

        Asks only the bus, so the relay goes on sending meanwhile. Raises BusError while the bus
        is away.
        """
        acked, clusters = dict(self._acked), dict(self._clusters)
        cluster_id = await self._bus.cluster_id()
        await self._bus.ensure_topics(self._topics)
        ends = await self._bus.end_offsets(list(acked), exact=False)
        # The cheap answer may be too low: believe only the exact one, and ask for it once, as
        # long as the cheap one stays the same.
        short = [
            place
            for place, at in acked.items()
            if ends.get(place, 0) <= at and self._sound.get(place) != (at, ends.get(place))
        ]
        exact = await self._bus.end_offsets(short) if short else {}
        lost = set(self._suspects)  # Forgotten only when they are resent.
        lost |= {topic for topic, known in clusters.items() if known != cluster_id}
        lost |= {place.topic for place in short if exact.get(place, 0) <= acked[place]}
        self._sound.update((place, (acked[place], ends.get(place))) for place in short)
        self.cluster_id = cluster_id
        if lost:
            # Topics that have just been created are not quite ready on the embedded broker.
            await asyncio.sleep(_SETTLE_SECONDS)
        return lost

    def newest(self, acknowledged: Sequence[Acknowledged]) -> dict[TopicPartition, int]:
        """The highest acknowledged offset per partition."""
        newest: dict[TopicPartition, int] = {}
        for answer in acknowledged:
            place = TopicPartition(answer.topic, answer.partition)
            newest[place] = max(newest.get(place, -1), answer.offset)
        return newest

    def acknowledged(self, acknowledged: Sequence[Acknowledged]) -> None:
        """Take note of a batch.

        Raises BusError when an offset had been given before: this is a new log, of which the
        next look must learn more before anything else is sent.
        """
        again = {
            answer.topic
            for answer in acknowledged
            if answer.offset <= self._acked.get(TopicPartition(answer.topic, answer.partition), -1)
        }
        for place, at in self.newest(acknowledged).items():
            self._acked[place] = at
            self._clusters[place.topic] = self.cluster_id
        if again:
            self._suspects |= again
            raise BusError(f"offsets of {', '.join(sorted(again))} were given twice")

    async def resend(self, topics: Iterable[str]) -> None:
        """Mark everything retained of these topics unsent, between two batches."""
        for topic in sorted(topics):
            await self._resend(topic)

    async def _resend(self, topic: str) -> None:
        status = await self._connection.execute(_RESEND, topic)
        self._clusters.pop(topic, None)
        self._suspects.discard(topic)
        for place in [place for place in self._acked if place.topic == topic]:
            del self._acked[place]
            self._sound.pop(place, None)
        metrics.RELAY_LOST_LOGS.labels(topic).inc()
        log.warning(
            "relay: the broker lost events of %s that it had acknowledged; sending %s again",
            topic,
            status.rpartition(" ")[2],
        )

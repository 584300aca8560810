"""Sealing: chaining committed audit entries, apart from the transactions that wrote them.

Chaining inside the business transaction would make every command of a service wait for the one
before it. The sealer looks only below the xmin horizon: every transaction older than that has
ended, so no entry can appear behind a seal any more.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass

import asyncpg
from prometheus_client import Gauge

from servicekit.audit.anchors import Anchor, AnchorFile
from servicekit.audit.chain import COLUMNS, Entry, genesis, link
from servicekit.database import Database, DatabaseUnavailable
from servicekit.settings import Settings

log = logging.getLogger(__name__)

LOCK_SPACE = 0x6175  # "au": the advisory lock of sealers.
BATCH = 5_000

UNSEALED_SECONDS = Gauge(
    "tradewind_audit_unsealed_seconds", "Age of the oldest audit entry that is not yet sealed."
)

# A cluster that was rebuilt from a dump counts transactions afresh: entries from the old one carry
# numbers that the new one has not reached (>= xmax), and their transactions have surely ended.
_UNSEALED = f"""
SELECT {COLUMNS}
  FROM platform_audit_entry AS e
 WHERE e.xid >= $1::text::xid8
   AND (e.xid < $2::text::xid8 OR e.xid >= $3::text::xid8)
   AND NOT EXISTS (SELECT 1 FROM platform_audit_seal AS s WHERE s.entry_id = e.id)
 ORDER BY e.xid, e.id
 LIMIT $4
"""  # noqa: S608

_SEAL = """
INSERT INTO platform_audit_seal (position, entry_id, horizon, hash)
SELECT position, entry_id, $4::text::xid8, hash
  FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) AS seal(position, entry_id, hash)
"""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest seal: its position (0 before the first) and hash."""

    position: int
    hash: bytes


async def seal_batch(connection: asyncpg.Connection, service: str, limit: int = BATCH) -> int:
    """Chain up to `limit` entries in one transaction; returns how many. One sealer at a time."""
    async with connection.transaction():
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1, 0)", LOCK_SPACE):
            return 0
        # Taken before the entries are read: what is below it has ended by then.
        xmin, xmax = await connection.fetchrow(
            "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint "
            "FROM pg_current_snapshot() AS s"
        )
        last = await connection.fetchrow(
            "SELECT position, hash, horizon::text::bigint AS horizon "
            "FROM platform_audit_seal ORDER BY position DESC LIMIT 1"
        )
        position, previous = (last["position"], last["hash"]) if last else (0, genesis(service))
        since = last["horizon"] if last and last["horizon"] <= xmin else 0
        rows = await connection.fetch(_UNSEALED, str(since), str(xmin), str(xmax), limit)
        if not rows:
            return 0
        entries = [Entry(*row) for row in rows]
        hashes = []
        for number, entry in enumerate(entries, start=position + 1):
            previous = link(previous, number, entry)
            hashes.append(previous)
        # A full batch may end inside a transaction; the next one looks at that again.
        horizon = entries[-1].xid if len(entries) == limit else xmin
        await connection.execute(
            _SEAL,
            list(range(position + 1, position + 1 + len(entries))),
            [entry.id for entry in entries],
            hashes,
            str(min(horizon, xmin)),
        )
        return len(entries)


async def head(connection: asyncpg.Connection, service: str) -> Head:
    """The newest seal."""
    row = await connection.fetchrow(
        "SELECT position, hash FROM platform_audit_seal ORDER BY position DESC LIMIT 1"
    )
    return Head(0, genesis(service)) if row is None else Head(row["position"], row["hash"])


class Sealer:
    """Seals every few seconds and anchors every minute, in the worker."""

    def __init__(
        self,
        platform: Database,
        anchors: AnchorFile,
        *,
        seal_seconds: float = 5.0,
        anchor_seconds: float = 60.0,
    ) -> None:
        self._platform = platform
        self._anchors = anchors
        self._seal_seconds = seal_seconds
        self._anchor_seconds = anchor_seconds
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Seal and anchor once more, then end `run`."""
        self._stopping.set()

    async def run(self) -> None:
        """Seal until stopped; a database that is away is waited for."""
        anchored = 0.0
        stopping = False
        while not stopping:
            stopping = self._stopping.is_set()
            try:
                await self.seal()
                if stopping or time.monotonic() - anchored >= self._anchor_seconds:
                    await self.anchor()
                    anchored = time.monotonic()
            except (DatabaseUnavailable, asyncpg.PostgresError, OSError) as error:
                log.warning("audit: nothing could be sealed now: %s", error)
            if not stopping:
                try:
                    async with asyncio.timeout(self._seal_seconds):
                        await self._stopping.wait()
                except TimeoutError:
                    continue

    async def seal(self) -> int:
        """Seal everything that can be sealed; returns how many entries."""
        total = 0
        async with self._platform.connection() as connection:
            while sealed := await seal_batch(connection, self._platform.service):
                total += sealed
            oldest = await connection.fetchval(
                "SELECT extract(epoch FROM clock_timestamp() - min(e.at))::float8 "
                "FROM platform_audit_entry AS e "
                "WHERE e.id > coalesce((SELECT max(entry_id) FROM platform_audit_seal), 0)"
            )
        UNSEALED_SECONDS.set(max(oldest or 0.0, 0.0))
        return total

    async def anchor(self) -> None:
        """Write the head down outside the database, if it has moved since the last anchor."""
        async with self._platform.connection() as connection:
            newest = await head(connection, self._platform.service)
        known = self._anchors.read()
        if newest.position > (known[-1].position if known else 0):
            self._anchors.append(Anchor(self._platform.clock.now(), newest.position, newest.hash))


def sealer(platform: Database, settings: Settings) -> Sealer:
    """The sealer of a worker, anchoring below the state directory."""
    return Sealer(platform, AnchorFile.of(settings.state_directory, settings.service))

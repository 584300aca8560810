"""Verifying: recompute the chain, compare it with the seals and the anchors, name what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from servicekit.audit.anchors import Anchor
from servicekit.audit.chain import COLUMNS, Entry, genesis, link

_CHAIN = f"""
SELECT s.position, s.entry_id, s.hash, {COLUMNS}
  FROM platform_audit_seal AS s
  LEFT JOIN platform_audit_entry AS e ON e.id = s.entry_id
 ORDER BY s.position
"""  # noqa: S608

_SLIPPED_IN = """
SELECT e.id
  FROM platform_audit_entry AS e,
       (SELECT horizon FROM platform_audit_seal ORDER BY position DESC LIMIT 1) AS last
 WHERE e.xid < last.horizon
   AND last.horizon <= pg_snapshot_xmin(pg_current_snapshot())
   AND NOT EXISTS (SELECT 1 FROM platform_audit_seal AS s WHERE s.entry_id = e.id)
 ORDER BY e.id
 LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found.

    `problem` is None when the trail is whole; else it names the first thing that is wrong, and
    `position` and `entry_id` say where, as far as that is known.
    """

    sealed: int
    head: bytes
    anchors: int
    problem: str | None = None
    position: int | None = None
    entry_id: int | None = None

    @property
    def is_whole(self) -> bool:
        return self.problem is None


async def verify(
    connection: asyncpg.Connection, service: str, anchors: Sequence[Anchor]
) -> Verdict:
    """Check every sealed entry, every anchor, and that nothing was slipped in behind a seal.

    Reads in one snapshot, by the platform role. Entries that are not sealed yet are not judged.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        by_position = {anchor.position: anchor for anchor in anchors}
        expected, previous = 1, genesis(service)

        def fault(problem: str, position: int | None, entry_id: int | None) -> Verdict:
            return Verdict(expected - 1, previous, len(anchors), problem, position, entry_id)

        async for row in connection.cursor(_CHAIN, prefetch=2_000):
            position, entry_id, hash_ = row[0], row[1], row[2]
            if position != expected:
                return fault(f"the seal at position {expected} is missing", expected, None)
            if row[3] is None:
                return fault(
                    f"audit entry {entry_id} (position {position}) is missing", position, entry_id
                )
            computed = link(previous, position, Entry(*row[3:]))
            if computed != hash_:
                return fault(
                    f"audit entry {entry_id} (position {position}) is not what was sealed",
                    position,
                    entry_id,
                )
            anchor = by_position.get(position)
            if anchor is not None and anchor.hash != computed:
                return fault(
                    f"the chain at position {position} is not the one that was anchored at "
                    f"{anchor.at.isoformat()}: it was rewritten at or before entry {entry_id}",
                    position,
                    entry_id,
                )
            expected, previous = position + 1, computed
        newest = max(anchors, key=lambda anchor: anchor.position, default=None)
        if newest is not None and newest.position >= expected:
            return fault(
                f"the trail ends at position {expected - 1}, but position {newest.position} was "
                f"anchored at {newest.at.isoformat()}: the last entries were removed",
                expected,
                None,
            )
        slipped_in = await connection.fetchval(_SLIPPED_IN)
        if slipped_in is not None:
            return fault(
                f"audit entry {slipped_in} appeared behind the seal", None, int(slipped_in)
            )
        return Verdict(expected - 1, previous, len(anchors))

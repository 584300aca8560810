"""What a batch costs does not depend on how many aggregates a consumer has heard of."""

from __future__ import annotations

import json
from typing import Any

from servicekit.messaging.marks import READING, load_marks
from servicekit.testing.tally.house import House

_HEARD_OF = """
    INSERT INTO platform_aggregate_mark (consumer, topic, tenant, aggregate_id, sequence)
    SELECT 'c', 't', 'acme', 'a' || number, number FROM generate_series(1, 20000) AS number
"""


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """A plan's nodes, the outermost first."""
    return [plan, *(node for part in plan.get("Plans", ()) for node in nodes(part))]


async def test_marks_are_looked_up_even_without_statistics(house: House) -> None:
    async with house.database.superuser() as connection:
        await connection.execute(
            "ALTER TABLE platform_aggregate_mark SET (autovacuum_enabled = off)"
        )
        await connection.execute(_HEARD_OF)
        explained = await connection.fetchval(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {READING}",
            "c", "t", ["acme"] * 20, [f"a{number}" for number in range(1, 21)],
        )  # fmt: skip
        found = await load_marks(connection, "c", "t", [("acme", "a7"), ("acme", "nobody")])

    read = [
        node
        for node in nodes(json.loads(explained)[0]["Plan"])
        if node.get("Relation Name") == "platform_aggregate_mark"
    ]
    assert [node["Actual Rows"] * node["Actual Loops"] for node in read] == [20]
    assert found["acme", "a7"].sequence == 7
    assert found["acme", "nobody"].sequence == 0

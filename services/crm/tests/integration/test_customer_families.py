"""Companies that belong to companies, over HTTP and in the database."""

import asyncio
from typing import Any
from uuid import uuid4

from servicekit.testing.http import Api


async def _company(api: Api, name: str, parent: str | None = None, **more: Any) -> str:
    answer = await api.post("/v1/customers", {"name": name, "parent_id": parent, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_family_is_read_from_any_of_its_companies(api: Api, rows: Any) -> None:
    top = await _company(api, "Group", owner="sam", country="NL")
    left = await _company(api, "Left", top, owner="sam")
    leaf = await _company(api, "Leaf", left, active=False)
    right = await _company(api, "Right", top, owner="ines", country="DE")
    await _company(api, "Stranger")

    family = (await api.get(f"/v1/customers/{left}/family")).json()

    assert (family["ultimate_parent_id"], family["above"]) == (top, [top])
    assert (family["companies"], family["below"], family["active_companies"]) == (4, 1, 3)
    assert family["by_owner"] == {"sam": 2, "ines": 1}
    assert family["by_country"] == {"NL": 1, "DE": 1}
    assert [(each["id"], each["level"]) for each in family["items"]] == [
        (top, 1),
        (left, 2),
        (right, 2),
        (leaf, 3),
    ]
    children = (await api.get(f"/v1/customers?parent_id={top}&sort=name")).json()["items"]
    assert [each["id"] for each in children] == [left, right]
    told = await rows(
        "SELECT convert_from(body, 'UTF8') FROM platform_outbox WHERE aggregate_id = $1", str(right)
    )
    assert f'"parent_id":"{top}"' in told[0][0].replace(" ", "")


async def test_no_company_stands_above_itself_nor_below_the_tenth_level(api: Api) -> None:
    line = [await _company(api, "1")]
    for number in range(2, 11):
        line.append(await _company(api, str(number), line[-1]))

    circle = await api.patch(f"/v1/customers/{line[0]}", {"parent_id": line[2]}, version=1)
    itself = await api.patch(f"/v1/customers/{line[0]}", {"parent_id": line[0]}, version=1)
    nobody = await api.patch(f"/v1/customers/{line[-1]}", {"parent_id": str(uuid4())}, version=1)
    eleventh = await api.post("/v1/customers", {"name": "11", "parent_id": line[-1]})
    over = await _company(api, "over")
    pushed = await api.patch(f"/v1/customers/{line[0]}", {"parent_id": over}, version=1)
    bulk = await api.post(
        "/v1/customers/bulk",
        {
            "rows": [
                {"name": "good", "parent_id": line[0]},
                {"name": "deep", "parent_id": line[-1]},
                {"name": "lost", "parent_id": str(uuid4())},
            ]
        },
    )

    for answer in (circle, itself):
        assert (answer.status_code, answer.json()["code"]) == (409, "customer-is-above-itself")
    assert (nobody.status_code, nobody.json()["code"]) == (422, "parent-not-found")
    for answer in (eleventh, pushed):
        assert (answer.status_code, answer.json()["code"]) == (409, "hierarchy-is-too-deep")
    assert [(row["problem"] or {}).get("code") for row in bulk.json()["results"]] == [
        None,
        "hierarchy-is-too-deep",
        "parent-not-found",
    ]


async def test_two_moves_at_once_close_no_circle(api: Api, rows: Any) -> None:
    # Each goes below the other's child, so neither touches a row that the other one locks.
    for _ in range(5):
        one, other = await _company(api, "one"), await _company(api, "other")
        child, other_child = await _company(api, "a", one), await _company(api, "b", other)
        answers = await asyncio.gather(
            api.patch(f"/v1/customers/{one}", {"parent_id": other_child}, version=1),
            api.patch(f"/v1/customers/{other}", {"parent_id": child}, version=1),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert await rows(
        "SELECT count(*) FROM customers_customer a JOIN customers_customer b ON a.parent_id = b.id "
        "JOIN customers_customer c ON b.parent_id = c.id JOIN customers_customer d "
        "ON c.parent_id = d.id AND d.parent_id = a.id"
    ) == [(0,)]

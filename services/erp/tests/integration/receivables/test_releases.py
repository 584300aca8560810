"""Credit beyond the limit: given for a while, taken back, run out; over HTTP."""

import json
from datetime import timedelta
from typing import Any

from erp.receivables import service
from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase
from servicekit.uow import Principal


async def told(database: ServiceDatabase) -> tuple[str, str | None]:
    """State and headroom, as the newest event says them."""
    async with database.superuser() as connection:
        body = await connection.fetchval(
            "SELECT body FROM platform_outbox WHERE topic = 'erp.credit' ORDER BY id DESC LIMIT 1"
        )
    event = json.loads(body)
    return event["state"], event["headroom"]["amount"]


async def test_released_credit_is_headroom_until_its_day_has_passed(
    erp: Api, account: dict[str, Any], erp_database: ServiceDatabase
) -> None:
    today = erp_database.clock.now().date()
    path = f"/v1/accounts/{account['id']}"
    await erp.patch(path, {"credit_limit": "100"}, version=account["version"])
    line = {
        "description": "Goods",
        "quantity": "1",
        "net_unit_price": "120",
        "tax_category": "zero",
    }
    await erp.post("/v1/invoices", {"account_id": account["id"], "lines": [line]})
    assert await told(erp_database) == ("blocked", "-20")
    body = {"account_id": account["id"], "amount": "50", "reason": "The chief knows them"}

    late = await erp.post("/v1/credit-releases", body | {"until": str(today - timedelta(days=1))})
    given = await erp.post("/v1/credit-releases", body | {"until": str(today)})

    assert late.json()["code"] == "credit-release-ends-before-today"
    assert given.status_code == 201, given.text
    assert await told(erp_database) == ("warning", "30")
    assert (await erp.get(path)).json()["released"] == "50"
    clerk = Principal.of_service("erp", "acme")
    async with erp_database.app.unit_of_work(clerk) as uow:
        assert await service.end_releases(uow, today) == 0
    async with erp_database.app.unit_of_work(clerk) as uow:
        assert await service.end_releases(uow, today + timedelta(days=1)) == 1
    assert await told(erp_database) == ("blocked", "-20")

    again = (await erp.post("/v1/credit-releases", body | {"until": str(today)})).json()
    ended = await erp.post(f"/v1/credit-releases/{again['id']}/end", {"reason": "Not any more"})
    assert ended.json()["ended_at"] is not None
    assert await told(erp_database) == ("blocked", "-20")
    listed = (await erp.get("/v1/credit-releases", account_id=account["id"])).json()["items"]
    assert len(listed) == 2
    seller = await erp.signed_in(roles=["seller"]).post(
        "/v1/credit-releases", body | {"until": str(today)}
    )
    assert seller.status_code == 403

"""Contracts over HTTP: bought, amended mid-term, renewed, cancelled."""

import asyncio
from typing import Any

import asyncpg
import pytest

from .conftest import World

QUOTES, CONTRACTS = "/v1/quotes", "/v1/contracts"


@pytest.fixture
async def shop(world: World) -> World:
    await world.item("CARE", price="10", category="services", stocked=False)
    await world.item("CARE-PLUS", price="18", category="services", stocked=False)
    await world.item("BK-1", price="900")
    return world


async def accepted(shop: World, quote_id: str) -> dict[str, Any]:
    sent = await shop.api.post(f"{QUOTES}/{quote_id}/send", {})
    assert sent.status_code == 200, sent.text
    answer = await shop.api.post(
        f"{QUOTES}/{quote_id}/accept",
        {"content_hash": sent.json()["content_hash"], "accepted_by": "Petra"},
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def contracted(shop: World) -> dict[str, Any]:
    """Ten times care for the year 2026 at 9.00, and a bicycle."""
    quote = await shop.api.post(
        QUOTES,
        {
            "customer_id": str(await shop.customer()),
            "lines": [
                {
                    "sku": "CARE",
                    "quantity": "10",
                    "key": "care",
                    "discount_fraction": "0.1",
                    "discount_reason": "Ten of them",
                    "term": {"start_on": "2026-01-01", "end_on": "2026-12-31"},
                },
                {"sku": "BK-1", "quantity": "1"},
            ],
        },
    )
    await accepted(shop, quote.json()["id"])
    (found,) = (await shop.api.get(CONTRACTS, quote_id=quote.json()["id"])).json()["items"]
    contract: dict[str, Any] = (
        await shop.api.get(f"{CONTRACTS}/{found['id']}", on="2026-02-01")
    ).json()
    return contract


async def read(shop: World, contract: dict[str, Any], on: str) -> dict[str, Any]:
    answer = await shop.api.get(f"{CONTRACTS}/{contract['id']}", on=on)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def held(contract: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {each["key"]: (each["sku"], each["quantity"]) for each in contract["holdings"]}


async def test_what_is_sold_for_a_time_becomes_a_contract(shop: World) -> None:
    contract = await contracted(shop)
    assert contract["number"].startswith("CT-2026-")
    assert (contract["start_on"], contract["end_on"]) == ("2026-01-01", "2026-12-31")
    assert held(contract) == {"care": ("CARE", "10")}
    assert (contract["holdings"][0]["unit_price"], contract["amount"]) == ("9", "1080")
    assert (await shop.said())[-1][0] == "ContractStarted"
    plain = await shop.api.post(
        QUOTES,
        {
            "customer_id": contract["customer_id"],
            "lines": [{"sku": "BK-1", "quantity": "1"}],
        },
    )
    await accepted(shop, plain.json()["id"])
    assert len((await shop.api.get(CONTRACTS)).json()["items"]) == 1


async def test_more_is_charged_at_the_locked_price_for_the_days_that_are_left(
    shop: World,
) -> None:
    contract = await contracted(shop)
    # The list price rises; what was agreed stays.
    change = {"effective_on": "2026-07-01", "set": [{"key": "care", "quantity": "15"}]}
    preview = await shop.api.post(f"{CONTRACTS}/{contract['id']}/amendments/preview", change)
    assert preview.status_code == 200, preview.text
    assert preview.json()["charges"][0] | {"key": ""} == {
        "key": "",
        "sku": "CARE",
        "name": "Item CARE",
        "quantity": "5",
        "unit_price": "9",
        "start_on": "2026-07-01",
        "end_on": "2026-12-31",
        "term": "6 months",
        "amount": "270",
    }
    made = (await shop.api.post(f"{CONTRACTS}/{contract['id']}/amendments", change)).json()
    assert (made["net"], made["credit"]) == ("270", "0")
    assert held(await read(shop, contract, "2026-07-01")) == {"care": ("CARE", "10")}

    await accepted(shop, made["quote_id"])
    assert held(await read(shop, contract, "2026-06-30")) == {"care": ("CARE", "10")}
    assert held(await read(shop, contract, "2026-07-01")) == {"care": ("CARE", "15")}
    assert (await shop.said())[-1][0] == "ContractAmended"

    # And back: the contract costs what it did.
    now = await read(shop, contract, "2026-07-01")
    back = await shop.api.post(
        f"{CONTRACTS}/{contract['id']}/reductions",
        {"effective_on": "2026-07-01", "set": [{"key": "care", "quantity": "10"}]},
        version=now["version"],
    )
    assert back.status_code == 200, back.text
    assert (back.json()["amount"], held(back.json())) == ("1080", {"care": ("CARE", "10")})
    assert (await shop.said())[-1][2]["credit"] == {"amount": "270", "currency": "EUR"}


async def test_a_swap_gives_back_the_one_and_charges_the_other(shop: World) -> None:
    contract = await contracted(shop)
    change = {
        "effective_on": "2026-10-01",
        "add": [{"sku": "CARE-PLUS", "quantity": "10", "swaps": "care", "key": "plus"}],
    }
    path = f"{CONTRACTS}/{contract['id']}"
    preview = (await shop.api.post(f"{path}/amendments/preview", change)).json()
    # 3 months x 10 x 18, less 3 months x 10 x 9.
    assert (preview["charge"], preview["credit"], preview["net"]) == ("540", "270", "270")
    made = (await shop.api.post(f"{path}/amendments", change)).json()
    quote = (await shop.api.get(f"{QUOTES}/{made['quote_id']}")).json()
    assert (quote["credit_amount"], quote["credits"][0]["amount"]) == ("270", "270")
    assert quote["contract_id"] == contract["id"]
    await accepted(shop, made["quote_id"])
    offer = (await shop.api.get(f"{QUOTES}/{made['quote_id']}/offer")).json()
    assert offer["credit"] == "270"
    page = await shop.api.get(f"{QUOTES}/{made['quote_id']}/document", format="html", language="de")
    assert "Zurückgegeben: 10 × Item CARE, 1. Oktober 2026 bis 31. Dezember 2026" in page.text
    printed = await shop.api.get(f"{QUOTES}/{made['quote_id']}/document")
    assert printed.content.startswith(b"%PDF")
    now = await read(shop, contract, "2026-10-01")
    assert held(now) == {"plus": ("CARE-PLUS", "10")}
    assert now["entries"][-1]["replaces"] == "care"
    assert now["end_on"] == "2026-12-31"


async def test_a_contract_is_extended_and_renewed_line_by_line(shop: World) -> None:
    contract = await contracted(shop)
    path = f"{CONTRACTS}/{contract['id']}"
    longer = (
        await shop.api.post(
            f"{path}/amendments", {"effective_on": "2026-06-01", "extend_until": "2027-03-31"}
        )
    ).json()
    assert longer["net"] == "270"
    await accepted(shop, longer["quote_id"])
    now = await read(shop, contract, "2027-03-31")
    assert (now["end_on"], held(now)) == ("2027-03-31", {"care": ("CARE", "10")})

    body = {"months": 12, "lines": {"care": {"policy": "uplift", "uplift": "0.05"}}}
    preview = (await shop.api.post(f"{path}/renewals/preview", body)).json()
    assert (preview["charges"][0]["unit_price"], preview["charge"]) == ("9.45", "1134")
    for policy, net in (("keep", "1080"), ("reprice", "1200")):
        other = await shop.api.post(
            f"{path}/renewals/preview", {"months": 12, "every": {"policy": policy}}
        )
        assert other.json()["charge"] == net
    renewed = (await shop.api.post(f"{path}/renewals", body)).json()
    await accepted(shop, renewed["quote_id"])
    later = await read(shop, contract, "2028-03-31")
    assert (later["end_on"], held(later)) == ("2028-03-31", {"care": ("CARE", "10")})
    assert later["holdings"][0]["unit_price"] == "9.45"


async def test_a_cancelled_contract_gives_back_what_is_left(shop: World) -> None:
    contract = await contracted(shop)
    path = f"{CONTRACTS}/{contract['id']}"
    stale = await shop.api.post(f"{path}/cancel", {"effective_on": "2026-12-16"}, version=9)
    assert stale.status_code == 412
    gone = await shop.api.post(
        f"{path}/cancel", {"effective_on": "2026-12-16"}, version=contract["version"]
    )
    assert gone.status_code == 200, gone.text
    assert (gone.json()["end_on"], gone.json()["holdings"]) == ("2026-12-15", [])
    # 10 x 9 x 16/31 of December.
    assert (await shop.said())[-1][2]["credit"] == {"amount": "46.45", "currency": "EUR"}
    late = await shop.api.post(
        f"{path}/cancel", {"effective_on": "2026-12-16"}, version=gone.json()["version"]
    )
    assert (late.status_code, late.json()["code"]) == (409, "contract-is-over")


async def test_two_amendments_do_not_overwrite_each_other_unseen(shop: World) -> None:
    contract = await contracted(shop)
    path = f"{CONTRACTS}/{contract['id']}/amendments"
    made = [
        (
            await shop.api.post(
                path, {"effective_on": "2026-07-01", "set": [{"key": "care", "quantity": quantity}]}
            )
        ).json()
        for quantity in ("12", "20")
    ]
    await accepted(shop, made[0]["quote_id"])
    sent = (await shop.api.post(f"{QUOTES}/{made[1]['quote_id']}/send", {})).json()
    late = await shop.api.post(
        f"{QUOTES}/{made[1]['quote_id']}/accept",
        {"content_hash": sent["content_hash"], "accepted_by": "Petra"},
    )
    assert (late.status_code, late.json()["code"]) == (409, "contract-has-changed")
    assert (await shop.api.get(f"{QUOTES}/{made[1]['quote_id']}")).json()["status"] == "sent"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"effective_on": "2026-07-01"}, 422, "amendment-is-empty"),
        ({"effective_on": "2027-07-01", "extend_until": "2028-01-01"}, 409, "contract-is-over"),
        ({"effective_on": "2026-07-01", "extend_until": "2026-08-01"}, 422, "change-is-no-change"),
        (
            {"effective_on": "2026-07-01", "set": [{"key": "none", "quantity": "1"}]},
            422,
            "holding-is-not-there",
        ),
        (
            {"effective_on": "2026-07-01", "set": [{"key": "care", "quantity": "10"}]},
            422,
            "change-is-no-change",
        ),
        (
            {
                "effective_on": "2026-07-01",
                "set": [{"key": "care", "quantity": "25"}, {"key": "care", "quantity": "5"}],
            },
            422,
            "holding-is-changed-twice",
        ),
        (
            {
                "effective_on": "2026-07-01",
                "set": [{"key": "care", "quantity": "5"}],
                "add": [{"sku": "CARE-PLUS", "quantity": "5", "swaps": "care"}],
            },
            422,
            "holding-is-changed-twice",
        ),
        (
            {"effective_on": "2026-07-01", "set": [{"key": "care", "quantity": "1"}]},
            409,
            "amendment-only-gives-back",
        ),
        (
            {"effective_on": "2026-07-01", "set": [{"key": "care", "quantity": "-1"}]},
            422,
            "invalid-input",
        ),
        (
            {"effective_on": "2026-07-01", "add": [{"sku": "NONE", "quantity": "1"}]},
            422,
            "item-not-known",
        ),
        (
            {
                "effective_on": "2026-07-01",
                "add": [{"sku": "CARE", "quantity": "1", "until_on": "2026-06-01"}],
            },
            422,
            "term-is-no-term",
        ),
    ],
)
async def test_what_makes_no_sense_is_refused_and_changes_nothing(
    shop: World, body: dict[str, Any], status: int, code: str
) -> None:
    contract = await contracted(shop)
    answer = await shop.api.post(f"{CONTRACTS}/{contract['id']}/amendments", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await read(shop, contract, "2026-02-01") == contract


async def amended(shop: World, contract: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """The quote of an amendment."""
    made = await shop.api.post(f"{CONTRACTS}/{contract['id']}/amendments", change)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = (await shop.api.get(f"{QUOTES}/{made.json()['quote_id']}")).json()
    return found


async def test_more_at_another_price_gives_back_that_price(shop: World) -> None:
    contract = await contracted(shop)
    quote = await amended(
        shop,
        contract,
        {"effective_on": "2026-07-01", "set": [{"key": "care", "quantity": "15"}]},
    )
    cheaper = await shop.api.patch(
        f"{QUOTES}/{quote['id']}/lines",
        {
            "change": [
                {
                    "of": {"keys": [quote["lines"][0]["key"]]},
                    "set": {"agreed_unit_price": "1", "agreed_reason": "A favour"},
                }
            ]
        },
        version=quote["version"],
    )
    assert cheaper.status_code == 200, cheaper.text
    await accepted(shop, quote["id"])
    now = await read(shop, contract, "2026-07-01")
    assert (now["amount"], now["holdings"][0]["prices"]) == (
        "1110",
        [{"quantity": "10", "unit_price": "9"}, {"quantity": "5", "unit_price": "1"}],
    )
    # What was bought last goes first: five at one for six months, then one at nine.
    path = f"{CONTRACTS}/{contract['id']}"
    nine = {"effective_on": "2026-07-01", "set": [{"key": "care", "quantity": "9"}]}
    less = (await shop.api.post(f"{path}/reductions", nine, version=now["version"])).json()
    assert (less["amount"], held(less)) == ("1026", {"care": ("CARE", "9")})
    gone = await shop.api.post(
        f"{path}/cancel", {"effective_on": "2026-01-01"}, version=less["version"]
    )
    assert gone.json()["amount"] == "0"


async def test_changes_in_one_amendment_see_each_other(shop: World) -> None:
    contract = await contracted(shop)
    quote = await amended(
        shop,
        contract,
        {
            "effective_on": "2026-07-01",
            "set": [{"key": "care", "quantity": "25"}],
            "extend_until": "2027-01-31",
        },
    )
    # Fifteen for six months, and all twenty-five for January.
    assert [
        (line["key"], line["quantity"], line["start_on"], line["end_on"]) for line in quote["lines"]
    ] == [
        ("care", "15", "2026-07-01", "2026-12-31"),
        ("care-2", "25", "2027-01-01", "2027-01-31"),
    ]
    await accepted(shop, quote["id"])
    assert held(await read(shop, contract, "2027-01-31")) == {"care": ("CARE", "25")}
    # What is removed is not extended.
    empty = await shop.api.post(
        f"{CONTRACTS}/{contract['id']}/amendments/preview",
        {
            "effective_on": "2026-09-01",
            "set": [{"key": "care", "quantity": "0"}],
            "extend_until": "2027-06-30",
        },
    )
    assert (empty.json()["charges"], empty.json()["credit"]) == ([], "1125")


async def test_lines_of_an_amendment_stay_what_it_was_worked_out_for(shop: World) -> None:
    contract = await contracted(shop)
    quote = await amended(
        shop,
        contract,
        {
            "effective_on": "2026-10-01",
            "add": [{"sku": "CARE-PLUS", "quantity": "10", "swaps": "care", "key": "plus"}],
        },
    )
    plus = {
        "sku": "CARE-PLUS",
        "key": "plus",
        "quantity": "10",
        "term": {"start_on": "2026-10-01", "end_on": "2026-12-31", "anchor": "2026-01-01"},
    }
    bad: list[tuple[dict[str, Any], str]] = [
        (plus | {"sku": "CARE"}, "lines.0.item_id"),
        (plus | {"key": "other"}, "lines"),
        (plus | {"optional": True}, "lines"),
        (plus | {"term": {"start_on": "2026-11-01", "end_on": "2026-12-31"}}, "lines.0.start_on"),
    ]
    for line, place in bad:
        answer = await shop.api.put(
            f"{QUOTES}/{quote['id']}/lines", {"lines": [line]}, version=quote["version"]
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "amendment-line-is-fixed")
        assert answer.json()["errors"][0]["field"] == place
    fine = await shop.api.put(
        f"{QUOTES}/{quote['id']}/lines",
        {
            "lines": [
                plus | {"quantity": "12"},
                {
                    "sku": "CARE",
                    "key": "care",
                    "quantity": "1",
                    "term": {"start_on": "2026-10-01", "end_on": "2026-12-31"},
                },
            ]
        },
        version=quote["version"],
    )
    assert fine.status_code == 200, fine.text
    await accepted(shop, quote["id"])
    # What is new does not mix with what the contract knows by the same key.
    assert held(await read(shop, contract, "2026-10-01")) == {
        "plus": ("CARE-PLUS", "12"),
        "care-2": ("CARE", "1"),
    }


async def test_a_cancelled_contract_only_shrinks(shop: World) -> None:
    contract = await contracted(shop)
    path = f"{CONTRACTS}/{contract['id']}"
    gone = await shop.api.post(
        f"{path}/cancel", {"effective_on": "2026-12-01"}, version=contract["version"]
    )
    assert gone.status_code == 200, gone.text
    for address, body in (
        ("renewals", {"months": 12}),
        ("amendments", {"effective_on": "2026-07-01", "extend_until": "2027-03-31"}),
        ("amendments", {"effective_on": "2026-07-01", "set": [{"key": "care", "quantity": "11"}]}),
        ("amendments", {"effective_on": "2026-07-01", "add": [{"sku": "CARE", "quantity": "1"}]}),
    ):
        answer = await shop.api.post(f"{path}/{address}", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "contract-is-cancelled")
    earlier = await shop.api.post(
        f"{path}/cancel", {"effective_on": "2026-07-01"}, version=gone.json()["version"]
    )
    assert (earlier.status_code, earlier.json()["amount"]) == (200, "540")
    found = [
        len((await shop.api.get(CONTRACTS, cancelled=said)).json()["items"])
        for said in ("true", "false")
    ]
    assert found == [1, 0]


async def test_what_is_evergreen_runs_until_it_is_cancelled(shop: World) -> None:
    quote = (
        await shop.api.post(
            QUOTES,
            {
                "customer_id": str(await shop.customer()),
                "lines": [
                    {
                        "sku": "CARE",
                        "quantity": "10",
                        "key": "care",
                        "term": {"start_on": "2026-01-01", "evergreen": True},
                    }
                ],
            },
        )
    ).json()
    (line,) = quote["lines"]
    assert (line["start_on"], line["end_on"], line["term_reason"], line["net_amount"]) == (
        "2026-01-01", None, "first period: 1 month", "100",
    )  # fmt: skip
    for language, words in (
        ("en", "From January 1, 2026 until cancelled, due every month"),
        ("de", "Ab 1. Januar 2026 bis zur Kündigung, monatlich fällig"),
        ("zh-Hans", "自2026年1月1日起，至取消为止，每月计费"),
    ):
        page = await shop.api.get(
            f"{QUOTES}/{quote['id']}/document", format="html", language=language
        )
        assert words in page.text
    await accepted(shop, quote["id"])
    (contract,) = (await shop.api.get(CONTRACTS, quote_id=quote["id"])).json()["items"]
    assert contract["end_on"] is None
    assert held(await read(shop, contract, "2126-01-01")) == {"care": ("CARE", "10")}
    path = f"{CONTRACTS}/{contract['id']}"
    for address, body in (
        ("renewals", {"months": 12}),
        ("amendments", {"effective_on": "2026-07-01", "extend_until": "2027-03-31"}),
    ):
        answer = await shop.api.post(f"{path}/{address}", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "contract-runs-on")
    # Two more, and something new: both run on, and their first periods are charged.
    more = await amended(
        shop,
        contract,
        {
            "effective_on": "2026-07-16",
            "set": [{"key": "care", "quantity": "12"}],
            "add": [{"sku": "CARE-PLUS", "quantity": "1", "key": "plus"}],
        },
    )
    # 16 of the 31 days of July.
    assert [(line["end_on"], line["net_amount"]) for line in more["lines"]] == [
        (None, "10.322580646"),
        (None, "9.2903225814"),
    ]
    await accepted(shop, more["id"])
    now = await read(shop, contract, "2026-08-01")
    assert held(now) == {"care": ("CARE", "12"), "plus": ("CARE-PLUS", "1")}
    swap = await amended(
        shop,
        contract,
        {
            "effective_on": "2026-07-20",
            "add": [{"sku": "CARE-PLUS", "quantity": "12", "key": "better", "swaps": "care"}],
        },
    )
    page = await shop.api.get(f"{QUOTES}/{swap['id']}/document", format="html", language="en")
    assert "Returned: 2 × Item CARE, from July 20, 2026 on" in page.text
    gone = await shop.api.post(
        f"{path}/cancel", {"effective_on": "2026-08-01"}, version=now["version"]
    )
    assert gone.status_code == 200, gone.text
    assert (gone.json()["end_on"], gone.json()["holdings"]) == ("2026-07-31", [])
    # July was used.
    assert gone.json()["amount"] == "119.61"


async def test_the_database_refuses_to_give_back_more_than_was_bought(shop: World) -> None:
    contract = await contracted(shop)
    insert = """
        INSERT INTO contracts_entry
        SELECT tenant, gen_random_uuid(), contract_id, 2, {key}, 'reduce', item_id, sku, name, unit,
               {quantity}, unit_price, from_on, {until}, {amount}, term_unit, term_count, basis,
               anchor, selling_model, replaces, quote_id, written_at, written_by, 1
          FROM contracts_entry WHERE contract_id = $1
    """
    good = {"key": "key", "quantity": "-10", "until": "until_on", "amount": "-1080"}
    async with shop.database.superuser() as connection:
        for bad, law in (
            ({"key": "'other'"}, "not what was bought"),
            ({"until": "until_on + 1"}, "not bought for these days"),
            ({"quantity": "-10.5"}, "more is taken than was bought"),
            ({"amount": "-1080.01"}, "more is given back than it has cost"),
        ):
            with pytest.raises(asyncpg.PostgresError, match=law):
                await connection.execute(insert.format(**(good | bad)), contract["id"])
        await connection.execute(insert.format(**good), contract["id"])


async def test_the_database_itself_keeps_entries(shop: World) -> None:
    await contracted(shop)
    async with shop.database.superuser() as connection:
        with pytest.raises(asyncpg.PostgresError, match="only grows"):
            await connection.execute("UPDATE contracts_entry SET quantity = 1")


async def test_giving_back_is_for_those_whom_the_policy_names(shop: World) -> None:
    policy = {
        "rules": [
            {
                "key": "back",
                "name": "Gives back more than 100 EUR",
                "conditions": [
                    {
                        "variable": "given_back",
                        "comparison": "gt",
                        "number": "100",
                        "currency": "EUR",
                    }
                ],
                "group": "finance",
            }
        ],
        "groups": [
            {
                "key": "finance",
                "name": "Finance",
                "approvers": [
                    {"subject": "fiona", "limit": "500", "limit_currency": "EUR"},
                    {"subject": "max"},
                ],
            }
        ],
        "fact_limits": [],
    }
    contract = await contracted(shop)
    assert (await shop.api.put("/v1/approval-policy", policy, version=0)).status_code == 200
    cancel = f"{CONTRACTS}/{contract['id']}/cancel"

    def who(subject: str, role: str = "accountant") -> Any:
        return shop.api.signed_in(subject=subject, roles=[role])

    async def tried(api: Any, day: str) -> tuple[int, str]:
        answer = await api.post(cancel, {"effective_on": day}, version=contract["version"])
        return answer.status_code, answer.json().get("code", "")

    whole, little = "2026-01-01", "2026-12-01"
    assert await tried(who("sam", "seller"), little) == (403, "permission-missing")
    assert await tried(who("eve"), whole) == (409, "not-an-approver")
    assert await tried(who("fiona"), whole) == (409, "above-approvers-limit")
    assert await read(shop, contract, "2026-02-01") == contract
    # An amendment that gives back asks as any quote does.
    quote = await amended(
        shop,
        contract,
        {
            "effective_on": "2026-07-01",
            "add": [{"sku": "CARE-PLUS", "quantity": "1", "key": "plus", "swaps": "care"}],
        },
    )
    sent = await shop.api.post(f"{QUOTES}/{quote['id']}/send", {})
    assert (sent.status_code, sent.json()["code"]) == (409, "quote-needs-approval")
    # 90 is not asked about; what was given back stays written.
    assert (await tried(who("eve"), little))[0] == 200


async def test_rules_about_what_is_sold_do_not_ask_about_giving_back(shop: World) -> None:
    small = {"variable": "net", "comparison": "lt", "number": "100", "currency": "EUR"}
    policy = {
        "rules": [{"key": "small", "name": "Too small", "conditions": [small], "group": "sales"}],
        "groups": [{"key": "sales", "name": "Sales", "approvers": [{"subject": "max"}]}],
        "fact_limits": [],
    }
    contract = await contracted(shop)
    assert (await shop.api.put("/v1/approval-policy", policy, version=0)).status_code == 200
    cancelled = await shop.api.signed_in(subject="eve", roles=["accountant"]).post(
        f"{CONTRACTS}/{contract['id']}/cancel",
        {"effective_on": "2026-12-01"},
        version=contract["version"],
    )
    assert cancelled.status_code == 200, cancelled.text


async def test_a_locked_price_holds_whatever_floor_there_is_by_now(shop: World) -> None:
    contract = await contracted(shop)
    book = {
        "key": "floors",
        "name": "Floors",
        "rules": [{"key": "floor", "kind": "floor", "sku": "CARE", "most_discount": "0.05"}],
    }
    made = (await shop.api.post("/v1/price-books", book)).json()
    done = await shop.api.post(
        f"/v1/price-books/{made['id']}/publish",
        {"valid_from": "2026-01-01"},
        version=made["version"],
    )
    assert done.status_code == 200, done.text
    # Nine of ten, which nobody could agree on today.
    quote = await amended(
        shop,
        contract,
        {"effective_on": "2026-07-01", "set": [{"key": "care", "quantity": "15"}]},
    )
    for price, status in (("9", 200), ("8.99", 409)):
        answer = await shop.api.patch(
            f"{QUOTES}/{quote['id']}/lines",
            {
                "change": [
                    {
                        "of": {"keys": ["care"]},
                        "set": {"agreed_unit_price": price, "agreed_reason": "As before"},
                    }
                ]
            },
            version=quote["version"],
        )
        assert answer.status_code == status, answer.text
        quote = answer.json() if status == 200 else quote
    renewed = await shop.api.post(f"{CONTRACTS}/{contract['id']}/renewals", {"months": 12})
    assert renewed.status_code == 201, renewed.text


async def test_reductions_at_once_give_back_once(shop: World) -> None:
    contract = await contracted(shop)
    path = f"{CONTRACTS}/{contract['id']}/reductions"
    eight = {"effective_on": "2026-01-01", "set": [{"key": "care", "quantity": "8"}]}
    answers = await asyncio.gather(
        *(shop.api.post(path, eight, version=contract["version"]) for _ in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    now = await read(shop, contract, "2026-02-01")
    assert (held(now), now["amount"]) == ({"care": ("CARE", "8")}, "864")
    # The version that was seen before is old, whatever has changed.
    assert now["version"] > contract["version"]
    seven = {"effective_on": "2026-01-01", "set": [{"key": "care", "quantity": "7"}]}
    assert (await shop.api.post(path, seven, version=contract["version"])).status_code == 412


async def test_an_amendment_is_old_once_the_contract_changed_whatever_it_has(shop: World) -> None:
    contract = await contracted(shop)
    quote = await amended(
        shop,
        contract,
        {"effective_on": "2026-07-01", "add": [{"sku": "BK-1", "quantity": "1", "once": True}]},
    )
    gone = await shop.api.post(
        f"{CONTRACTS}/{contract['id']}/cancel",
        {"effective_on": "2026-03-01"},
        version=contract["version"],
    )
    assert gone.status_code == 200, gone.text
    sent = (await shop.api.post(f"{QUOTES}/{quote['id']}/send", {})).json()
    late = await shop.api.post(
        f"{QUOTES}/{quote['id']}/accept",
        {"content_hash": sent["content_hash"], "accepted_by": "Petra"},
    )
    assert (late.status_code, late.json()["code"]) == (409, "contract-has-changed")

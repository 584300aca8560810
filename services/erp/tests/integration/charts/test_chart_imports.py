"""Charts from elsewhere over HTTP: taken whole, posted to, or refused with the exact reason."""

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from servicekit.testing.http import Api

CHARTS: dict[str, tuple[tuple[str, ...], str, int]] = {
    # files, layout, accounts that take postings
    "skr03": (
        ("tryton/de_skr03_accounts.xml", "tryton/de_skr03_taxes.xml"),
        "tryton-xml",
        1042,
    ),
    "french plan comptable": (
        ("tryton/fr_pcg_accounts.xml", "tryton/fr_pcg_taxes.xml"),
        "tryton-xml",
        870,
    ),
    "minimal": (("tryton/minimal_chart_en.xml",), "tryton-xml", 99),
    "chinese small enterprises": (
        ("cn/cn_small_enterprise_2013.csv",),
        "cn-small-enterprises-csv",
        66,
    ),
    "us gaap": (("odoo-oca/us_gaap_accounts.csv",), "odoo-csv", 112),
    "german general": (("ledgersmb/de_General.xml",), "ledgersmb-xml", 144),
    "french general": (("ledgersmb/fr_French_General.xml",), "ledgersmb-xml", 911),
    "british general": (("ledgersmb/gb_General.xml",), "ledgersmb-xml", 102),
    "us general": (("ledgersmb/us_General.xml",), "ledgersmb-xml", 66),
    "us hierarchical": (("ledgersmb/us_GeneralHierarchical.xml",), "ledgersmb-xml", 66),
    "us manufacturing": (("ledgersmb/us_Manufacturing.xml",), "ledgersmb-xml", 57),
}


def sent(*files: tuple[str, bytes]) -> list[dict[str, str]]:
    return [{"name": name, "content": b64encode(content).decode()} for name, content in files]


async def empty_company(erp: Api) -> dict[str, Any]:
    answer = await erp.post(
        "/v1/companies",
        {
            "code": "NEW",
            "name": "New",
            "base_currency": "EUR",
            "country": "DE",
            "chart": "none",
        },
    )
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def chart_of(erp: Api, company: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (
        await erp.get("/v1/ledger-accounts", company_id=company["id"])
    ).json()["items"]
    return items


def entry(company: dict[str, Any], debit: str, credit: str, amount: str = "100") -> dict[str, Any]:
    return {
        "company_id": company["id"],
        "effective_on": "2026-01-05",
        "lines": [
            {"account_id": debit, "currency": "EUR", "debit": amount},
            {"account_id": credit, "currency": "EUR", "credit": amount},
        ],
    }


@pytest.mark.data
@pytest.mark.parametrize("name", CHARTS)
async def test_every_chart_imports_and_posts_and_balances(
    erp: Api, data_set: Callable[[str], Path], name: str
) -> None:
    names, layout, postable = CHARTS[name]
    base = data_set("charts-of-accounts")
    files = sent(*((each, (base / each).read_bytes()) for each in names))
    company = await empty_company(erp)

    preview = await erp.post(
        "/v1/chart-imports", {"company_id": company["id"], "files": files, "dry_run": True}
    )
    assert await chart_of(erp, company) == []
    taken = await erp.post("/v1/chart-imports", {"company_id": company["id"], "files": files})

    assert taken.status_code == 201, taken.text
    body = taken.json()
    assert preview.json() | {"id": body["id"]} == body
    assert body["layout"] == layout
    chart = await chart_of(erp, company)
    assert len(chart) == body["account_count"]
    open_accounts = [row for row in chart if row["active"] and not row["heading"]]
    assert len(open_accounts) == postable
    ids = {row["id"]: row for row in chart}
    assert all(row["parent_id"] is None or row["parent_id"] in ids for row in chart)
    assert {row["role"]: row["code"] for row in chart if row["role"]} == body["roles"]

    by_kind: dict[str, list[dict[str, Any]]] = {}
    for row in open_accounts:
        if not row["control"]:
            by_kind.setdefault(row["kind"], []).append(row)
    assert by_kind.keys() == {"asset", "liability", "equity", "income", "expense"}
    for debit, credit in (("asset", "equity"), ("asset", "income"), ("expense", "liability")):
        posted = await erp.post(
            "/v1/journal-entries",
            entry(company, by_kind[debit][0]["id"], by_kind[credit][0]["id"]),
        )
        assert posted.status_code == 201, posted.text
    balance = (await erp.get("/v1/trial-balance", company_id=company["id"])).json()
    assert balance["totals"] == [
        {"currency": "EUR", "debit": "300", "credit": "300", "difference": "0"}
    ]


@pytest.mark.data
async def test_taxes_come_with_their_rates_and_accounts(
    erp: Api, data_set: Callable[[str], Path]
) -> None:
    base = data_set("charts-of-accounts")
    names = CHARTS["skr03"][0]
    company = await empty_company(erp)
    await erp.post(
        "/v1/chart-imports",
        {
            "company_id": company["id"],
            "files": sent(*((each, (base / each).read_bytes()) for each in names)),
        },
    )

    taxes = (await erp.get("/v1/chart-taxes", company_id=company["id"])).json()["items"]

    codes = {row["id"]: row["code"] for row in await chart_of(erp, company)}
    assert len(taxes) == 41
    owed = next(tax for tax in taxes if tax["name"] == "19% Umsatzsteuer aus innergem. Erwerb")
    assert owed["rate"] == "-0.19"
    assert codes[owed["ledger_account_id"]] == "1774"
    assert owed["part_of"] == "Innergem. Erwerb 19%USt/19%VSt"


PLAIN = b"""code,name,type,parent
1,Assets,asset,
10,Cash,asset,1
20,Loan,liability,
30,Capital,equity,
40,Sales,income,
50,Costs,expense,
"""


async def test_a_chart_takes_the_place_of_the_standard_one_while_nothing_is_posted(
    erp: Api, company: dict[str, Any]
) -> None:
    body = {"files": sent(("plain.csv", PLAIN)), "roles": {"bank": "10", "revenue": "40"}}

    taken = await erp.post("/v1/chart-imports", body)

    assert taken.status_code == 201, taken.text
    assert taken.json()["roles"] == {"bank": "10", "revenue": "40"}
    assert "receivables" in taken.json()["unmapped_roles"]
    assert "1100" in taken.json()["closed"]
    chart = {row["code"]: row for row in await chart_of(erp, company)}
    assert chart["10"]["role"] == "bank"
    assert chart["10"]["section"] == "cash"
    assert chart["1100"]["active"] is False
    refused = await erp.post(
        "/v1/journal-entries", entry(company, chart["1500"]["id"], chart["30"]["id"])
    )
    assert refused.json()["code"] == "ledger-account-takes-no-postings"
    posted = await erp.post(
        "/v1/journal-entries", entry(company, chart["10"]["id"], chart["30"]["id"])
    )
    assert posted.status_code == 201, posted.text
    again = await erp.post("/v1/chart-imports", body)
    assert again.status_code == 409
    assert again.json()["code"] == "books-are-not-empty"


async def test_a_chart_is_added_beside_the_accounts_that_exist(
    erp: Api, company: dict[str, Any]
) -> None:
    before = {row["code"]: row for row in await chart_of(erp, company)}
    file = b"code,name,type\n1000,Our bank,asset\n1010,Second bank,asset\n"

    taken = await erp.post("/v1/chart-imports", {"files": sent(("more.csv", file)), "mode": "add"})
    contradicting = await erp.post(
        "/v1/chart-imports",
        {"files": sent(("more.csv", b"code,name,type\n1000,Bank,equity\n")), "mode": "add"},
    )

    assert taken.status_code == 201, taken.text
    assert taken.json()["kept"] == ["1000"]
    after = {row["code"]: row for row in await chart_of(erp, company)}
    assert after["1000"] == before["1000"]
    assert after["1010"]["section"] == "cash"
    assert len(after) == len(before) + 1
    assert contradicting.json()["code"] == "chart-contradicts-the-books"


BROKEN = b"""code,name,type,parent
1,Assets,asset,
1,Assets again,asset,
2,Orphan,asset,9
3,Above,asset,4
4,Below,asset,3
5,Strange,liabilty,
"""


async def test_a_broken_chart_changes_nothing_and_every_reason_is_told(
    erp: Api, company: dict[str, Any]
) -> None:
    before = await chart_of(erp, company)
    files = sent(("broken.csv", BROKEN))

    preview = await erp.post("/v1/chart-imports", {"files": files, "dry_run": True})
    refused = await erp.post("/v1/chart-imports", {"files": files})

    assert preview.status_code == 201
    assert preview.json()["takeable"] is False
    errors = [each for each in preview.json()["findings"] if each["severity"] == "error"]
    assert [(each["line"], each["code"]) for each in errors] == [
        (3, "duplicate-code"),
        (4, "broken-parent"),
        (5, "circle-of-parents"),
        (7, "unknown-kind"),
    ]
    assert refused.status_code == 422
    assert refused.json()["code"] == "chart-is-broken"
    assert [each["field"] for each in refused.json()["errors"]] == [
        "broken.csv:3:1",
        "broken.csv:4:2",
        "broken.csv:5:3",
        "broken.csv:7:5",
    ]
    assert await chart_of(erp, company) == before


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "chart-cannot-be-read"),
        (b"\xff\xfa\x00", "chart-cannot-be-read"),
        (b"<tryton><data>", "chart-cannot-be-read"),
        (b"<invoice/>", "chart-layout-unknown"),
        (b"one,two\n1,2\n", "chart-layout-unknown"),
        (b"<tryton>" + b"<data>" * 70 + b"</data>" * 70 + b"</tryton>", "chart-too-large"),
        (
            b'<!DOCTYPE a [<!ENTITY x "y">]><tryton><data>&x;</data></tryton>',
            "chart-cannot-be-read",
        ),
        (b'code,name,type\n1,"never closed,asset\n', "chart-cannot-be-read"),
    ],
)
async def test_what_is_no_chart_is_refused(
    erp: Api, company: dict[str, Any], content: bytes, code: str
) -> None:
    answer = await erp.post(
        "/v1/chart-imports", {"files": sent(("file", content)), "dry_run": True}
    )

    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == code


async def test_a_role_names_an_account_that_can_have_it(erp: Api, company: dict[str, Any]) -> None:
    files = sent(("plain.csv", PLAIN))

    unknown = await erp.post("/v1/chart-imports", {"files": files, "roles": {"bank": "99"}})
    wrong = await erp.post("/v1/chart-imports", {"files": files, "roles": {"bank": "30"}})

    assert unknown.json()["code"] == "role-account-unknown"
    assert wrong.json()["code"] == "account-role-does-not-fit"


async def test_imports_are_listed_with_their_findings(erp: Api, company: dict[str, Any]) -> None:
    await erp.post("/v1/chart-imports", {"files": sent(("plain.csv", PLAIN))})

    listed = (await erp.get("/v1/chart-imports", company_id=company["id"])).json()["items"]

    assert [each["layout"] for each in listed] == ["plain-csv"]
    assert {each["code"] for each in listed[0]["findings"]} == {"roles-unmapped"}
    layouts = (await erp.get("/v1/chart-layouts")).json()["items"]
    assert "plain-csv" in {each["name"] for each in layouts}

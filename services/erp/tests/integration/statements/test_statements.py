"""Statements over HTTP: what they say, that every figure drills, and the files they come as."""

import io
from base64 import b64encode
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from servicekit.testing.http import Api

KINDS = ("balance-sheet", "profit-and-loss", "cash-flow")


async def post(erp: Api, company: dict[str, Any], day: str, *lines: tuple[str, str]) -> Any:
    """Post an entry: account codes with amounts, below zero for credit."""
    rows = (await erp.get("/v1/ledger-accounts", company_id=company["id"])).json()["items"]
    chart = {row["code"]: row["id"] for row in rows}
    answer = await erp.post(
        "/v1/journal-entries",
        {
            "company_id": company["id"],
            "effective_on": day,
            "lines": [
                {
                    "account_id": chart[code],
                    "currency": "EUR",
                    "credit" if amount.startswith("-") else "debit": amount.lstrip("-"),
                }
                for code, amount in lines
            ],
        },
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
async def books(erp: Api, company: dict[str, Any]) -> dict[str, Any]:
    """Two years: capital, a loan, equipment that wears out, sales and rent."""
    await post(erp, company, "2025-01-02", ("1000", "50000"), ("3000", "-50000"))
    await post(erp, company, "2025-03-01", ("1500", "12000"), ("1000", "-12000"))
    await post(erp, company, "2025-06-01", ("1000", "8000"), ("4000", "-8000"))
    await post(erp, company, "2025-07-01", ("6100", "3000"), ("1000", "-3000"))
    await post(erp, company, "2026-01-02", ("1000", "20000"), ("2500", "-20000"))
    await post(erp, company, "2026-01-03", ("1000", "1000.55"), ("4000", "-1000.55"))
    await post(erp, company, "2026-01-04", ("6100", "250.25"), ("2200", "-250.25"))
    return company


def figures(body: dict[str, Any]) -> dict[str, list[str]]:
    return {line["code"]: [cell["amount"] for cell in line["cells"]] for line in body["lines"]}


async def test_the_balance_sheet_balances_and_shows_the_result_of_the_year(
    erp: Api, books: dict[str, Any]
) -> None:
    body = (await erp.get("/v1/statements/balance-sheet", ends_on="2026-01-05", columns=2)).json()

    found = figures(body)
    assert found["assets"] == found["liabilities-and-equity"] == ["76000.55", "50000"]
    assert found["cash"] == ["64000.55", "50000"]
    assert found["result-of-earlier-years"] == ["5000", "0"]
    assert found["result-of-the-year"] == ["750.3", "0"]
    assert [each["ends_on"] for each in body["columns"]] == ["2026-01-05", "2025-01-05"]


async def test_profit_and_loss_and_cash_flow_of_two_years(erp: Api, books: dict[str, Any]) -> None:
    results = figures(
        (
            await erp.get(
                "/v1/statements/profit-and-loss",
                starts_on="2025-01-01",
                ends_on="2025-12-31",
            )
        ).json()
    )
    flow = figures(
        (
            await erp.get("/v1/statements/cash-flow", starts_on="2025-01-01", ends_on="2025-12-31")
        ).json()
    )

    assert results["gross-profit"] == ["8000"]
    assert results["result"] == flow["result"] == ["5000"]
    assert flow["investing-activities"] == ["-12000"]
    assert flow["financing-activities"] == ["50000"]
    assert flow["change-of-cash"] == flow["cash-at-end"] == ["43000"]


@pytest.mark.parametrize("kind", KINDS)
async def test_every_figure_is_the_sum_of_the_postings_it_links_to(
    erp: Api, books: dict[str, Any], kind: str
) -> None:
    body = (await erp.get(f"/v1/statements/{kind}", ends_on="2026-01-05", columns=2)).json()
    checked = 0
    for line in body["lines"]:
        rows = [line["cells"], *(each["cells"] for each in line["accounts"])]
        for cell in [cell for cells in rows for cell in cells]:
            if cell["links"] is None:
                assert line["standing"] != "part"
                continue
            listed = (await erp.get(cell["links"]["entries"])).json()["items"]
            total = sum(Decimal(each["debit"]) - Decimal(each["credit"]) for each in listed)
            assert abs(total) == abs(Decimal(cell["amount"])), (line["code"], cell)
            checked += bool(listed)
            for each in listed[:1]:
                entry = (await erp.get(each["links"]["entry"])).json()
                assert entry["number"] == each["number"]
    assert checked >= 4


async def test_a_statement_as_it_was_known_does_not_change(erp: Api, books: dict[str, Any]) -> None:
    now = (await erp.get("/v1/journal-entries", sort="-recorded_at", limit=1)).json()
    known_at = now["items"][0]["recorded_at"]
    asked = {"ends_on": "2026-01-05", "known_at": known_at}
    before = (await erp.get("/v1/statements/balance-sheet", **asked)).json()

    await post(erp, books, "2025-06-02", ("1000", "999"), ("4000", "-999"))

    after = (await erp.get("/v1/statements/balance-sheet", **asked)).json()
    restated = (await erp.get("/v1/statements/balance-sheet", ends_on="2026-01-05")).json()
    assert after == before
    assert Decimal(figures(restated)["cash"][0]) - Decimal(figures(before)["cash"][0]) == 999


@pytest.mark.parametrize("sort", ["effective_on", "-effective_on"])
async def test_the_general_ledger_runs_on_from_page_to_page(
    erp: Api, books: dict[str, Any], sort: str
) -> None:
    rows = (await erp.get("/v1/ledger-accounts")).json()["items"]
    bank = next(row["id"] for row in rows if row["code"] == "1000")
    asked = {
        "account_id": bank,
        "starts_on": "2025-02-01",
        "ends_on": "2026-01-05",
        "limit": 2,
        "sort": sort,
    }
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        more = {} if cursor is None else {"cursor": cursor}
        page = (await erp.get("/v1/statements/general-ledger", **asked, **more)).json()
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    forward = items if sort == "effective_on" else items[::-1]
    assert [each["balance"] for each in forward] == [
        "38000",
        "46000",
        "43000",
        "63000",
        "64000.55",
    ]


async def test_the_trial_balance_of_a_period_sums_to_nothing(
    erp: Api, books: dict[str, Any]
) -> None:
    body = (
        await erp.get("/v1/statements/trial-balance", starts_on="2026-01-01", ends_on="2026-01-05")
    ).json()

    bank = next(line for line in body["lines"] if line["code"] == "1000")
    assert (bank["opening"], bank["debit"], bank["credit"], bank["closing"]) == (
        "43000",
        "21000.55",
        "0",
        "64000.55",
    )
    assert (body["opening"], body["closing"]) == ("0", "0")
    assert body["debit"] == body["credit"] == "21250.8"


@pytest.mark.parametrize("name", [*KINDS, "trial-balance"])
async def test_statements_come_as_files(erp: Api, books: dict[str, Any], name: str) -> None:
    path = f"/v1/statements/{name}/document"
    pdf = await erp.get(path, ends_on="2026-01-05")
    again = await erp.get(path, ends_on="2026-01-05")
    sheet = await erp.get(path, ends_on="2026-01-05", format="xlsx")
    table = await erp.get(path, ends_on="2026-01-05", format="csv")

    assert pdf.status_code == 200, pdf.text
    assert pdf.content.startswith(b"%PDF")
    assert pdf.content == again.content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_index(0)
    assert any("Headquarters" in str(cell) for row in rows.to_python() for cell in row)
    assert table.text.splitlines()[0].startswith("Code,Name,Kind,")


async def test_no_name_becomes_a_formula(erp: Api, books: dict[str, Any]) -> None:
    opened = await erp.post(
        "/v1/ledger-accounts",
        {"code": "1001", "name": "=HYPERLINK(1)", "kind": "asset", "section": "cash"},
    )
    assert opened.status_code == 201, opened.text
    await post(erp, books, "2026-01-05", ("1001", "5"), ("1000", "-5"))

    path = "/v1/statements/balance-sheet/document"
    table = await erp.get(path, ends_on="2026-01-05", format="csv")
    sheet = await erp.get(path, ends_on="2026-01-05", format="xlsx")

    assert "'=HYPERLINK(1)" in table.text
    book = CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_index(0)
    assert "=HYPERLINK(1)" in [cell for row in book.to_python() for cell in row]


async def test_what_is_no_line_or_no_period_is_refused(erp: Api, books: dict[str, Any]) -> None:
    subtotal = await erp.get("/v1/statements/postings", statement="balance-sheet", line="assets")
    backwards = await erp.get(
        "/v1/statements/cash-flow", starts_on="2026-01-05", ends_on="2026-01-01"
    )
    unknown = await erp.get("/v1/statements/nothing")

    assert subtotal.json()["code"] == "statement-line-not-found"
    assert backwards.json()["code"] == "statement-period-is-backwards"
    assert unknown.status_code == 422


@pytest.mark.data
@pytest.mark.parametrize(
    "files",
    [
        ("tryton/de_skr03_accounts.xml",),
        ("tryton/fr_pcg_accounts.xml",),
        ("tryton/minimal_chart_en.xml",),
        ("cn/cn_small_enterprise_2013.csv",),
        ("odoo-oca/us_gaap_accounts.csv",),
        ("ledgersmb/de_General.xml",),
        ("ledgersmb/fr_French_General.xml",),
        ("ledgersmb/gb_General.xml",),
        ("ledgersmb/us_General.xml",),
        ("ledgersmb/us_GeneralHierarchical.xml",),
        ("ledgersmb/us_Manufacturing.xml",),
    ],
    ids=lambda files: files[0],
)
async def test_every_chart_gives_statements_that_balance(
    erp: Api, data_set: Callable[[str], Path], files: tuple[str, ...]
) -> None:
    base = data_set("charts-of-accounts")
    company = (
        await erp.post(
            "/v1/companies",
            {
                "code": "NEW",
                "name": "New",
                "base_currency": "EUR",
                "country": "DE",
                "chart": "none",
            },
        )
    ).json()
    taken = await erp.post(
        "/v1/chart-imports",
        {
            "company_id": company["id"],
            "files": [
                {"name": each, "content": b64encode((base / each).read_bytes()).decode()}
                for each in files
            ],
        },
    )
    assert taken.status_code == 201, taken.text
    rows = [
        row
        for row in (await erp.get("/v1/ledger-accounts", company_id=company["id"])).json()["items"]
        if row["active"] and not row["heading"] and not row["control"]
    ]
    # One account of each section, each with an amount of its own, against the first of them.
    sections = {row["section"]: row["code"] for row in rows}
    [first, *others] = sections.values()
    for at, code in enumerate(others, 1):
        amount = str(at * 100)
        await post(erp, company, "2026-01-05", (code, amount), (first, f"-{amount}"))

    answers = {
        kind: figures((await erp.get(f"/v1/statements/{kind}", company_id=company["id"])).json())
        for kind in KINDS
    }

    sheet = answers["balance-sheet"]
    assert sheet["assets"] == sheet["liabilities-and-equity"] != ["0"]
    assert answers["cash-flow"]["cash-at-end"] == sheet["cash"]
    assert answers["profit-and-loss"]["result"] == sheet["result-of-the-year"]


async def test_a_posting_names_its_document(
    erp: Api, company: dict[str, Any], account: dict[str, Any]
) -> None:
    issued = await erp.post(
        "/v1/invoices",
        {
            "account_id": account["id"],
            "lines": [
                {
                    "description": "Work",
                    "quantity": "1",
                    "net_unit_price": "10.00",
                    "tax_category": "zero",
                }
            ],
        },
    )
    assert issued.status_code == 201, issued.text
    sheet = (await erp.get("/v1/statements/balance-sheet")).json()
    owed = next(line for line in sheet["lines"] if line["code"] == "receivables")
    assert owed["cells"][0]["amount"] == "10"

    [posting] = (await erp.get(owed["cells"][0]["links"]["entries"])).json()["items"]

    assert posting["source_type"] == "invoice"
    document = (await erp.get(posting["links"]["document"])).json()
    assert document["number"] == issued.json()["number"]
    history = (await erp.get(posting["links"]["history"])).json()["items"]
    assert [each["subject_id"] for each in history] == [document["id"]] * len(history) != []


async def test_columns_as_reported_show_what_was_known_when_they_were_closed(
    erp: Api, books: dict[str, Any]
) -> None:
    async def close(until: str) -> None:
        path = f"/v1/companies/{books['id']}/locks"
        version = (await erp.get(path)).json()["version"]
        assert (await erp.put(path, {"all": until}, version=version)).status_code == 200

    async def cash(**asked: Any) -> tuple[list[str], list[bool]]:
        path = "/v1/statements/balance-sheet"
        body = (await erp.get(path, ends_on="2025-06-30", columns=2, step="month", **asked)).json()
        return figures(body)["cash"], [each["known_at"] is None for each in body["columns"]]

    await close("2025-05-31")
    assert await cash() == (["46000", "38000"], [True, True])
    assert await cash(view="as-reported") == (["46000", "38000"], [True, False])
    await close("2025-04-30")
    await post(erp, books, "2025-05-02", ("1000", "7"), ("4000", "-7"))
    assert await cash() == (["46007", "38007"], [True, True])
    assert await cash(view="as-reported") == (["46007", "38000"], [True, False])
    await close("2025-06-30")
    await post(erp, books, "2025-07-02", ("1000", "1"), ("4000", "-1"))
    assert await cash(view="as-reported") == (["46007", "38007"], [False, False])

    both = await erp.get(
        "/v1/statements/cash-flow", view="as-reported", known_at="2026-01-05T00:00:00Z"
    )
    assert (both.status_code, both.json()["code"]) == (422, "statement-instants-are-ambiguous")
    link = await erp.get("/v1/statements/balance-sheet", view="as-reported", ends_on="2025-06-30")
    [line] = [each for each in link.json()["lines"] if each["code"] == "cash"]
    listed = (await erp.get(line["cells"][0]["links"]["entries"])).json()["items"]
    assert sum(Decimal(each["debit"]) - Decimal(each["credit"]) for each in listed) == 46007

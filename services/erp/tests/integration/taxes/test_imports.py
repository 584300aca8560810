"""Files of tax rates: previewed, taken whole or not at all, and taken twice without effect."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from erp.taxes.rules import members
from servicekit.testing.http import Api

HISTORY = {
    "version": None,
    "items": {
        "AT": [
            {
                "effective_from": "2020-07-01",
                "rates": {"standard": 20, "reduced1": 10},
                "exceptions": [
                    {"name": "Jungholz", "postcode": "6691", "standard": 19},
                    {"name": "Mittelberg", "postcode": "699[123]", "standard": 19},
                ],
            },
            {"effective_from": "0000-01-01", "rates": {"standard": 20, "reduced1": 12}},
        ]
    },
}


@pytest.fixture
def published(data_set: Callable[[str], Path]) -> dict[str, Any]:
    """The Commission's rates, as published."""
    text = (data_set("tax") / "eu_vat_rates.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


async def take(erp: Api, file: Any, **more: Any) -> Any:
    return await erp.post("/v1/tax-rate-imports", {"file": file} | more)


async def test_a_history_with_territories_is_previewed_taken_and_taken_again(erp: Api) -> None:
    preview = await take(erp, HISTORY, dry_run=True)
    assert preview.status_code == 200, preview.text
    assert (preview.json()["added"], preview.json()["territories"]) == (5, 2)
    assert (await erp.get("/v1/tax-rates", country="AT")).json()["items"] == []

    taken = (await take(erp, HISTORY)).json()
    assert (taken["added"], taken["findings"]) == (5, [])
    rows = (await erp.get("/v1/tax-rates", country="AT", on="2026-01-01")).json()["items"]
    assert sorted((row["region"], row["category"], row["rate"]) for row in rows) == [
        ("", "reduced1", "0.1"),
        ("", "standard", "0.2"),
        ("JUNGHOLZ", "standard", "0.19"),
        ("MITTELBERG", "standard", "0.19"),
    ]
    again = (await take(erp, HISTORY)).json()
    assert (again["added"], again["ended"], again["unchanged"]) == (0, 0, 6)


async def test_a_file_with_an_error_is_not_taken(erp: Api) -> None:
    file = {
        "version": "2026-01-01",
        "rates": {"DE": {"standard": 19, "reduced": [7]}, "FR": {"standard": 120}, "X": {}},
    }

    preview = (await take(erp, file, dry_run=True)).json()
    assert [(one["place"], one["code"]) for one in preview["findings"]] == [
        ("FR.standard", "no-rate"),
        ("X", "unknown-country"),
    ]
    refused = await take(erp, file)
    assert (refused.status_code, refused.json()["code"]) == (409, "rate-file-has-errors")
    assert (await erp.get("/v1/tax-rates", country="DE")).json()["items"] == []
    only = await take(erp, file, countries=["DE"])
    assert (only.status_code, only.json()["added"]) == (200, 2)


@pytest.mark.parametrize(
    "file", [{}, {"rates": []}, {"rates": {"DE": {}}}, {"items": {"DE": {}}}, {"items": {}}]
)
async def test_what_is_no_file_of_rates_is_refused(erp: Api, file: Any) -> None:
    answer = await take(erp, file)
    assert answer.status_code in (409, 422), answer.text
    assert answer.json()["code"] in {"rate-file-is-unreadable", "rate-file-has-errors"}


@pytest.mark.data
async def test_the_published_rates_give_every_member_its_own(
    erp: Api, company: dict[str, Any], published: dict[str, Any]
) -> None:
    content = published
    taken = await take(erp, content)
    assert taken.status_code == 200, taken.text
    found = await erp.get("/v1/tax-rates", on=content["version"], category="standard", limit=100)
    rates = {row["country"]: row["rate"] for row in found.json()["items"] if not row["region"]}
    for country in members(date(2026, 9, 29)):
        assert float(rates[country]) * 100 == pytest.approx(content["rates"][country]["standard"])
    again = (await take(erp, content)).json()
    assert (again["added"], again["ended"]) == (0, 0)

"""The tax of sales over HTTP: numbers, profiles, treatments, and what invoices say of them."""

from typing import Any

import pytest

from servicekit.testing.http import Api

FRENCH = "FR 40 303 265 045"


async def write_profile(erp: Api, account: dict[str, Any], version: int = 0, **more: Any) -> Any:
    body = {"country": "FR", "business": True, "vat_number": FRENCH} | more
    return await erp.put(f"/v1/accounts/{account['id']}/tax-profile", body, version=version)


async def invoice(erp: Api, account: dict[str, Any], *lines: dict[str, Any], **more: Any) -> Any:
    line = {"description": "A thing", "quantity": "1", "net_unit_price": "100"}
    body = {"account_id": account["id"], "issued_on": "2026-01-05"} | more
    return await erp.post("/v1/invoices", body | {"lines": [line | one for one in lines or ({},)]})


async def test_a_number_is_checked_by_form_and_checksum(erp: Api) -> None:
    good = await erp.post("/v1/tax-number-checks", {"number": FRENCH})
    assert good.status_code == 200, good.text
    assert (good.json()["number"], good.json()["valid"]) == ("FR40303265045", True)

    bad = await erp.post("/v1/tax-number-checks", {"number": "136695978", "country": "DE"})
    assert (bad.json()["valid"], bad.json()["reason"]) == (False, "invalid-checksum")


async def test_a_profile_is_written_in_versions_and_refuses_wrong_numbers(
    erp: Api, account: dict[str, Any]
) -> None:
    path = f"/v1/accounts/{account['id']}/tax-profile"
    assert (await erp.get(path)).json()["code"] == "tax-profile-not-found"
    wrong = await write_profile(erp, account, vat_number="FR40303265046")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "tax-number-is-invalid")
    assert "invalid-" in wrong.json()["detail"]

    certificate = {
        "country": "DE",
        "number": "C-1",
        "exemption_code": "VATEX-EU-151",
        "reason": "Diplomatic mission",
        "valid_from": "2026-01-01",
        "valid_to": "2026-02-01",
    }
    first = await write_profile(erp, account, exemptions=[certificate])
    assert first.status_code == 200, first.text
    assert first.json()["vat_number"] == "FR40303265045"
    assert [one["number"] for one in first.json()["exemptions"]] == ["C-1"]
    assert (await write_profile(erp, account)).status_code == 412
    second = await write_profile(erp, account, version=1, business=False, vat_number=None)
    assert (second.status_code, second.json()["exemptions"]) == (200, [])
    assert (await erp.get(path)).json() == second.json()

    nobody = await write_profile(erp, {"id": account["id"][:-4] + "0000"})
    assert (nobody.status_code, nobody.json()["code"]) == (404, "tax-profile-not-found")


async def test_goods_for_a_french_business_are_an_intra_community_supply(
    erp: Api, account: dict[str, Any]
) -> None:
    before = (await invoice(erp, account)).json()
    assert (before["tax"], before["lines"][0]["vat_code"]) == ("19", "S")
    assert (await write_profile(erp, account)).status_code == 200

    answer = await invoice(erp, account, {}, {"tax_category": "reduced"})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["net"], made["tax"], made["gross"]) == ("200", "0", "200")
    assert {(t["vat_code"], t["exemption_code"], t["rate"]) for t in made["taxes"]} == {
        ("K", "VATEX-EU-IC", "0")
    }
    assert "article 138" in made["taxes"][0]["exemption_reason"]
    assert [line["vat_code"] for line in made["lines"]] == ["K", "K"]

    credited = await erp.post(
        f"/v1/invoices/{made['id']}/credit-notes",
        {"reason": "Came back", "issued_on": "2026-01-05"},
    )
    assert credited.status_code == 201, credited.text
    assert {t["vat_code"] for t in credited.json()["taxes"]} == {"K"}


async def test_services_beside_goods_are_under_reverse_charge(
    erp: Api, account: dict[str, Any]
) -> None:
    await write_profile(erp, account)

    made = (await invoice(erp, account, {}, {"supply": "services"})).json()
    assert sorted((t["category"], t["vat_code"]) for t in made["taxes"]) == [
        ("reverse-charge", "AE"),
        ("standard", "K"),
    ]
    assert [line["vat_code"] for line in made["lines"]] == ["K", "AE"]


async def test_a_certificate_exempts_on_its_days(erp: Api, account: dict[str, Any]) -> None:
    certificate = {
        "country": "DE",
        "number": "C-1",
        "reason": "Diplomatic mission",
        "valid_from": "2026-01-01",
        "valid_to": "2026-01-05",
    }
    await write_profile(
        erp, account, country="DE", business=False, vat_number=None, exemptions=[certificate]
    )

    during = (await invoice(erp, account, issued_on="2026-01-04")).json()
    after = (await invoice(erp, account)).json()
    assert during["taxes"][0]["exemption_reason"] == "Diplomatic mission"
    assert (during["taxes"][0]["vat_code"], during["tax"]) == ("E", "0")
    assert (after["taxes"][0]["vat_code"], after["tax"]) == ("S", "19")


async def test_consumers_abroad_are_taxed_there_once_the_threshold_is_passed(
    erp: Api, company: dict[str, Any], account: dict[str, Any]
) -> None:
    await erp.post(
        "/v1/tax-rates",
        {
            "country": "FR",
            "category": "standard",
            "name": "Normal",
            "rate": "0.2",
            "valid_from": "2014-01-01",
        },
    )
    await write_profile(erp, account, business=False, vat_number=None)
    settings = await erp.put(
        f"/v1/company-tax-settings/{company['id']}", {"threshold": "150"}, version=0
    )
    assert settings.status_code == 200, settings.text

    made = [(await invoice(erp, account)).json() for _ in range(3)]
    assert [one["tax"] for one in made] == ["19", "19", "20"]
    assert [one["taxes"][0]["country"] for one in made] == ["DE", "DE", "FR"]

    path = f"/v1/accounts/{account['id']}/tax-treatment"
    told = (await erp.get(path, on="2026-01-05")).json()
    assert (told["country"], told["vat_code"], told["rate"]) == ("FR", "S", "0.2")
    assert any("passed the threshold" in step for step in told["trace"])
    nobody = await erp.get(path.replace(account["id"], company["id"]))
    assert (nobody.status_code, nobody.json()["code"]) == (404, "tax-profile-not-found")


async def test_withholding_rates_do_not_overlap(erp: Api) -> None:
    body = {
        "country": "ES",
        "kind": "professional-services",
        "name": "IRPF",
        "rate": "0.15",
        "valid_from": "2015-07-12",
    }
    assert (await erp.post("/v1/withholding-rates", body)).status_code == 201
    again = await erp.post("/v1/withholding-rates", body | {"valid_from": "2020-01-01"})
    assert (again.status_code, again.json()["code"]) == (409, "withholding-rates-overlap")
    found = await erp.get("/v1/withholding-rates", country="ES")
    assert [one["rate"] for one in found.json()["items"]] == ["0.15"]


@pytest.mark.parametrize("body", [{}, {"number": ""}, {"number": "x" * 41}, {"number": 5}])
async def test_nonsense_is_refused(erp: Api, body: dict[str, Any]) -> None:
    assert (await erp.post("/v1/tax-number-checks", body)).status_code == 422

"""E-invoices over HTTP, on a real database."""

from base64 import b64encode
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import facturx
import pypdf
import pytest

from erp.einvoices.rules import Syntax, differences, is_fatal
from erp.einvoices.service import read_document
from erp.einvoices.service.validation import validated
from servicekit.testing.http import Api

SELLER = {
    "name": "Tradewind Trading GmbH",
    "street": "Hafenstraße 1",
    "postcode": "20457",
    "city": "Hamburg",
    "registration": "HRB 4711",
    "vat_id": "DE136695976",
    "iban": "DE02120300000000202051",
    "bic": "BYLADEM1001",
    "email": "billing@tradewind.example",
}
BUYER = {
    "street": "12 rue des Bouchers",
    "postcode": "67000",
    "city": "Strasbourg",
    "country": "FR",
    "vat_id": "FR40303265045",
    "language": "fr",
    "buyer_reference": "ACHAT-7",
}


async def created(erp: Api, path: str, body: Any) -> Any:
    answer = await erp.post(path, body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def told(erp: Api, path: str, body: dict[str, Any], version: int = 0) -> Any:
    answer = await erp.put(path, body, version=version)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def invoiced(erp: Api, account: dict[str, Any], **more: Any) -> Any:
    """Three of 33.335 at 19 %, and a service of 50 at 7 %."""
    lines = [
        {"description": "Goods", "quantity": "3", "net_unit_price": "33.335"},
        {
            "description": "Service",
            "quantity": "1",
            "net_unit_price": "50",
            "tax_category": "reduced",
        },
    ]
    body = {"account_id": account["id"], "issued_on": "2025-01-05", "lines": lines} | more
    return await created(erp, "/v1/invoices", body)


async def test_an_invoice_leaves_in_every_form_with_the_same_amounts(
    erp: Api, account: dict[str, Any], company: dict[str, Any]
) -> None:
    await told(erp, f"/v1/companies/{company['id']}/legal-details", SELLER)
    await told(erp, f"/v1/accounts/{account['id']}/billing-details", BUYER)
    invoice = await invoiced(erp, account, reference="PO-1")

    for syntax in Syntax:
        answer = await erp.get(f"/v1/invoices/{invoice['id']}/einvoice", syntax=syntax.value)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/xml"
        assert not is_fatal(validated(answer.content, syntax))
        document = read_document(answer.content)
        assert differences(document) == []
        assert document.totals.payable == Decimal(invoice["gross"])
        assert (document.seller.vat_id, document.buyer.vat_id) == (
            SELLER["vat_id"],
            BUYER["vat_id"],
        )
        assert document.order_reference == "PO-1"
        assert document.buyer_reference == "ACHAT-7"

    answer = await erp.get(f"/v1/invoices/{invoice['id']}/factur-x")
    assert answer.status_code == 200, answer.text
    name, inside = facturx.get_xml_from_pdf(answer.content, check_xsd=True)
    assert name == "factur-x.xml"
    assert read_document(inside) == document
    page = _text(answer.content)
    assert invoice["number"] in page
    assert "Facture" in page

    for language, title in (("en", "Invoice"), ("de", "Rechnung"), ("zh-Hans", "发票")):
        answer = await erp.get(f"/v1/invoices/{invoice['id']}/document", language=language)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-language"] == language
        assert title in _text(answer.content)


async def test_credit_notes_leave_too(
    erp: Api, account: dict[str, Any], company: dict[str, Any]
) -> None:
    await told(erp, f"/v1/companies/{company['id']}/legal-details", SELLER)
    await told(erp, f"/v1/accounts/{account['id']}/billing-details", BUYER)
    invoice = await invoiced(erp, account)
    part = {"reason": "Too dear", "lines": [{"position": 1, "amount": "10"}]}
    for body in (part, {"reason": "Came back"}):
        note = await created(erp, f"/v1/invoices/{invoice['id']}/credit-notes", body)
        for syntax in Syntax:
            answer = await erp.get(f"/v1/credit-notes/{note['id']}/einvoice", syntax=syntax.value)
            assert answer.status_code == 200, answer.text
            document = read_document(answer.content)
            assert document.is_credit_note
            assert document.totals.payable == Decimal(note["gross"])
            assert [each.number for each in document.preceding] == [invoice["number"]]
        for form in ("document", "factur-x"):
            answer = await erp.get(f"/v1/credit-notes/{note['id']}/{form}")
            assert answer.status_code == 200, answer.text


async def test_what_is_missing_is_told_and_never_invented(
    erp: Api, account: dict[str, Any]
) -> None:
    invoice = await invoiced(erp, account)

    answer = await erp.get(f"/v1/invoices/{invoice['id']}/einvoice")

    assert answer.status_code == 409, answer.text
    problem = answer.json()
    assert problem["code"] == "einvoice-is-incomplete"
    assert "seller.vat_id" in [each["field"] for each in problem["errors"]]


async def test_numbers_with_wrong_check_digits_are_refused(
    erp: Api, account: dict[str, Any], company: dict[str, Any]
) -> None:
    path = f"/v1/companies/{company['id']}/legal-details"
    for field, wrong in (
        ("vat_id", "DE123456789"),
        ("iban", "DE03120300000000202051"),
        ("bic", "XXXXXXXX"),
    ):
        answer = await erp.put(path, {field: wrong}, version=0)
        assert answer.status_code == 422, (field, answer.text)
        assert answer.json()["errors"][0]["field"] == field


async def test_details_are_written_over_the_version_that_was_read(
    erp: Api, company: dict[str, Any]
) -> None:
    path = f"/v1/companies/{company['id']}/legal-details"
    assert (await erp.get(path)).json()["version"] == 0
    first = await told(erp, path, SELLER)
    assert first["version"] == 1
    assert (await erp.put(path, SELLER, version=0)).status_code == 412
    assert (await told(erp, path, {"name": "Other"}, 1))["vat_id"] is None


@pytest.mark.data
async def test_any_document_is_checked_and_nothing_is_valid_by_default(
    erp: Api, data_set: Callable[[str], Path]
) -> None:
    example = data_set("einvoice") / "en16931-examples" / "ubl" / "ubl-tc434-example3.xml"
    good = example.read_bytes()
    bad = good.replace(b">2005.00</cbc:PayableAmount>", b">2005.01</cbc:PayableAmount>")
    assert bad != good
    for content, rules in ((good, set()), (bad, {"BR-CO-16"})):
        answer = await erp.post("/v1/einvoice-checks", {"content": b64encode(content).decode()})
        assert answer.status_code == 200, answer.text
        said = answer.json()
        assert said["valid"] is not bool(rules)
        assert {each["rule"] for each in said["findings"]} == rules
    for content in (b"<a/>", b"no xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'):
        answer = await erp.post("/v1/einvoice-checks", {"content": b64encode(content).decode()})
        assert answer.status_code == 422, answer.text
        assert answer.json()["code"] == "einvoice-is-not-readable"


def _text(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages)

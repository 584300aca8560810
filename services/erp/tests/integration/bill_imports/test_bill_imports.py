"""Suppliers' files become drafts whose totals are those of the file, over HTTP."""

from base64 import b64encode
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import facturx
import pypdf
import pytest
from lxml import etree

from servicekit.testing.http import Api

pytestmark = pytest.mark.data
NAMES = {
    "b": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    "c": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "a": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
}
IBAN = "DE89370400440532013000"
REFUSED = {
    "CII-BR-CO-10-RoundingIssue.xml": (
        "bill-file-is-not-for-import",
        "It is worth nothing in all.",
    ),
}


@pytest.fixture
async def cost_account(erp: Api, company: dict[str, Any]) -> str:
    rows = (await erp.get("/v1/ledger-accounts")).json()["items"]
    return next(row["id"] for row in rows if row["code"] == "6900")


@pytest.fixture
def examples(data_set: Callable[[str], Path]) -> list[Path]:
    folder = data_set("einvoice") / "en16931-examples"
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".xml")
    assert len(found) == 32
    return found


async def send(erp: Api, content: bytes, account: str, **more: Any) -> Any:
    body = {"content": b64encode(content).decode(), "account_id": account}
    return await erp.post("/v1/bill-imports", body | more)


def stated(content: bytes) -> tuple[Decimal, Decimal, Decimal]:
    """Net, gross without sign and what is payable, as the file states them."""
    root = etree.fromstring(content)

    def amount(ubl: str, cii: str) -> Decimal:
        found = root.xpath(f"//c:LegalMonetaryTotal/b:{ubl}", namespaces=NAMES) or root.xpath(
            f"//a:SpecifiedTradeSettlementHeaderMonetarySummation/a:{cii}", namespaces=NAMES
        )
        return Decimal(found[0].text.strip()) if found else Decimal(0)

    rounding = amount("PayableRoundingAmount", "RoundingAmount")
    return (
        amount("TaxExclusiveAmount", "TaxBasisTotalAmount") + rounding,
        amount("TaxInclusiveAmount", "GrandTotalAmount") + rounding,
        amount("PayableAmount", "DuePayableAmount"),
    )


async def test_every_example_becomes_a_bill_whose_totals_tie_or_is_refused_with_the_reason(
    erp: Api, cost_account: str, examples: list[Path]
) -> None:
    refused: dict[str, tuple[str, str]] = {}
    read = 0
    for at, path in enumerate(examples):
        content = path.read_bytes()
        answer = await send(erp, content, cost_account, add_supplier_as=f"S-{at}")
        if answer.status_code != 201:
            refused[path.name] = (answer.json()["code"], answer.json()["detail"])
            continue
        read += 1
        bill = answer.json()
        net, gross, payable = stated(content)
        assert Decimal(bill["net"]) == abs(net), path.name
        assert Decimal(bill["gross"]) == abs(gross), path.name
        assert Decimal(bill["payable"]) == (payable if gross > 0 else -payable), path.name
        draft = (await erp.get(f"/v1/bills/{bill['bill_id']}")).json()
        assert (draft["status"], draft["source_sha256"]) == ("draft", bill["sha256"])
        lines = sum(Decimal(line["net_amount"]) for line in draft["lines"])
        assert lines == Decimal(draft["net"]) == sum(Decimal(t["base"]) for t in draft["taxes"])
        file = await erp.get(f"/v1/bill-imports/{bill['id']}/file")
        assert file.content == content
        # Some files are the same document, or the same bytes: a number is taken once.
        path_of = f"/v1/bills/{bill['bill_id']}/reject"
        done = await erp.post(path_of, {"reason": "Read"}, version=draft["version"])
        assert done.status_code == 200, done.text
    assert refused == REFUSED
    assert read == 31


@pytest.fixture
def invoice(data_set: Callable[[str], Path]) -> bytes:
    """Dollars would not matter: a bill in Danish crowns with standard and other rates."""
    folder = data_set("einvoice") / "en16931-examples" / "ubl"
    return (folder / "ubl-tc434-example3.xml").read_bytes()


async def test_a_file_is_read_once_and_its_seller_is_found_again(
    erp: Api, cost_account: str, invoice: bytes
) -> None:
    unknown = await send(erp, invoice, cost_account)
    assert (unknown.status_code, unknown.json()["code"]) == (409, "seller-is-not-known")
    first = (await send(erp, invoice, cost_account, add_supplier_as="S-1")).json()
    assert first["matched_by"] == "added"
    again = await send(erp, invoice, cost_account)
    assert (again.status_code, again.json()["code"]) == (409, "bill-is-imported-already")
    number = first["number"].encode()
    other = (await send(erp, invoice.replace(number, b"X-2"), cost_account)).json()
    assert (other["supplier_id"], other["matched_by"]) == (first["supplier_id"], "name")
    taken = await send(erp, invoice + b" ", cost_account)
    assert (taken.status_code, taken.json()["code"]) == (409, "bill-is-entered-already")
    listed = (await erp.get("/v1/bill-imports", supplier_id=first["supplier_id"])).json()["items"]
    assert [each["id"] for each in listed] == [other["id"], first["id"]]
    assert (await erp.get(f"/v1/bill-imports/{first['id']}")).json()["sha256"] == first["sha256"]


async def test_another_bank_account_than_the_approved_one_is_told(
    erp: Api, cost_account: str, invoice: bytes
) -> None:
    iban = etree.fromstring(invoice).xpath("//c:PayeeFinancialAccount/b:ID", namespaces=NAMES)[0]
    invoice = invoice.replace(str(iban.text).encode(), IBAN.encode())
    first = (await send(erp, invoice, cost_account, add_supplier_as="S-1")).json()
    assert any("no approved account" in warning for warning in first["warnings"])
    path = f"/v1/suppliers/{first['supplier_id']}/bank-details"
    details = await erp.post(path, {"iban": IBAN})
    assert details.status_code == 201, details.text
    approver = erp.signed_in(subject="approver", roles=["payables_approver"])
    approved = await approver.post(f"{path}/{details.json()['id']}/approve")
    assert approved.status_code == 200, approved.text
    other = (
        await send(erp, invoice.replace(first["number"].encode(), b"X-2"), cost_account)
    ).json()
    assert not any("no approved account" in warning for warning in other["warnings"])


async def test_what_cannot_be_booked_is_refused_whole(
    erp: Api, company: dict[str, Any], cost_account: str, invoice: bytes
) -> None:
    payable = etree.fromstring(invoice).xpath("//b:TaxExclusiveAmount", namespaces=NAMES)[0].text
    bomb = b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><a>&d;</a>'
    for content, code in (
        (invoice.replace(payable.encode(), b"1.23"), "bill-file-does-not-tie"),
        (b"%PDF-1.7 nothing", "bill-file-is-not-readable"),
        (bomb, "bill-file-is-not-readable"),
        (b"\x00\xff" * 40, "bill-file-is-not-readable"),
        (b"<a/>", "bill-file-is-not-readable"),
    ):
        answer = await send(erp, content, cost_account, add_supplier_as="S-1")
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    nowhere = await send(erp, invoice, str(uuid4()), add_supplier_as="S-1")
    assert (nowhere.status_code, nowhere.json()["code"]) == (422, "bill-account-is-wrong")
    assert (await erp.get("/v1/suppliers")).json()["items"] == []
    assert (await erp.get("/v1/bills")).json()["items"] == []


async def test_a_bill_to_somebody_else_is_refused(
    erp: Api, company: dict[str, Any], cost_account: str, invoice: bytes
) -> None:
    details = {"name": "Us", "vat_id": "DE136695976", "country": "DE"}
    path = f"/v1/companies/{company['id']}/legal-details"
    assert (await erp.put(path, details, version=0)).status_code == 200
    answer = await send(erp, invoice, cost_account, add_supplier_as="S-1")
    assert (answer.status_code, answer.json()["code"]) == (409, "bill-is-for-somebody-else")


async def test_a_page_with_the_invoice_inside_is_read_too(
    erp: Api, cost_account: str, data_set: Callable[[str], Path]
) -> None:
    folder = data_set("einvoice") / "en16931-examples" / "cii"
    xml = (folder / "CII_example1.xml").read_bytes()
    page, blank = BytesIO(), pypdf.PdfWriter()
    blank.add_blank_page(99, 99)
    blank.write(page)
    pdf = facturx.generate_from_binary(
        page.getvalue(), xml, check_xsd=False, check_schematron=False, level="en16931"
    )
    answer = await send(erp, pdf, cost_account, add_supplier_as="S-1")
    assert answer.status_code == 201, answer.text
    bare = await send(erp, xml, cost_account)
    assert bare.json()["code"] == "bill-is-entered-already"

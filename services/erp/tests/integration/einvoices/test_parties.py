"""Documents name seller and buyer as they were when they were issued, whatever comes later."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from erp.einvoices.service import Document, read_document
from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase

from .test_einvoices import BUYER, SELLER, created, invoiced, told


async def document(erp: Api, invoice: dict[str, Any]) -> Document:
    answer = await erp.get(f"/v1/invoices/{invoice['id']}/einvoice")
    assert answer.status_code == 200, answer.text
    return read_document(answer.content)


async def test_what_was_said_at_issue_is_never_said_otherwise(
    erp: Api,
    account: dict[str, Any],
    company: dict[str, Any],
    customer_created: Callable[..., Awaitable[UUID]],
) -> None:
    """Moved, renamed, another bank, another language: the old invoice and its credit note stay."""
    seller = f"/v1/companies/{company['id']}/legal-details"
    buyer = f"/v1/accounts/{account['id']}/billing-details"
    await told(erp, seller, SELLER)
    await told(erp, buyer, BUYER)
    invoice = await invoiced(erp, account)
    before = await document(erp, invoice)
    page = await erp.get(f"/v1/invoices/{invoice['id']}/document")

    moved = {"street": "Neuer Wall 2", "iban": "DE89370400440532013000", "name": "Tradewind SE"}
    await told(erp, seller, SELLER | moved, 1)
    await told(erp, buyer, BUYER | {"street": "1 rue Neuve", "language": "de"}, 1)
    await customer_created("Lovelace Ltd", known=UUID(account["customer_id"]))

    assert await document(erp, invoice) == before
    again = await erp.get(f"/v1/invoices/{invoice['id']}/document")
    assert again.headers["content-language"] == page.headers["content-language"] == "fr"
    later = await document(erp, await invoiced(erp, account))
    assert (later.seller.name, later.buyer.name) == ("Tradewind SE", "Lovelace Ltd")
    assert (later.seller.address.street, later.buyer.address.street) == (
        "Neuer Wall 2",
        "1 rue Neuve",
    )
    note = await created(erp, f"/v1/invoices/{invoice['id']}/credit-notes", {"reason": "Came back"})
    answer = await erp.get(f"/v1/credit-notes/{note['id']}/einvoice")
    assert read_document(answer.content).buyer.name == "Lovelace Ltd"


async def test_what_nobody_had_told_is_completed_once(
    erp: Api, account: dict[str, Any], company: dict[str, Any]
) -> None:
    """An address comes from one telling: never a street of one and a city of another."""
    seller = f"/v1/companies/{company['id']}/legal-details"
    buyer = f"/v1/accounts/{account['id']}/billing-details"
    await told(erp, buyer, {"city": "Strasbourg", "country": "FR"})
    invoice = await invoiced(erp, account)
    answer = await erp.get(f"/v1/invoices/{invoice['id']}/einvoice")
    assert answer.json()["code"] == "einvoice-is-incomplete"

    await told(erp, seller, SELLER)
    await told(erp, buyer, BUYER, 1)
    first = await document(erp, invoice)
    assert first.seller.address.street == SELLER["street"]
    assert first.seller.name == "Headquarters", "the name that was known at issue"
    assert first.payment is not None
    assert first.payment.iban == SELLER["iban"]
    assert (first.buyer.vat_id, first.buyer.address.street, first.buyer.address.city) == (
        BUYER["vat_id"],
        None,
        "Strasbourg",
    )
    await told(erp, seller, SELLER | {"street": "Neuer Wall 2"}, 1)
    await told(erp, buyer, BUYER | {"vat_id": "FR83404833048"}, 2)
    assert await document(erp, invoice) == first


async def test_the_number_that_decided_the_tax_stands_on_the_invoice(
    erp: Api, account: dict[str, Any], company: dict[str, Any]
) -> None:
    """Goods to a business in another member state: K, with both numbers, told nowhere else."""
    await told(erp, f"/v1/companies/{company['id']}/legal-details", SELLER)
    await told(erp, f"/v1/accounts/{account['id']}/billing-details", {"country": "FR"})
    profile = {"country": "FR", "business": True, "vat_number": "FR 40 303 265 045"}
    answer = await erp.put(f"/v1/accounts/{account['id']}/tax-profile", profile, version=0)
    assert answer.status_code == 200, answer.text
    line = {"description": "A thing", "quantity": "1", "net_unit_price": "100"}
    invoice = await invoiced(erp, account, lines=[line], issued_on="2026-01-05")

    said = await document(erp, invoice)
    assert [each.category.code for each in said.vat] == ["K"]
    assert said.buyer.vat_id == "FR40303265045"
    consumer = {"country": "FR", "business": False, "vat_number": None}
    answer = await erp.put(f"/v1/accounts/{account['id']}/tax-profile", consumer, version=1)
    assert answer.status_code == 200, answer.text
    assert await document(erp, invoice) == said


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE einvoices_parties SET buyer = seller",
        "DELETE FROM einvoices_parties",
        "INSERT INTO einvoices_parties SELECT tenant, gen_random_uuid(), company_id, account_id,"
        " seller, buyer FROM einvoices_parties",
        "INSERT INTO einvoices_party SELECT tenant, '\\x00', content FROM einvoices_party",
        "UPDATE einvoices_party SET content = '{}'",
    ],
)
async def test_the_application_writes_no_party_of_a_document(
    erp: Api, account: dict[str, Any], erp_database: ServiceDatabase, statement: str
) -> None:
    await invoiced(erp, account)
    connection = await asyncpg.connect(erp_database.addresses.app)
    try:
        await connection.execute("SELECT set_config('app.tenant', 'acme', false)")
        assert await connection.fetchval("SELECT count(*) FROM einvoices_parties") == 1
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.RestrictViolationError)):
            await connection.execute(statement)
    finally:
        await connection.close()

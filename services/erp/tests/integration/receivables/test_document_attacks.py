"""Whoever asks, posted documents stay as they are and are settled once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase

TENANT = "acme"
REFUSED = (asyncpg.IntegrityConstraintViolationError, asyncpg.InsufficientPrivilegeError)


@asynccontextmanager
async def session(database: ServiceDatabase, role: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the application, or as a superuser whom ordinary triggers do not see."""
    if role == "replication":
        async with database.superuser() as connection:
            await connection.execute("SET session_replication_role = replica")
            yield connection
        return
    connection = await asyncpg.connect(database.addresses.app)
    try:
        await connection.execute(f"SELECT set_config('app.tenant', '{TENANT}', false)")
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def documents(erp: Api, account: dict[str, Any]) -> dict[str, UUID]:
    """An invoice of 80 with 30 paid, and a payment of 50 that settles nothing yet."""
    invoice = await erp.post(
        "/v1/invoices",
        {
            "account_id": account["id"],
            "lines": [
                {
                    "description": "Goods",
                    "quantity": "1",
                    "net_unit_price": "80.00",
                    "tax_category": "zero",
                }
            ],
        },
    )
    await erp.post("/v1/payments", {"account_id": account["id"], "amount": "30.00"})
    payment = await erp.post(
        "/v1/payments", {"account_id": account["id"], "amount": "60.00", "allocations": []}
    )
    return {"invoice": UUID(invoice.json()["id"]), "payment": UUID(payment.json()["id"])}


CHANGES = (
    "UPDATE receivables_invoice SET gross = gross + 1, net = net + 1",
    "UPDATE receivables_invoice SET number = 'INV-2026-000099'",
    "UPDATE receivables_invoice SET due_on = due_on + 1",
    "UPDATE receivables_invoice SET open_amount = 0, status = 'paid'",
    "DELETE FROM receivables_invoice",
    "TRUNCATE receivables_invoice CASCADE",
    "UPDATE receivables_invoice_line SET quantity = 2",
    "DELETE FROM receivables_invoice_tax",
    "UPDATE receivables_payment SET amount = amount + 1",
    "UPDATE receivables_payment SET unallocated = 0",
    "DELETE FROM receivables_payment",
    "UPDATE receivables_open_item SET open_amount = 0, base_open = 0",
    "UPDATE receivables_open_item SET amount = amount + 1",
    "UPDATE receivables_open_item SET posted_on = posted_on - 40",
    "DELETE FROM receivables_open_item",
    "TRUNCATE receivables_open_item CASCADE",
    "UPDATE receivables_matching SET amount = 1",
    "DELETE FROM receivables_matching",
    "TRUNCATE receivables_matching",
)


@pytest.mark.parametrize("role", ["application", "replication"])
async def test_posted_documents_are_neither_altered_nor_removed(
    documents: dict[str, UUID], erp: Api, erp_database: ServiceDatabase, role: str
) -> None:
    before = (await erp.get(f"/v1/invoices/{documents['invoice']}")).json()

    for change in CHANGES:
        async with session(erp_database, role) as connection:
            with pytest.raises(REFUSED):
                await connection.execute(change)

    assert (await erp.get(f"/v1/invoices/{documents['invoice']}")).json() == before
    assert (await erp.get("/v1/receivables-proofs")).json()["holds"]


async def allocate(
    connection: asyncpg.Connection,
    payment: UUID,
    invoice: UUID,
    sum_: str,
    *,
    on: date | None = None,
    undoes: UUID | None = None,
) -> None:
    await connection.execute(
        "INSERT INTO receivables_matching"
        " (tenant, id, company_id, account_id, debit_item_id, credit_item_id, amount, matched_on,"
        " undoes, created_at)"
        " SELECT $1, $2, d.company_id, d.account_id, d.id, c.id, $5, coalesce($6, d.posted_on),"
        " $7, now() FROM receivables_open_item d, receivables_open_item c"
        " WHERE d.document_id = $4 AND c.document_id = $3",
        TENANT,
        uuid4(),
        payment,
        invoice,
        Decimal(sum_),
        on,
        undoes,
    )


@pytest.mark.parametrize("role", ["application", "replication"])
@pytest.mark.parametrize("amount", ["50.01", "60.01", "-1", "0", "0.001"])
async def test_an_allocation_beyond_what_is_there_is_refused(
    documents: dict[str, UUID], erp_database: ServiceDatabase, role: str, amount: str
) -> None:
    async with session(erp_database, role) as connection:
        with pytest.raises(asyncpg.CheckViolationError):
            await allocate(connection, documents["payment"], documents["invoice"], amount)


@pytest.mark.parametrize("role", ["application", "replication"])
async def test_an_allocation_to_somebody_elses_invoice_is_refused(
    documents: dict[str, UUID],
    erp: Api,
    erp_database: ServiceDatabase,
    customer_created: Any,
    role: str,
) -> None:
    other = await customer_created("Eve Inc")
    [account] = (await erp.get("/v1/accounts", customer_id=str(other))).json()["items"]
    payment = (
        await erp.post("/v1/payments", {"account_id": account["id"], "amount": "5.00"})
    ).json()

    async with session(erp_database, role) as connection:
        with pytest.raises(asyncpg.ForeignKeyViolationError, match="own account"):
            await allocate(connection, UUID(payment["id"]), documents["invoice"], "5")


async def test_a_number_that_the_writer_chose_is_not_believed(
    documents: dict[str, UUID], erp_database: ServiceDatabase
) -> None:
    async with session(erp_database, "application") as connection:
        number = await connection.fetchval(
            "INSERT INTO receivables_invoice SELECT tenant, gen_random_uuid(), company_id,"
            " account_id, customer_id, order_id, series, 77, 'INV-2026-000077', currency,"
            " issued_on, due_on, reference, 0, 0, 0, 0, 'paid', issued_on, NULL, now()"
            " FROM receivables_invoice RETURNING number"
        )

    assert number == "INV-2026-000002"


@pytest.mark.parametrize("role", ["application", "replication"])
async def test_a_matching_is_undone_once_whole_and_not_before_it_counted(
    documents: dict[str, UUID], erp: Api, erp_database: ServiceDatabase, role: str
) -> None:
    detail = (await erp.get(f"/v1/invoices/{documents['invoice']}")).json()
    [part] = detail["allocations"]
    paid, undoes = UUID(part["credit_document_id"]), UUID(part["id"])
    day = date.fromisoformat(part["allocated_on"])

    async with session(erp_database, role) as connection:
        for sum_, on in (("29.99", None), ("30", day - timedelta(days=1))):
            with pytest.raises(REFUSED):
                await allocate(connection, paid, documents["invoice"], sum_, on=on, undoes=undoes)
        await allocate(connection, paid, documents["invoice"], "30", undoes=undoes)
        with pytest.raises(REFUSED):
            await allocate(connection, paid, documents["invoice"], "30", undoes=undoes)


@pytest.mark.parametrize("role", ["application", "replication"])
async def test_no_document_without_its_items_and_no_item_without_its_document(
    documents: dict[str, UUID], erp_database: ServiceDatabase, role: str
) -> None:
    async with session(erp_database, role) as connection:
        with pytest.raises(REFUSED, match="open items of document"):
            await connection.execute(
                "INSERT INTO receivables_payment SELECT tenant, gen_random_uuid(), company_id,"
                " account_id, customer_id, series, 9, '', currency, amount, amount, received_on,"
                " method, reference, now() FROM receivables_payment LIMIT 1"
            )
        with pytest.raises(REFUSED, match="open items of document"):
            await connection.execute(
                "INSERT INTO receivables_open_item SELECT tenant, gen_random_uuid(), company_id,"
                " account_id, document_kind, gen_random_uuid(), 1, side, currency, amount, amount,"
                " due_on, posted_on, base_currency, amount, amount, NULL, now()"
                " FROM receivables_open_item LIMIT 1"
            )
        with pytest.raises(REFUSED, match="open items of document"):
            await connection.execute(
                "INSERT INTO receivables_open_item SELECT tenant, gen_random_uuid(), company_id,"
                " account_id, document_kind, document_id, 2, side, currency, amount, amount,"
                " due_on, posted_on, base_currency, amount, amount, NULL, now()"
                " FROM receivables_open_item LIMIT 1"
            )

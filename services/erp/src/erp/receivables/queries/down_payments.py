"""Reading down payments and what settled them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from erp.ledger import queries as ledger
from erp.ledger.queries import AccountRole
from erp.receivables.queries.documents import INVOICE_COLUMNS, InvoiceRow
from servicekit.taxation import TakenPart
from servicekit.values.money import Money


@dataclass(frozen=True, slots=True)
class DownPaymentLeft:
    """A down payment, and how much of it (tax included) no invoice and no credit note took."""

    invoice: InvoiceRow
    left: Money


_DOWN_PAYMENTS = text(
    f"""
    SELECT {INVOICE_COLUMNS}, i.gross - coalesce((
               SELECT sum(n.gross) FROM receivables_credit_note n WHERE n.invoice_id = i.id), 0)
           - coalesce((
               SELECT sum(a.amount) FROM receivables_adjustment a
               WHERE a.about_id = i.id AND a.kind = 'down-payment-settlement'), 0) AS unsettled
    FROM receivables_invoice i
    WHERE i.prepays_order_id = :order_id
    ORDER BY i.issued_on, i.id
    """  # noqa: S608 - nothing but column names is put in
)


async def down_payments_left(
    session: AsyncSession, order_id: UUID, currency: str
) -> list[DownPaymentLeft]:
    """The down payments of an order, oldest first, with what is left of each."""
    rows = (await session.execute(_DOWN_PAYMENTS, {"order_id": order_id})).mappings()
    return [
        DownPaymentLeft(
            InvoiceRow(**{name: value for name, value in row.items() if name != "unsettled"}),
            Money(row["unsettled"], currency),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class SettledDownPayment:
    """What an invoice took of a down payment; amounts in the invoice's currency."""

    number: str
    issued_on: date
    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        """Tax included."""
        return self.net + self.tax


_SETTLED = text(
    """
    SELECT i.number, i.issued_on, a.amount - a.tax AS net, a.tax
    FROM receivables_adjustment a
    JOIN receivables_invoice i ON i.tenant = a.tenant AND i.id = a.about_id
    WHERE a.settles_id = :invoice_id
    ORDER BY a.serial
    """
)


async def settled_on(session: AsyncSession, invoice_id: UUID) -> list[SettledDownPayment]:
    """The down payments that an invoice settles, as it says them."""
    rows = await session.execute(_SETTLED, {"invoice_id": invoice_id})
    return [SettledDownPayment(*row) for row in rows]


_TAKEN_BY = """
    SELECT $2::uuid AS id
    UNION ALL
    SELECT n.id FROM receivables_credit_note n WHERE n.tenant = $1 AND n.invoice_id = $2
    UNION ALL
    SELECT a.id FROM receivables_adjustment a
    WHERE a.tenant = $1 AND a.about_id = $2 AND a.kind = 'down-payment-settlement'
"""


async def carried_ahead(
    connection: asyncpg.Connection, tenant: str, down_payment_id: UUID
) -> dict[str, tuple[Decimal, Decimal]]:
    """What is left of a down payment by the role of its account: in its currency, in the books'."""
    documents = await connection.fetch(_TAKEN_BY, tenant, down_payment_id)
    return await ledger.booked_by_documents(
        connection,
        tenant,
        [row["id"] for row in documents],
        (AccountRole.DOWN_PAYMENTS_RECEIVED, AccountRole.TAX_PAYABLE),
    )


_ASKED = """
    SELECT category, rate, sum(base) AS net, sum(base) AS base, sum(tax) AS tax
    FROM (
        SELECT t.category, t.rate, t.base, t.tax
        FROM receivables_invoice i
        JOIN receivables_invoice_tax t ON t.tenant = i.tenant AND t.invoice_id = i.id
        WHERE i.tenant = $1 AND i.prepays_order_id = $2
        UNION ALL
        SELECT c.category, c.rate, -c.base, -c.tax
        FROM receivables_invoice i
        JOIN receivables_credit_note n ON n.tenant = i.tenant AND n.invoice_id = i.id
        JOIN receivables_credit_note_tax c ON c.tenant = n.tenant AND c.credit_note_id = n.id
        WHERE i.tenant = $1 AND i.prepays_order_id = $2
    ) AS asked
    GROUP BY category, rate
"""


async def asked_of_order(
    connection: asyncpg.Connection, tenant: str, order_id: UUID
) -> list[TakenPart]:
    """What the down payments of an order asked for and did not give back, by category and rate."""
    return [TakenPart(*row) for row in await connection.fetch(_ASKED, tenant, order_id)]

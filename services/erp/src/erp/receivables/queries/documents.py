"""Reading invoices, open items and payments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import asyncpg
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from erp.receivables.models import InstalmentDiscount, InvoiceDiscount, InvoiceLine, InvoiceTax
from erp.receivables.queries.items import ItemRow, MatchingRow, items_of, settled_by
from erp.receivables.rules import InvoiceNotFound, PaymentNotFound
from servicekit.taxation import TakenPart
from servicekit.values.money import Money


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice without its lines; amounts in `currency`, at its minor units."""

    id: UUID
    number: str
    company_id: UUID
    account_id: UUID
    customer_id: UUID
    order_id: UUID | None
    currency: str
    issued_on: date
    due_on: date
    reference: str | None
    net: Decimal
    tax: Decimal
    gross: Decimal
    open_amount: Decimal
    status: str
    paid_on: date | None
    overdue_since: date | None
    posted_on: date | None
    kind: str
    prepays_order_id: UUID | None

    def money(self, amount: Decimal) -> Money:
        """The amount in the invoice's currency."""
        return Money(amount, self.currency)


@dataclass(frozen=True, slots=True)
class InvoiceDetail:
    """An invoice with its lines and taxes, its instalments and discounts, and what settled them."""

    invoice: InvoiceRow
    lines: Sequence[InvoiceLine]
    taxes: Sequence[InvoiceTax]
    instalments: Sequence[ItemRow]
    discounts: Sequence[InvoiceDiscount | InstalmentDiscount]
    allocations: Sequence[MatchingRow]


@dataclass(frozen=True, slots=True)
class AllocationRow:
    """A part of a payment and the document it settled; `undone_on`: it was taken back."""

    id: UUID
    invoice_id: UUID
    invoice_number: str
    amount: Decimal
    allocated_on: date
    undone_on: date | None


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment with its allocations; amounts in `currency`, at its minor units."""

    id: UUID
    number: str
    company_id: UUID
    account_id: UUID
    customer_id: UUID
    currency: str
    amount: Decimal
    unallocated: Decimal
    received_on: date
    method: str
    reference: str | None
    created_at: datetime
    posted_on: date | None
    paid_amount: Decimal | None = None
    paid_currency: str | None = None
    allocations: Sequence[AllocationRow] = ()

    @property
    def paid(self) -> Money | None:
        """What arrived, where that was in another currency than the account's."""
        if self.paid_amount is None or self.paid_currency is None:
            return None
        return Money(self.paid_amount, self.paid_currency)


INVOICE_COLUMNS = """
    i.id, i.number, i.company_id, i.account_id, i.customer_id, i.order_id, i.currency,
    i.issued_on, i.due_on, i.reference, i.net, i.tax, i.gross, i.open_amount, i.status,
    i.paid_on, i.overdue_since, i.posted_on, i.kind, i.prepays_order_id
"""


async def invoices(session: AsyncSession, ids: Sequence[UUID]) -> list[InvoiceRow]:
    """The invoices, in the order of `ids`; unknown ids are left out."""
    rows = await session.execute(
        text(
            f"SELECT {INVOICE_COLUMNS} FROM receivables_invoice i"  # noqa: S608
            " WHERE i.id = ANY(CAST(:ids AS uuid[]))"
        ),
        {"ids": list(ids)},
    )
    found = {row["id"]: InvoiceRow(**row) for row in rows.mappings()}
    return [found[id_] for id_ in ids if id_ in found]


async def invoice(session: AsyncSession, invoice_id: UUID) -> InvoiceDetail:
    """The invoice with lines and taxes; raises `InvoiceNotFound`."""
    found = await invoices(session, [invoice_id])
    if not found:
        raise InvoiceNotFound(f"No invoice {invoice_id}.")
    lines = await session.scalars(
        select(InvoiceLine)
        .where(InvoiceLine.invoice_id == invoice_id)
        .order_by(InvoiceLine.position)
    )
    taxes = await session.scalars(
        select(InvoiceTax).where(InvoiceTax.invoice_id == invoice_id).order_by(InvoiceTax.category)
    )
    discounts = await session.scalars(
        select(InvoiceDiscount)
        .where(InvoiceDiscount.invoice_id == invoice_id)
        .order_by(InvoiceDiscount.until)
    )
    of_parts = await session.scalars(
        select(InstalmentDiscount)
        .where(InstalmentDiscount.invoice_id == invoice_id)
        .order_by(InstalmentDiscount.instalment, InstalmentDiscount.until)
    )
    return InvoiceDetail(
        found[0],
        lines.all(),
        taxes.all(),
        await items_of(session, invoice_id),
        [*discounts.all(), *of_parts.all()],
        await settled_by(session, [invoice_id]),
    )


_TAKEN = """
    SELECT category, rate, sum(net) AS net, sum(base) AS base, sum(tax) AS tax
    FROM (
    SELECT t.category, t.rate, sum(l.net) AS net, sum(t.base) AS base, sum(t.tax) AS tax
    FROM receivables_invoice i
    JOIN receivables_invoice_tax t ON t.tenant = i.tenant AND t.invoice_id = i.id
    CROSS JOIN LATERAL (
        SELECT sum(l.net_amount) AS net
        FROM receivables_invoice_line l
        WHERE l.tenant = i.tenant AND l.invoice_id = i.id AND l.tax_category = t.category
    ) AS l
    WHERE i.tenant = $1 AND i.order_id = $2
    GROUP BY t.category, t.rate
    UNION ALL
    SELECT p.category, p.rate, p.net, p.base, p.tax
    FROM receivables_invoice_order p
    WHERE p.tenant = $1 AND p.order_id = $2
    ) AS taken
    GROUP BY category, rate
"""


async def taken_of_order(
    connection: asyncpg.Connection, tenant: str, order_id: UUID
) -> list[TakenPart]:
    """What the invoices of an order have taken so far, by tax category and rate; one statement."""
    rows = await connection.fetch(_TAKEN, tenant, order_id)
    return [TakenPart(*row) for row in rows]


async def open_items(session: AsyncSession, account_id: UUID) -> list[InvoiceRow]:
    """Invoices of the account on which something is owed, oldest due date first."""
    rows = await session.execute(
        text(
            f"SELECT {INVOICE_COLUMNS} FROM receivables_invoice i"  # noqa: S608
            " WHERE i.account_id = :account_id AND i.open_amount > 0 ORDER BY i.due_on, i.id"
        ),
        {"account_id": account_id},
    )
    return [InvoiceRow(**row) for row in rows.mappings()]


_PAYMENTS = text(
    """
    SELECT id, number, company_id, account_id, customer_id, currency, amount, unallocated,
           received_on, method, reference, created_at, posted_on, paid_amount, paid_currency
    FROM receivables_payment WHERE id = ANY(CAST(:ids AS uuid[]))
    """
)
_ALLOCATIONS = text(
    """
    SELECT c.document_id AS payment_id, m.id, d.document_id, i.number, m.amount, m.matched_on,
           u.matched_on AS undone_on
    FROM receivables_open_item c
    JOIN receivables_matching m ON m.tenant = c.tenant AND m.credit_item_id = c.id
    JOIN receivables_open_item d ON d.tenant = m.tenant AND d.id = m.debit_item_id
    LEFT JOIN receivables_matching u ON u.tenant = m.tenant AND u.undoes = m.id
    LEFT JOIN receivables_invoice i ON i.tenant = d.tenant AND i.id = d.document_id
    WHERE c.document_id = ANY(CAST(:ids AS uuid[])) AND m.undoes IS NULL
    ORDER BY c.document_id, m.id
    """
)


async def allocations_of(
    session: AsyncSession, documents: Sequence[UUID]
) -> dict[UUID, list[AllocationRow]]:
    """What payments or credit notes settled, by document; what was taken back is among it."""
    parts: dict[UUID, list[AllocationRow]] = {}
    for row in await session.execute(_ALLOCATIONS, {"ids": list(documents)}):
        parts.setdefault(row.payment_id, []).append(
            AllocationRow(
                row.id,
                row.document_id,
                row.number or "",
                row.amount,
                row.matched_on,
                row.undone_on,
            )
        )
    return parts


async def payments(session: AsyncSession, ids: Sequence[UUID]) -> list[PaymentRow]:
    """The payments with their allocations, in the order of `ids`; unknown ids are left out."""
    parameters = {"ids": list(ids)}
    parts = await allocations_of(session, ids)
    found = {
        row["id"]: PaymentRow(**row, allocations=parts.get(row["id"], []))
        for row in (await session.execute(_PAYMENTS, parameters)).mappings()
    }
    return [found[id_] for id_ in ids if id_ in found]


async def payment(session: AsyncSession, payment_id: UUID) -> PaymentRow:
    """The payment with its allocations; raises `PaymentNotFound`."""
    found = await payments(session, [payment_id])
    if not found:
        raise PaymentNotFound(f"No payment {payment_id}.")
    return found[0]

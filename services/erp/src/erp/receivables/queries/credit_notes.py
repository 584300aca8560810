"""Reading credit notes, and what is left to credit of an invoice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from erp.receivables.models import CreditNoteLine, CreditNoteTax
from erp.receivables.queries.documents import AllocationRow, allocations_of
from erp.receivables.rules import CreditNoteNotFound, InvoicedLine, InvoicedTax
from servicekit.values.money import Money


@dataclass(frozen=True, slots=True)
class CreditNoteRow:
    """A credit note without its lines; amounts in `currency`, owed to the customer."""

    id: UUID
    number: str
    company_id: UUID
    account_id: UUID
    customer_id: UUID
    invoice_id: UUID | None
    order_id: UUID | None
    currency: str
    issued_on: date
    posted_on: date | None
    reason: str
    reference: str | None
    net: Decimal
    tax: Decimal
    gross: Decimal
    open_amount: Decimal

    def money(self, amount: Decimal) -> Money:
        """The amount in the credit note's currency."""
        return Money(amount, self.currency)


@dataclass(frozen=True, slots=True)
class CreditNoteDetail:
    """A credit note with its lines, its tax by rate and what it settled."""

    credit_note: CreditNoteRow
    lines: Sequence[CreditNoteLine]
    taxes: Sequence[CreditNoteTax]
    allocations: Sequence[AllocationRow]


_NOTE = text(
    """
    SELECT id, number, company_id, account_id, customer_id, invoice_id, order_id, currency,
           issued_on, posted_on, reason, reference, net, tax, gross, open_amount
    FROM receivables_credit_note WHERE id = :id
    """
)
_LINES = text(
    """
    SELECT l.position, l.quantity, l.net_amount, l.tax_category,
           coalesce(sum(c.quantity), 0) AS credited_quantity,
           coalesce(sum(c.net_amount), 0) AS credited_amount
    FROM receivables_invoice_line l
    LEFT JOIN receivables_credit_note n ON n.tenant = l.tenant AND n.invoice_id = l.invoice_id
    LEFT JOIN receivables_credit_note_line c
      ON c.tenant = n.tenant AND c.credit_note_id = n.id AND c.invoice_position = l.position
    WHERE l.invoice_id = :id
    GROUP BY l.tenant, l.invoice_id, l.position
    ORDER BY l.position
    """
)
_TAXES = text(
    """
    SELECT t.category, t.rate, t.base, t.tax, coalesce(sum(c.base), 0) AS credited_base,
           coalesce(sum(c.tax), 0) AS credited_tax
    FROM receivables_invoice_tax t
    LEFT JOIN receivables_credit_note n ON n.tenant = t.tenant AND n.invoice_id = t.invoice_id
    LEFT JOIN receivables_credit_note_tax c
      ON c.tenant = n.tenant AND c.credit_note_id = n.id AND c.category = t.category
    WHERE t.invoice_id = :id
    GROUP BY t.tenant, t.invoice_id, t.category
    ORDER BY t.category
    """
)


async def credit_note(session: AsyncSession, credit_note_id: UUID) -> CreditNoteDetail:
    """The credit note with lines, taxes and what it settled; raises `CreditNoteNotFound`."""
    row = (await session.execute(_NOTE, {"id": credit_note_id})).mappings().first()
    if row is None:
        raise CreditNoteNotFound(f"No credit note {credit_note_id}.")
    lines = await session.scalars(
        select(CreditNoteLine)
        .where(CreditNoteLine.credit_note_id == credit_note_id)
        .order_by(CreditNoteLine.position)
    )
    taxes = await session.scalars(
        select(CreditNoteTax)
        .where(CreditNoteTax.credit_note_id == credit_note_id)
        .order_by(CreditNoteTax.category)
    )
    parts = await allocations_of(session, [credit_note_id])
    return CreditNoteDetail(
        CreditNoteRow(**row), lines.all(), taxes.all(), parts.get(credit_note_id, [])
    )


_OF_ORDER_LINES = text(
    """
    SELECT order_line_id, coalesce(sum(quantity), 0) AS quantity, sum(net_amount) AS net_amount
    FROM receivables_credit_note_line
    WHERE order_line_id = ANY(CAST(:ids AS uuid[]))
    GROUP BY order_line_id
    """
)


async def credited_of_lines(
    session: AsyncSession, order_lines: Sequence[UUID]
) -> dict[UUID, tuple[Decimal, Decimal]]:
    """What credit notes took back of order lines: quantity, and unrounded net amount."""
    rows = await session.execute(_OF_ORDER_LINES, {"ids": list(order_lines)})
    return {row.order_line_id: (row.quantity, row.net_amount) for row in rows}


async def creditable(
    session: AsyncSession, invoice_id: UUID
) -> tuple[list[InvoicedLine], list[InvoicedTax]]:
    """The lines and taxes of an invoice, with what its credit notes took of them."""
    lines = await session.execute(_LINES, {"id": invoice_id})
    taxes = await session.execute(_TAXES, {"id": invoice_id})
    return [InvoicedLine(*row) for row in lines], [InvoicedTax(*row) for row in taxes]

"""Reading adjustments, payment terms and policies."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from erp.receivables.models import (
    Adjustment,
    AdjustmentTax,
    InstalmentDiscount,
    InvoiceDiscount,
    PaymentTermsRow,
    Policy,
)
from erp.receivables.queries.items import ItemRow, items_of
from erp.receivables.rules import (
    AdjustmentNotFound,
    DatedDiscount,
    Discount,
    Instalment,
    InvoicedTax,
    PaymentTerms,
    PolicyNotFound,
)
from servicekit.values.money import Money


@dataclass(frozen=True, slots=True)
class AdjustmentDetail:
    """An adjustment with its share of the tax and its open item."""

    adjustment: Adjustment
    taxes: Sequence[AdjustmentTax]
    item: ItemRow
    reversed_by: UUID | None


async def adjustment(session: AsyncSession, adjustment_id: UUID) -> AdjustmentDetail:
    """The adjustment with its taxes and open item; raises `AdjustmentNotFound`."""
    row = await session.scalar(select(Adjustment).where(Adjustment.id == adjustment_id))
    if row is None:
        raise AdjustmentNotFound(f"No adjustment {adjustment_id}.")
    taxes = await session.scalars(
        select(AdjustmentTax)
        .where(AdjustmentTax.adjustment_id == adjustment_id)
        .order_by(AdjustmentTax.category)
    )
    reversed_by = await session.scalar(
        select(Adjustment.id).where(Adjustment.reverses == adjustment_id)
    )
    [item] = await items_of(session, adjustment_id)
    return AdjustmentDetail(row, taxes.all(), item, reversed_by)


_LEFT = text(
    """
    SELECT t.category, t.rate, t.base, t.tax, coalesce(sum(x.base), 0), coalesce(sum(x.tax), 0)
    FROM receivables_invoice_tax t
    LEFT JOIN (
        SELECT c.category, c.base, c.tax
        FROM receivables_credit_note n
        JOIN receivables_credit_note_tax c ON c.tenant = n.tenant AND c.credit_note_id = n.id
        WHERE n.invoice_id = :id
        UNION ALL
        SELECT s.category, CASE a.side WHEN 'credit' THEN s.base ELSE -s.base END,
               CASE a.side WHEN 'credit' THEN s.tax ELSE -s.tax END
        FROM receivables_adjustment a
        JOIN receivables_adjustment_tax s ON s.tenant = a.tenant AND s.adjustment_id = a.id
        WHERE a.about_id = :id
    ) AS x ON x.category = t.category
    WHERE t.invoice_id = :id
    GROUP BY t.category, t.rate, t.base, t.tax
    ORDER BY t.category
    """
)


async def tax_left(session: AsyncSession, invoice_id: UUID) -> list[InvoicedTax]:
    """What an invoice shows by category, and what credit notes and adjustments took of it."""
    return [InvoicedTax(*row) for row in await session.execute(_LEFT, {"id": invoice_id})]


async def discounts(session: AsyncSession, invoice_id: UUID, currency: str) -> list[DatedDiscount]:
    """What paying the invoice early is worth, by day."""
    rows = await session.scalars(
        select(InvoiceDiscount)
        .where(InvoiceDiscount.invoice_id == invoice_id)
        .order_by(InvoiceDiscount.until)
    )
    return [
        DatedDiscount(
            row.until,
            row.rate,
            "gross" if row.basis == "gross" else "net",
            Money(row.amount, currency),
        )
        for row in rows
    ]


async def instalment_discounts(
    session: AsyncSession, invoice_id: UUID, currency: str
) -> list[tuple[int, DatedDiscount]]:
    """What paying each instalment of the invoice early is worth, by instalment and day."""
    rows = await session.scalars(
        select(InstalmentDiscount)
        .where(InstalmentDiscount.invoice_id == invoice_id)
        .order_by(InstalmentDiscount.instalment, InstalmentDiscount.until)
    )
    return [
        (
            row.instalment,
            DatedDiscount(
                row.until,
                row.rate,
                "gross" if row.basis == "gross" else "net",
                Money(row.amount, currency),
            ),
        )
        for row in rows
    ]


def terms_of(row: PaymentTermsRow) -> PaymentTerms:
    """The terms that a row keeps as JSON."""
    return PaymentTerms(
        tuple(
            Instalment(
                Decimal(part["share"]),
                part["days"],
                part["end_of_month"],
                _discounts(part.get("discounts", ())),
            )
            for part in row.instalments
        ),
        _discounts(row.discounts),
    )


def _discounts(kept: Iterable[Mapping[str, Any]]) -> tuple[Discount, ...]:
    return tuple(Discount(Decimal(one["rate"]), one["days"], one["basis"]) for one in kept)


async def payment_terms(session: AsyncSession, terms_id: UUID) -> PaymentTerms | None:
    """Payment terms by their id; None if there are none."""
    row = await session.scalar(select(PaymentTermsRow).where(PaymentTermsRow.id == terms_id))
    return None if row is None else terms_of(row)


async def policy(session: AsyncSession, company_id: UUID) -> Policy:
    """How a company treats what it is owed; raises `PolicyNotFound`."""
    row = await session.scalar(select(Policy).where(Policy.company_id == company_id))
    if row is None:
        raise PolicyNotFound(f"No company {company_id}.")
    return row

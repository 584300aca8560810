"""Reading VAT returns, what they are made of, and the proof that they are the books."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from erp.ledger import queries as ledger
from erp.taxes.models import ReturnItem, TaxPosting, VatReturn, WithholdingRate
from erp.taxes.rules import (
    ReturnFigures,
    TaxSum,
    WithholdingRateNotFound,
    figures,
)

# A posting is declared with its day, or late: with the next return, once one covers its day.
UNDECLARED = """
    p.company_id = :company_id
    AND NOT EXISTS (
        SELECT FROM taxes_return_item i WHERE i.tenant = p.tenant AND i.posting_id = p.id)
    AND (p.posted_on BETWEEN :period_from AND :period_to
         OR p.posted_on < :period_from AND EXISTS (
             SELECT FROM taxes_return r
             WHERE r.tenant = p.tenant AND r.company_id = p.company_id
               AND p.posted_on BETWEEN r.period_from AND r.period_to))
"""
_PREVIEW = text(
    f"""
    SELECT p.direction, p.vat_code, p.rate, p.country, sum(p.home_base) AS base,
           sum(p.home_tax) AS tax, count(*) AS count,
           count(*) FILTER (WHERE p.posted_on < :period_from) AS late, array_agg(p.id) AS ids
    FROM taxes_posting p
    WHERE {UNDECLARED}
    GROUP BY p.direction, p.vat_code, p.rate, p.country
    ORDER BY p.direction, p.vat_code, p.rate, p.country
    """  # noqa: S608 - nothing but SQL of this module is put in
)


@dataclass(frozen=True, slots=True)
class ReturnPreview:
    """What a return over a period would say now, in the company's base currency."""

    company_id: UUID
    currency: str
    period_from: date
    period_to: date
    figures: ReturnFigures
    late_items: int
    posting_ids: Sequence[UUID]


async def preview_return(
    session: AsyncSession, company_id: UUID, period_from: date, period_to: date
) -> ReturnPreview:
    """The figures of everything in a period that is in no return yet, and of what came late.

    Raises `CompanyNotFound`.
    """
    company = await ledger.company(session, company_id)
    parameters = {"company_id": company_id, "period_from": period_from, "period_to": period_to}
    rows = (await session.execute(_PREVIEW, parameters)).all()
    return ReturnPreview(
        company_id,
        company.base_currency,
        period_from,
        period_to,
        figures([TaxSum(*row[:7]) for row in rows], company.country),
        sum(row.late for row in rows),
        [posting for row in rows for posting in row.ids],
    )


def postings_of_return(return_id: UUID) -> Select[Any]:
    """The postings that a filed return declared."""
    declared = select(ReturnItem.posting_id).where(ReturnItem.return_id == return_id)
    found = select(TaxPosting)
    return found.where(TaxPosting.id.in_(declared))


async def returns_of(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The return of each posting that is in one."""
    rows = await session.execute(
        select(ReturnItem.posting_id, ReturnItem.return_id).where(ReturnItem.posting_id.in_(ids))
    )
    return {row.posting_id: row.return_id for row in rows}


def boxes_of(row: VatReturn) -> list[dict[str, Any]]:
    """The boxes of a filed return, as they were."""
    return list(row.boxes)


async def withholding_rate(
    session: AsyncSession, country: str, kind: str, on: date
) -> WithholdingRate:
    """What is withheld of a kind of payment on a day; raises `WithholdingRateNotFound`."""
    found = await session.scalar(
        select(WithholdingRate).where(
            WithholdingRate.country == country,
            WithholdingRate.kind == kind,
            WithholdingRate.valid_from <= on,
            (WithholdingRate.valid_to.is_(None)) | (WithholdingRate.valid_to > on),
        )
    )
    if found is None:
        raise WithholdingRateNotFound(f"Nothing is withheld of {kind!r} in {country} on {on}.")
    return found


# What people book by hand (a payment to the tax office) is no document's tax.
_DIFFERS = text(
    """
    SELECT source_type, source_id FROM (
        SELECT p.source_type, p.source_id,
               CASE p.direction WHEN 'input' THEN -p.home_tax ELSE p.home_tax END AS tax
        FROM taxes_posting p WHERE p.company_id = :company_id
        UNION ALL
        SELECT e.source_type, e.source_id,
               coalesce(l.base_debit, l.debit) - coalesce(l.base_credit, l.credit)
        FROM ledger_account a
        JOIN ledger_line l ON l.company_id = a.company_id AND l.account_id = a.id
        JOIN ledger_entry e ON e.tenant = l.tenant AND e.id = l.entry_id
        WHERE a.company_id = :company_id
          AND a.role IN ('tax-payable', 'input-tax', 'withholding-tax-payable')
          AND e.source_id IS NOT NULL AND e.source_type NOT IN ('manual', 'reversal')
    ) AS part
    GROUP BY source_type, source_id HAVING sum(tax) <> 0
    LIMIT 1
    """
)


async def tax_proof(session: AsyncSession, company_id: UUID) -> ledger.Proof:
    """Whether what documents told of tax is what they booked on the tax accounts, one by one."""
    row = (await session.execute(_DIFFERS, {"company_id": company_id})).first()
    return ledger.Proof(
        "tax-postings-equal-the-tax-accounts",
        row is None,
        "Every document's tax is what it booked on the tax accounts."
        if row is None
        else f"The {row.source_type} {row.source_id} differs.",
    )


__all__ = [
    "UNDECLARED",
    "ReturnPreview",
    "boxes_of",
    "postings_of_return",
    "preview_return",
    "returns_of",
    "tax_proof",
    "withholding_rate",
]

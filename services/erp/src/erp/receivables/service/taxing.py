"""Which tax a document of an account bears, and telling it to the VAT return."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from erp.receivables import queries
from erp.receivables.models import InvoiceTax
from erp.receivables.queries import AccountRow
from erp.receivables.rules import AccountNotFound, TaxShare
from erp.taxes import queries as taxes
from erp.taxes import service as tax_postings
from erp.taxes.queries import Sale, Treatment
from servicekit.taxation import CategoryTax, DocumentTotals
from servicekit.uow import UnitOfWork

_TERMS = f"""
    SELECT {queries.ACCOUNT_COLUMNS}, c.country AS seller_country, t.categories, t.rates,
           {taxes.TAX_FACTS.format(company="c", account="a", day="$2::date")} AS tax_facts
    FROM receivables_account a
    JOIN receivables_exposure x ON x.tenant = a.tenant AND x.account_id = a.id
    JOIN ledger_company c ON c.tenant = a.tenant AND c.id = a.company_id
    CROSS JOIN LATERAL {taxes.RATES_ON.format(company="c", day="$2")} AS t
    WHERE a.id = $1
"""  # noqa: S608 - nothing but SQL of this package is put in


@dataclass(frozen=True, slots=True)
class TaxTerms:
    """An account, and what decides the tax of a sale to it on a day."""

    account: AccountRow
    sale: Sale


async def tax_terms(uow: UnitOfWork, account_id: UUID, on: date) -> TaxTerms:
    """The account with the day's rates and what is known of the buyer; one statement.

    Raises `AccountNotFound`.
    """
    row = await uow.connection.fetchrow(_TERMS, account_id, on)
    if row is None:
        raise AccountNotFound(f"No receivables account {account_id}.", field="account_id")
    rates = dict(zip(row["categories"] or [], row["rates"] or [], strict=True))
    return TaxTerms(
        AccountRow.of(dict(row)), taxes.sale_of(row["seller_country"], on, rates, row["tax_facts"])
    )


@dataclass(frozen=True, slots=True)
class DocumentTax:
    """How each tax category of a document is treated, and by whom it is owed."""

    country: str
    treatments: Mapping[str, Treatment]
    vat_number: str | None

    @classmethod
    def of(cls, sale: Sale, treatments: Mapping[str, Treatment]) -> "DocumentTax":
        """Of a sale."""
        return cls(sale.country, treatments, sale.buyer.vat_number if sale.buyer else None)

    @classmethod
    def as_invoiced(cls, sale: Sale, rows: Sequence[InvoiceTax]) -> "DocumentTax":
        """Of an invoice that is credited: as it said, whatever is known of the buyer now."""
        return cls.of(
            sale,
            {
                row.category: Treatment(
                    taxes.VatCode(row.vat_code),
                    row.rate,
                    row.country or sale.country,
                    row.exemption_code,
                    row.exemption_reason,
                    distance=row.distance,
                )
                for row in rows
            },
        )

    def columns(self, totals: DocumentTotals) -> list[list[Any]]:
        """Code, VATEX code, reason, country and distance of each category of the totals."""
        found = [self.treatments[tax.category] for tax in totals.taxes]
        return [
            [one.code.value for one in found],
            [one.exemption_code for one in found],
            [one.reason for one in found],
            [one.country for one in found],
            [one.distance for one in found],
        ]


async def tell_taxes(
    uow: UnitOfWork,
    account: AccountRow,
    tax: DocumentTax,
    totals: DocumentTotals,
    *,
    kind: str,
    document_id: UUID,
    number: str,
    document_on: date,
    posted_on: date,
) -> None:
    """Keep the tax of an invoice or credit note (below zero) for the VAT return."""
    lines = tax_postings.output_lines(
        totals.taxes, tax.treatments, tax.country, negative=kind == "credit-note"
    )
    await tax_postings.record_taxes(
        uow,
        tax_postings.TaxedDocument(
            account.company_id,
            kind,
            document_id,
            number,
            document_on,
            posted_on,
            lines,
            account.customer_id,
            tax.vat_number,
        ),
    )


async def tell_shares(
    uow: UnitOfWork,
    account: AccountRow,
    shares: Sequence[TaxShare],
    *,
    about_id: UUID | None,
    lowers: bool,
    kind: str,
    document_id: UUID,
    number: str,
    document_on: date,
    posted_on: date,
) -> None:
    """Keep the tax that an adjustment lowers or raises for the VAT return, as its invoice said."""
    if not shares:
        return
    sale = (await tax_terms(uow, account.id, document_on)).sale
    rows = await uow.session.scalars(select(InvoiceTax).where(InvoiceTax.invoice_id == about_id))
    tax = DocumentTax.as_invoiced(sale, rows.all())
    lines = tax_postings.output_lines(
        [CategoryTax(one.category, one.rate, one.base, one.tax) for one in shares],
        tax.treatments,
        tax.country,
        negative=lowers,
    )
    await tax_postings.record_taxes(
        uow,
        tax_postings.TaxedDocument(
            account.company_id,
            kind,
            document_id,
            number,
            document_on,
            posted_on,
            lines,
            account.customer_id,
            tax.vat_number,
        ),
    )

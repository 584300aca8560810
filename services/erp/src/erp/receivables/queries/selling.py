"""On what terms a company sells to a customer: what an order must know before it is opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import asyncpg

from erp.receivables.queries.accounts import ACCOUNT_COLUMNS, AccountRow
from erp.taxes.queries import RATES_ON, TAX_FACTS, Sale, Supply, sale_of, treat_all
from servicekit.taxation import DocumentTotals, TaxableLine, document_totals


@dataclass(frozen=True, slots=True)
class SellingTerms:
    """A company, the customer's account there (None: it has none) and the day's tax rates.

    `sale` decides the tax. `customer_active` is what CRM last said; a customer that
    it has not told of yet counts as active.
    """

    company_id: UUID
    base_currency: str
    account: AccountRow | None
    sale: Sale
    customer_active: bool

    @property
    def rates(self) -> Mapping[str, Decimal]:
        """The rates of the company's country, fractions by tax category."""
        return self.sale.rates

    def totals(self, lines: Sequence[tuple[TaxableLine, Supply]], currency: str) -> DocumentTotals:
        """Net, tax and gross of lines, as an invoice of that day would have them.

        Raises `TaxRateIsMissing`.
        """
        taxed = treat_all(self.sale, [(line.tax_category, supply) for line, supply in lines])
        keyed = [
            TaxableLine(line.net_amount, key)
            for (line, _), key in zip(lines, taxed.keys, strict=True)
        ]
        return document_totals(keyed, taxed.rates, currency)


_SELLING_TERMS = f"""
    SELECT c.id AS seller_id, c.base_currency, c.country AS seller_country, t.categories, t.rates,
           {TAX_FACTS.format(company="c", account="a", day="$4::date")} AS tax_facts,
           coalesce(p.active, true) AS customer_active, {ACCOUNT_COLUMNS}
    FROM ledger_company c
    LEFT JOIN projections_customer p ON p.tenant = c.tenant AND p.customer_id = $2
    LEFT JOIN receivables_account a
      ON a.tenant = c.tenant AND a.company_id = c.id AND a.customer_id = $2
    LEFT JOIN receivables_exposure x ON x.tenant = a.tenant AND x.account_id = a.id
    CROSS JOIN LATERAL {RATES_ON.format(company="c", day="$4")} AS t
    WHERE c.tenant = $1 AND (c.id = $3 OR ($3::uuid IS NULL AND c.is_default))
"""  # noqa: S608 - nothing but SQL of this package is put in


async def selling_terms(
    connection: asyncpg.Connection,
    tenant: str,
    *,
    customer_id: UUID,
    company_id: UUID | None,
    on: date,
) -> SellingTerms | None:
    """The terms of a company (None: the default one) for a customer on a day; one statement.

    None if there is no such company.
    """
    row = await connection.fetchrow(_SELLING_TERMS, tenant, customer_id, company_id, on)
    if row is None:
        return None
    account = None if row["id"] is None else AccountRow.of(dict(row))
    rates = dict(zip(row["categories"] or [], row["rates"] or [], strict=True))
    return SellingTerms(
        row["seller_id"],
        row["base_currency"],
        account,
        sale_of(row["seller_country"], on, rates, row["tax_facts"]),
        row["customer_active"],
    )

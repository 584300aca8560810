"""Tax profiles, what documents say of tax, VAT returns, withholding.

The invoices and credit notes that are there tell what they said of tax, once.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from servicekit.migrations import append_only, each_tenant, secure_table

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

AMOUNT = sa.Numeric(precision=20, scale=4)
RATE = sa.Numeric(precision=9, scale=6)
INSTANT = sa.TIMESTAMP(timezone=True)

NO_WITHHOLDING_TWICE = """
    ALTER TABLE taxes_withholding_rate
    ADD CONSTRAINT ex_taxes_withholding_rate_period EXCLUDE USING gist (
        tenant WITH =, country WITH =, kind WITH =, daterange(valid_from, valid_to) WITH &&)
"""
NO_RETURN_TWICE = """
    ALTER TABLE taxes_return
    ADD CONSTRAINT ex_taxes_return_period EXCLUDE USING gist (
        tenant WITH =, company_id WITH =, daterange(period_from, period_to, '[]') WITH &&)
"""
# A document in another currency is worth what its entry says. The largest tax of a document takes
# what rounding leaves, so that they sum to what was booked.
TOLD = """
    INSERT INTO taxes_posting (
        tenant, id, company_id, source_type, source_id, position, number, direction, category,
        vat_code, rate, country, distance, partner_id, currency, base, tax, home_currency,
        home_base, home_tax, posted_on, document_on, recorded_at)
    SELECT d.tenant, gen_random_uuid(), d.company_id, '{source}', d.id, d.position, d.number,
           'output', d.category,
           CASE WHEN d.rate > 0 THEN 'S' WHEN d.category = 'exempt' THEN 'E' ELSE 'Z' END,
           d.rate, d.country, false, d.customer_id, d.currency, {sign} d.base, {sign} d.tax,
           d.base_currency, {sign} d.home_base,
           {sign} (d.home_tax + CASE WHEN d.size = 1 THEN d.booked - sum(d.home_tax) OVER document
                                     ELSE 0 END),
           d.posted_on, d.issued_on, d.created_at
    FROM (
        SELECT i.tenant, i.id, i.company_id, i.number, i.customer_id, i.currency, i.issued_on,
               i.created_at, c.country, c.base_currency, t.category, t.rate, t.base, t.tax,
               coalesce(w.posted_on, i.issued_on) AS posted_on,
               round(t.base * coalesce(w.worth, 1), currency_minor_units(c.base_currency))
                   AS home_base,
               round(t.tax * coalesce(w.worth, 1), currency_minor_units(c.base_currency))
                   AS home_tax,
               coalesce(w.booked, t.tax) AS booked,
               row_number() OVER (PARTITION BY i.id ORDER BY t.category) AS position,
               row_number() OVER (PARTITION BY i.id ORDER BY t.tax DESC, t.category) AS size
        FROM {documents} i
        JOIN {taxes} t ON t.tenant = i.tenant AND t.{key} = i.id
        JOIN ledger_company c ON c.tenant = i.tenant AND c.id = i.company_id
        LEFT JOIN LATERAL (
            SELECT min(e.effective_on) AS posted_on,
                   sum(coalesce(l.base_debit, l.debit)) / nullif(sum(l.debit), 0) AS worth,
                   coalesce(sum(coalesce(l.base_debit, l.debit) + coalesce(l.base_credit, l.credit))
                       FILTER (WHERE a.role = 'tax-payable'), 0) AS booked
            FROM ledger_entry e
            JOIN ledger_line l ON l.tenant = e.tenant AND l.entry_id = e.id
            JOIN ledger_account a ON a.tenant = l.tenant AND a.id = l.account_id
            WHERE e.tenant = i.tenant AND e.source_id = i.id AND e.source_type = '{source}'
            HAVING count(*) > 0) AS w ON true
        WHERE i.gross > 0
    ) AS d
    WINDOW document AS (PARTITION BY d.id)
"""
DOCUMENTS = (
    ("invoice", "receivables_invoice", "receivables_invoice_tax", "invoice_id", ""),
    (
        "credit-note",
        "receivables_credit_note",
        "receivables_credit_note_tax",
        "credit_note_id",
        "-",
    ),
)


def upgrade() -> None:
    for table in ("receivables_invoice_tax", "receivables_credit_note_tax"):
        for column in ("vat_code", "exemption_code", "exemption_reason", "country"):
            op.add_column(table, sa.Column(column, sa.Text(), nullable=True))
        op.add_column(
            table, sa.Column("distance", sa.Boolean(), server_default="false", nullable=False)
        )
    _profiles()
    _postings()
    _returns()
    op.execute(NO_WITHHOLDING_TWICE)
    op.execute(NO_RETURN_TWICE)
    secure_table(
        op,
        "taxes_profile",
        "taxes_exemption",
        "taxes_company",
        "taxes_territory",
        "taxes_posting",
        "taxes_return",
        "taxes_return_item",
        "taxes_withholding_rate",
    )
    append_only(op, "taxes_posting", "taxes_return", "taxes_return_item")
    for _ in each_tenant(op):
        for source, documents, taxes, key, sign in DOCUMENTS:
            op.execute(
                TOLD.format(source=source, documents=documents, taxes=taxes, key=key, sign=sign)
            )


def _tenant() -> sa.Column[str]:
    return sa.Column("tenant", sa.Text(), nullable=False)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _profiles() -> None:
    op.create_table(
        "taxes_profile",
        _tenant(),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        _text("country"),
        _text("region"),
        sa.Column("business", sa.Boolean(), nullable=False),
        _text("vat_number", nullable=True),
        _text("vat_country", nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "business OR vat_number IS NULL", name=op.f("ck_taxes_profile_vat_number")
        ),
        sa.CheckConstraint(
            "(vat_number IS NULL) = (vat_country IS NULL)",
            name=op.f("ck_taxes_profile_vat_country"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "account_id"],
            ["receivables_account.tenant", "receivables_account.id"],
            name=op.f("fk_taxes_profile_tenant_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "account_id", name=op.f("pk_taxes_profile")),
    )
    op.create_table(
        "taxes_exemption",
        _tenant(),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        _text("country"),
        _text("number"),
        _text("exemption_code", nullable=True),
        _text("reason"),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_taxes_exemption_period")),
        sa.ForeignKeyConstraint(
            ["tenant", "account_id"],
            ["taxes_profile.tenant", "taxes_profile.account_id"],
            name=op.f("fk_taxes_exemption_tenant_account_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant", "account_id", "position", name=op.f("pk_taxes_exemption")
        ),
    )
    op.create_table(
        "taxes_company",
        _tenant(),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        _text("scheme"),
        sa.Column("threshold", AMOUNT, nullable=False),
        _text("vat_number", nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "scheme IN ('threshold', 'destination', 'origin')", name=op.f("ck_taxes_company_scheme")
        ),
        sa.CheckConstraint("threshold >= 0", name=op.f("ck_taxes_company_threshold")),
        sa.ForeignKeyConstraint(
            ["tenant", "company_id"],
            ["ledger_company.tenant", "ledger_company.id"],
            name=op.f("fk_taxes_company_tenant_company_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "company_id", name=op.f("pk_taxes_company")),
    )
    op.create_table(
        "taxes_territory",
        _tenant(),
        _text("country"),
        _text("region"),
        _text("name"),
        _text("postcode", nullable=True),
        sa.PrimaryKeyConstraint("tenant", "country", "region", name=op.f("pk_taxes_territory")),
    )
    op.create_table(
        "taxes_withholding_rate",
        _tenant(),
        sa.Column("id", sa.Uuid(), nullable=False),
        _text("country"),
        _text("kind"),
        _text("name"),
        sa.Column("rate", RATE, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("rate >= 0 AND rate <= 1", name=op.f("ck_taxes_withholding_rate_rate")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_taxes_withholding_rate_period")),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_taxes_withholding_rate")),
    )


def _postings() -> None:
    op.create_table(
        "taxes_posting",
        _tenant(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        _text("source_type"),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        _text("number"),
        _text("direction"),
        _text("category"),
        _text("vat_code"),
        _text("exemption_code", nullable=True),
        sa.Column("rate", RATE, nullable=False),
        _text("country"),
        sa.Column("distance", sa.Boolean(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        _text("partner_vat_number", nullable=True),
        _text("currency"),
        sa.Column("base", AMOUNT, nullable=False),
        sa.Column("tax", AMOUNT, nullable=False),
        _text("home_currency"),
        sa.Column("home_base", AMOUNT, nullable=False),
        sa.Column("home_tax", AMOUNT, nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("document_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "direction IN ('output', 'input', 'withheld')", name=op.f("ck_taxes_posting_direction")
        ),
        sa.CheckConstraint(
            "vat_code IN ('S', 'Z', 'E', 'AE', 'K', 'G', 'O', 'W')",
            name=op.f("ck_taxes_posting_vat_code"),
        ),
        sa.CheckConstraint(
            "(base = round(base, currency_minor_units(currency))) IS TRUE"
            " AND (tax = round(tax, currency_minor_units(currency))) IS TRUE"
            " AND (home_base = round(home_base, currency_minor_units(home_currency))) IS TRUE"
            " AND (home_tax = round(home_tax, currency_minor_units(home_currency))) IS TRUE",
            name=op.f("ck_taxes_posting_minor_units"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_taxes_posting")),
        sa.UniqueConstraint(
            "tenant",
            "source_id",
            "source_type",
            "position",
            name=op.f("uq_taxes_posting_tenant_source_id_source_type_position"),
        ),
    )
    op.create_index(
        "ix_taxes_posting_posted_on",
        "taxes_posting",
        ["tenant", "company_id", "posted_on", "id"],
    )
    op.create_index(
        "ix_taxes_posting_distance",
        "taxes_posting",
        ["tenant", "company_id", "document_on"],
        postgresql_where=sa.text("distance"),
    )


def _returns() -> None:
    op.create_table(
        "taxes_return",
        _tenant(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        _text("currency"),
        sa.Column("output_tax", AMOUNT, nullable=False),
        sa.Column("input_tax", AMOUNT, nullable=False),
        sa.Column("payable", AMOUNT, nullable=False),
        sa.Column("late_items", sa.BigInteger(), nullable=False),
        sa.Column("boxes", JSONB(), nullable=False),
        sa.Column("filed_at", INSTANT, nullable=False),
        _text("filed_by"),
        sa.CheckConstraint("period_to >= period_from", name=op.f("ck_taxes_return_period")),
        sa.ForeignKeyConstraint(
            ["tenant", "company_id"],
            ["ledger_company.tenant", "ledger_company.id"],
            name=op.f("fk_taxes_return_tenant_company_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_taxes_return")),
    )
    op.create_table(
        "taxes_return_item",
        _tenant(),
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("return_id", sa.Uuid(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "return_id"],
            ["taxes_return.tenant", "taxes_return.id"],
            name=op.f("fk_taxes_return_item_tenant_return_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "posting_id"],
            ["taxes_posting.tenant", "taxes_posting.id"],
            name=op.f("fk_taxes_return_item_tenant_posting_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "posting_id", name=op.f("pk_taxes_return_item")),
    )
    op.create_index(
        "ix_taxes_return_item_return_id",
        "taxes_return_item",
        ["tenant", "return_id", "posting_id"],
    )

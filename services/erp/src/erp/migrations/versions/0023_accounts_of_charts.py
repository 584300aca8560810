"""Accounts stand in trees and in sections of statements; headings and closed ones take no lines.

The promise is kept by a trigger of its own on lines, beside those of 0002 and 0018; what could
break it from the other side, an account with lines becoming a heading, by one on accounts, which
waits for the entries that are being posted.
"""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import append_only, secure_table

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

PROBES_ONLY = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"
AS_OWNER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"

SECTION_FITS = """CASE kind
    WHEN 'asset' THEN section IN (
        'cash', 'receivables', 'inventory', 'other-current-assets', 'non-current-assets')
    WHEN 'liability' THEN section IN (
        'payables', 'other-current-liabilities', 'non-current-liabilities')
    WHEN 'equity' THEN section = 'equity'
    WHEN 'income' THEN section IN (
        'revenue', 'other-income', 'financial-result', 'income-taxes')
    ELSE section IN ('cost-of-sales', 'operating-expenses', 'depreciation', 'financial-result',
        'income-taxes') END"""

FUNCTIONS = (
    # Who names no section means that of kind and role.
    """
    CREATE FUNCTION ledger_section_of(of_kind text, of_role text) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
        SELECT CASE of_kind
            WHEN 'asset' THEN CASE of_role
                WHEN 'bank' THEN 'cash' WHEN 'receivables' THEN 'receivables'
                WHEN 'inventory' THEN 'inventory' ELSE 'other-current-assets' END
            WHEN 'liability' THEN CASE
                WHEN of_role IN ('payables', 'goods-received-not-invoiced') THEN 'payables'
                ELSE 'other-current-liabilities' END
            WHEN 'equity' THEN 'equity'
            WHEN 'income' THEN CASE
                WHEN of_role IN ('revenue', 'discount-given') THEN 'revenue'
                WHEN of_role IN ('exchange-gain', 'unrealised-exchange-gain', 'interest-income')
                THEN 'financial-result' ELSE 'other-income' END
            ELSE CASE
                WHEN of_role IN ('cost-of-goods-sold', 'inventory-adjustment')
                THEN 'cost-of-sales'
                WHEN of_role IN ('exchange-loss', 'unrealised-exchange-loss')
                THEN 'financial-result' ELSE 'operating-expenses' END END
    $$
    """,
    f"""
    CREATE FUNCTION ledger_keep_accounts() RETURNS trigger LANGUAGE plpgsql {AS_OWNER} AS $$
    DECLARE
        above uuid;
        steps integer := 0;
    BEGIN
        NEW.section := coalesce(NEW.section, ledger_section_of(NEW.kind, NEW.role));
        IF TG_OP = 'UPDATE' THEN
            IF (OLD.tenant, OLD.id, OLD.company_id) <> (NEW.tenant, NEW.id, NEW.company_id) THEN
                RAISE EXCEPTION 'account % stays in its chart', OLD.code
                    USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ledger_account_is_kept';
            END IF;
            IF NEW.kind <> OLD.kind OR NEW.code <> OLD.code OR NEW.heading AND NOT OLD.heading
               OR OLD.active AND NOT NEW.active THEN
                PERFORM pg_advisory_xact_lock(ledger_posting_key(NEW.company_id));
            END IF;
            IF NEW.kind <> OLD.kind OR NEW.code <> OLD.code OR NEW.heading AND NOT OLD.heading THEN
                PERFORM FROM ledger_balance b
                WHERE b.tenant = NEW.tenant AND b.company_id = NEW.company_id
                  AND b.account_id = NEW.id LIMIT 1;
                IF FOUND THEN
                    RAISE EXCEPTION 'account % has entries: its code and kind stay, and it is no '
                        'heading', OLD.code
                        USING ERRCODE = 'restrict_violation',
                              CONSTRAINT = 'ledger_account_is_kept';
                END IF;
            END IF;
        END IF;
        IF NEW.parent_id IS NOT NULL
           AND (TG_OP = 'INSERT' OR NEW.parent_id IS DISTINCT FROM OLD.parent_id) THEN
            -- One at a time moves accounts of a chart: two moves could close a circle together.
            PERFORM pg_advisory_xact_lock(
                hashtextextended('ledger_chart:' || NEW.company_id::text, 0));
            above := NEW.parent_id;
            WHILE above IS NOT NULL LOOP
                steps := steps + 1;
                IF above = NEW.id OR steps > 100 THEN
                    RAISE EXCEPTION 'account % would stand below itself', NEW.code
                        USING ERRCODE = 'restrict_violation',
                              CONSTRAINT = 'ledger_account_is_kept';
                END IF;
                SELECT a.parent_id INTO above FROM ledger_account a
                WHERE a.tenant = NEW.tenant AND a.id = above;
            END LOOP;
        END IF;
        RETURN NEW;
    END $$
    """,
    f"""
    CREATE FUNCTION ledger_keep_headings() RETURNS trigger LANGUAGE plpgsql
    {AS_OWNER} {PROBES_ONLY} AS $$
    DECLARE
        offender record;
    BEGIN
        SELECT c.code, c.heading INTO offender
        FROM (SELECT DISTINCT tenant, account_id FROM added) AS a
        JOIN LATERAL (
            SELECT code, heading, active FROM ledger_account
            WHERE tenant = a.tenant AND id = a.account_id LIMIT 1) AS c ON true
        WHERE c.heading OR NOT c.active
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'account % takes no postings: it is %', offender.code,
                CASE WHEN offender.heading THEN 'a heading' ELSE 'closed' END
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ledger_line_is_postable',
                      HINT = 'Post to an account below the heading, or open the account again.';
        END IF;
        RETURN NULL;
    END $$
    """,
)

TRIGGERS = (
    (
        "ledger_account",
        "ledger_account_is_kept",
        "BEFORE INSERT OR UPDATE ON ledger_account FOR EACH ROW "
        "EXECUTE FUNCTION ledger_keep_accounts()",
    ),
    (
        "ledger_line",
        "ledger_line_is_postable",
        "AFTER INSERT ON ledger_line REFERENCING NEW TABLE AS added FOR EACH STATEMENT "
        "EXECUTE FUNCTION ledger_keep_headings()",
    ),
)

# The sections of the accounts that companies have so far, of every tenant (the owner of the books
# sees all): those of kind and role, and three of the
# standard chart that have none.
SECTIONS = """
    UPDATE ledger_account SET section = CASE
        WHEN kind = 'asset' AND code = '1500' THEN 'non-current-assets'
        WHEN kind = 'liability' AND code = '2500' THEN 'non-current-liabilities'
        WHEN kind = 'liability' AND code = '2000' THEN 'payables'
        ELSE ledger_section_of(kind, role) END
"""


def upgrade() -> None:
    _create_tables()
    secure_table(op, "charts_import", "charts_tax")
    append_only(op, "charts_import", "charts_tax")
    for name, column in (
        ("parent_id", sa.Column("parent_id", sa.Uuid(), nullable=True)),
        ("section", sa.Column("section", sa.Text(), nullable=True)),
        (
            "heading",
            sa.Column("heading", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        ),
        (
            "active",
            sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        ),
        ("version", sa.Column("version", sa.BigInteger(), server_default="1", nullable=False)),
        (
            "created_at",
            sa.Column(
                "created_at",
                sa.TIMESTAMP(timezone=True),
                server_default=sa.text("now()"),
                nullable=False,
            ),
        ),
        (
            "updated_at",
            sa.Column(
                "updated_at",
                sa.TIMESTAMP(timezone=True),
                server_default=sa.text("now()"),
                nullable=False,
            ),
        ),
    ):
        assert column.name == name
        op.add_column("ledger_account", column)
    for function in FUNCTIONS:
        op.execute(function)
    op.execute(SECTIONS)
    op.execute(
        "ALTER TABLE ledger_account ADD CONSTRAINT ck_ledger_account_section "
        f"CHECK (section IS NOT NULL AND ({SECTION_FITS})) NOT VALID"
    )
    op.execute(
        "ALTER TABLE ledger_account ADD CONSTRAINT ck_ledger_account_heading "
        "CHECK (NOT heading OR role IS NULL AND NOT control) NOT VALID"
    )
    op.execute(
        "ALTER TABLE ledger_account ADD CONSTRAINT ck_ledger_account_active "
        "CHECK (active OR role IS NULL) NOT VALID"
    )
    op.execute(
        "ALTER TABLE ledger_account ADD CONSTRAINT "
        "fk_ledger_account_tenant_company_id_parent_id "
        "FOREIGN KEY (tenant, company_id, parent_id) "
        "REFERENCES ledger_account (tenant, company_id, id) NOT VALID"
    )
    for table, name, definition in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} {definition}")
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def _create_tables() -> None:
    op.create_table(
        "charts_import",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("layout", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("files", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.Column("account_count", sa.BigInteger(), nullable=False),
        sa.Column("tax_count", sa.BigInteger(), nullable=False),
        sa.Column("findings", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.Column("imported_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.CheckConstraint("mode IN ('replace', 'add')", name=op.f("ck_charts_import_mode")),
        sa.ForeignKeyConstraint(
            ["tenant", "company_id"],
            ["ledger_company.tenant", "ledger_company.id"],
            name=op.f("fk_charts_import_tenant_company_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_charts_import")),
    )
    op.create_index(
        "ix_charts_import_company_id", "charts_import", ["tenant", "company_id", "imported_at"]
    )
    op.create_table(
        "charts_tax",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("part_of", sa.Text(), nullable=True),
        sa.Column("direction", sa.Text(), nullable=True),
        sa.Column("rate", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("credit_note_account_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("rate BETWEEN -1 AND 1", name=op.f("ck_charts_tax_rate")),
        sa.CheckConstraint(
            "direction IN ('sale', 'purchase', 'both')", name=op.f("ck_charts_tax_direction")
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "import_id"],
            ["charts_import.tenant", "charts_import.id"],
            name=op.f("fk_charts_tax_tenant_import_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "company_id", "account_id"],
            ["ledger_account.tenant", "ledger_account.company_id", "ledger_account.id"],
            name=op.f("fk_charts_tax_tenant_company_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "company_id", "credit_note_account_id"],
            ["ledger_account.tenant", "ledger_account.company_id", "ledger_account.id"],
            name=op.f("fk_charts_tax_tenant_company_id_credit_note_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "import_id", "position", name=op.f("pk_charts_tax")),
    )

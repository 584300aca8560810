"""The books: companies, charts, entries, lines, balances and gapless numbers.

The promises of the ledger are kept here, by the database, whoever asks: triggers are ENABLE
ALWAYS, so a session in replication role meets them too, and the functions behind them run as the
owner with a fixed search path, under a policy that lets the owner see every row, so that no
setting of the session can hide a line from a check. docs/architecture/ledger.md tells the whole.
"""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import append_only, secure_table

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# The checks probe indexes. While a table grows by a bulk load its statistics lag behind, and a
# plan made for an empty table would read the whole of a full one: so no scans, and each probe is
# a LATERAL subquery with a LIMIT or an aggregate, which the planner cannot turn into a join.
PROBES_ONLY = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"
AS_OWNER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"

FUNCTIONS = (
    """
    CREATE FUNCTION ledger_stamp_entry() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.recorded_xact := pg_current_xact_id()::text::bigint;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION ledger_refuse_by_hand() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is kept by the ledger: % by hand is refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'restrict_violation';
    END $$
    """,
    # A lane belongs to one transaction until it ends: two transactions never update the same
    # balance row, so they cannot wait for each other there. The lowest free lane is taken, which
    # keeps the lanes few. With all taken, the last one is shared in turn.
    """
    CREATE FUNCTION ledger_take_lane() RETURNS smallint LANGUAGE plpgsql AS $$
    DECLARE
        mine text := current_setting('app.ledger_lane', true);
    BEGIN
        IF mine <> '' THEN
            RETURN mine::smallint;
        END IF;
        FOR lane IN 0 .. 127 LOOP
            IF pg_try_advisory_xact_lock(1279607877, lane) THEN
                PERFORM set_config('app.ledger_lane', lane::text, true);
                RETURN lane;
            END IF;
        END LOOP;
        PERFORM pg_advisory_xact_lock(1279607877, 127);
        PERFORM set_config('app.ledger_lane', '127', true);
        RETURN 127;
    END $$
    """,
    f"""
    CREATE FUNCTION ledger_keep_lines() RETURNS trigger LANGUAGE plpgsql
    {AS_OWNER} {PROBES_ONLY} AS $$
    DECLARE
        here CONSTANT bigint := pg_current_xact_id()::text::bigint;
        mine smallint;
        offender record;
    BEGIN
        SELECT a.entry_id INTO offender
        FROM (SELECT DISTINCT tenant, entry_id, company_id, effective_on FROM added) AS a
        LEFT JOIN LATERAL (
            SELECT id, recorded_xact, company_id, effective_on FROM ledger_entry
            WHERE tenant = a.tenant AND id = a.entry_id LIMIT 1) AS e ON true
        LEFT JOIN LATERAL (
            SELECT number FROM ledger_entry_number
            WHERE tenant = a.tenant AND entry_id = a.entry_id LIMIT 1) AS n ON true
        WHERE e.id IS NULL OR e.recorded_xact <> here OR e.company_id <> a.company_id
           OR e.effective_on <> a.effective_on OR n.number IS NOT NULL
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'journal entry % is not being written by this transaction: its lines '
                'come with it, on its day and in its company, or not at all', offender.entry_id
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ledger_line_is_kept';
        END IF;
        SELECT a.account_id INTO offender
        FROM (SELECT DISTINCT tenant, company_id, account_id FROM added) AS a
        WHERE NOT EXISTS (
            SELECT FROM ledger_account c
            WHERE c.tenant = a.tenant AND c.company_id = a.company_id AND c.id = a.account_id)
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'account % is not in the chart of the entry''s company',
                offender.account_id
                USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'ledger_line_is_kept';
        END IF;
        mine := ledger_take_lane();
        INSERT INTO ledger_balance AS b (
            tenant, company_id, account_id, currency, period, lane, debit, credit)
        SELECT tenant, company_id, account_id, currency,
               date_trunc('month', effective_on::timestamp)::date AS period, mine,
               sum(debit), sum(credit)
        FROM added
        GROUP BY tenant, company_id, account_id, currency, period
        ORDER BY tenant, company_id, account_id, currency, period
        ON CONFLICT (tenant, company_id, account_id, currency, period, lane)
        DO UPDATE SET debit = b.debit + excluded.debit, credit = b.credit + excluded.credit;
        RETURN NULL;
    END $$
    """,
    # Fires at commit for each new entry; the first firing checks and numbers all entries of the
    # transaction at once, in one order, and the others find nothing left to do. Numbers are taken
    # as late as can be, so a series is locked for no longer than the commit itself.
    f"""
    CREATE FUNCTION ledger_post_entries() RETURNS trigger LANGUAGE plpgsql
    {AS_OWNER} {PROBES_ONLY} AS $$
    DECLARE
        here CONSTANT bigint := pg_current_xact_id()::text::bigint;
        offender record;
    BEGIN
        PERFORM FROM ledger_entry_number n WHERE n.tenant = NEW.tenant AND n.entry_id = NEW.id;
        IF FOUND THEN
            RETURN NULL;
        END IF;
        SELECT e.id, s.lines, s.difference INTO offender
        FROM ledger_entry e
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(c.lines), 0) AS lines, max(abs(c.difference)) AS difference
            FROM (
                SELECT count(*) AS lines, sum(debit) - sum(credit) AS difference
                FROM ledger_line WHERE tenant = e.tenant AND entry_id = e.id
                GROUP BY currency) AS c
        ) AS s
        LEFT JOIN LATERAL (
            SELECT number FROM ledger_entry_number
            WHERE tenant = e.tenant AND entry_id = e.id LIMIT 1) AS n ON true
        WHERE e.recorded_xact = here AND n.number IS NULL
          AND (s.lines < 2 OR s.difference <> 0)
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'journal entry % has % line(s) and is off by %', offender.id,
                offender.lines, coalesce(offender.difference, 0)
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entry_is_posted',
                      HINT = 'An entry has two lines or more and sums to zero in each currency.';
        END IF;
        WITH unnumbered AS MATERIALIZED (
            SELECT e.tenant, e.company_id, e.series, e.id
            FROM ledger_entry e
            LEFT JOIN LATERAL (
                SELECT number FROM ledger_entry_number
                WHERE tenant = e.tenant AND entry_id = e.id LIMIT 1) AS n ON true
            WHERE e.recorded_xact = here AND n.number IS NULL
        ), taken AS (
            INSERT INTO ledger_number_series AS s (tenant, company_id, series, last_number)
            SELECT tenant, company_id, series, count(*) FROM unnumbered
            GROUP BY tenant, company_id, series
            ORDER BY tenant, company_id, series
            ON CONFLICT (tenant, company_id, series)
            DO UPDATE SET last_number = s.last_number + excluded.last_number
            RETURNING tenant, company_id, series, last_number
        )
        INSERT INTO ledger_entry_number (tenant, entry_id, company_id, series, number)
        SELECT u.tenant, u.id, u.company_id, u.series,
               t.last_number + 1 - row_number() OVER (
                   PARTITION BY u.tenant, u.company_id, u.series ORDER BY u.id DESC)
        FROM unnumbered u
        JOIN taken t ON t.tenant = u.tenant AND t.company_id = u.company_id
                    AND t.series = u.series;
        RETURN NULL;
    END $$
    """,
    # For documents that carry a legal number of their own. Only triggers of this database may
    # call it: whoever could take a number without writing the document would leave a gap.
    f"""
    CREATE FUNCTION ledger_take_number(of_tenant text, of_company uuid, of_series text)
    RETURNS bigint LANGUAGE sql {AS_OWNER} AS $$
        INSERT INTO ledger_number_series AS s (tenant, company_id, series, last_number)
        VALUES (of_tenant, of_company, of_series, 1)
        ON CONFLICT (tenant, company_id, series)
        DO UPDATE SET last_number = s.last_number + 1
        RETURNING last_number
    $$
    """,
    "REVOKE ALL ON FUNCTION ledger_take_number(text, uuid, text) FROM PUBLIC",
)

TRIGGERS = (
    (
        "ledger_entry",
        "ledger_entry_is_stamped",
        "BEFORE INSERT ON ledger_entry FOR EACH ROW EXECUTE FUNCTION ledger_stamp_entry()",
    ),
    (
        "ledger_line",
        "ledger_line_is_kept",
        "AFTER INSERT ON ledger_line "
        "REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_keep_lines()",
    ),
)
KEPT = ("ledger_balance", "ledger_number_series", "ledger_entry_number")


def upgrade() -> None:
    _create_tables()
    secure_table(
        op,
        "ledger_company",
        "ledger_account",
        "ledger_entry",
        "ledger_line",
        "ledger_balance",
        "ledger_number_series",
        "ledger_entry_number",
    )
    append_only(op, "ledger_entry", "ledger_line", "ledger_entry_number")
    for table in (
        "ledger_account",
        "ledger_entry",
        "ledger_line",
        "ledger_balance",
        "ledger_number_series",
        "ledger_entry_number",
    ):
        # Names whoever migrates: the owner of the tables and of the functions that keep them.
        op.execute(
            f"CREATE POLICY ledger_is_proved_whole ON {table} TO CURRENT_USER "
            "USING (true) WITH CHECK (true)"
        )
    for function in FUNCTIONS:
        op.execute(function)
    for table, name, definition in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} {definition}")
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    op.execute(
        "CREATE CONSTRAINT TRIGGER ledger_entry_is_posted AFTER INSERT ON ledger_entry "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_post_entries()"
    )
    op.execute("ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_is_posted")
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER kept_by_the_ledger BEFORE INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION ledger_refuse_by_hand()"
        )
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_by_hand()"
        )
        for name in ("kept_by_the_ledger", "never_emptied"):
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
        op.execute(f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM erp_app")
    for table in ("ledger_company", "ledger_account"):
        op.execute(
            f"CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER never_removed")
        op.execute(f"REVOKE DELETE ON {table} FROM erp_app")


def _create_tables() -> None:
    op.create_table(
        "ledger_balance",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("debit", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("credit", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant",
            "company_id",
            "account_id",
            "currency",
            "period",
            "lane",
            name=op.f("pk_ledger_balance"),
        ),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_table(
        "ledger_company",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("base_currency", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_ledger_company")),
        sa.UniqueConstraint("tenant", "code", name=op.f("uq_ledger_company_tenant_code")),
    )
    op.create_index(
        "ix_ledger_company_default",
        "ledger_company",
        ["tenant"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("journal", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("source_type", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_xact", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "journal IN ('sales', 'cash', 'stock', 'general')", name=op.f("ck_ledger_entry_journal")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint(
            "source_id",
            "source_type",
            "tenant",
            name=op.f("uq_ledger_entry_source_id_source_type_tenant"),
        ),
    )
    op.create_index(
        "ix_ledger_entry_effective_on",
        "ledger_entry",
        ["company_id", "effective_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_ledger_entry_recorded_xact", "ledger_entry", ["recorded_xact"], unique=False
    )
    op.create_table(
        "ledger_entry_number",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "entry_id", name=op.f("pk_ledger_entry_number")),
        sa.UniqueConstraint(
            "company_id",
            "series",
            "number",
            "tenant",
            name=op.f("uq_ledger_entry_number_company_id_series_number_tenant"),
        ),
    )
    op.create_table(
        "ledger_line",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("debit", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("credit", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(debit = round(debit, currency_minor_units(currency))) IS TRUE AND (credit "
            "= round(credit, currency_minor_units(currency))) IS TRUE",
            name=op.f("ck_ledger_line_minor_units"),
        ),
        sa.CheckConstraint(
            "debit >= 0 AND credit >= 0 AND (debit = 0) <> (credit = 0)",
            name=op.f("ck_ledger_line_one_side"),
        ),
        sa.PrimaryKeyConstraint("tenant", "entry_id", "position", name=op.f("pk_ledger_line")),
    )
    op.create_index(
        "ix_ledger_line_effective_on",
        "ledger_line",
        ["company_id", "effective_on", "account_id"],
        unique=False,
    )
    op.create_table(
        "ledger_number_series",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant", "company_id", "series", name=op.f("pk_ledger_number_series")
        ),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "ledger_account",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("control", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('asset', 'liability', 'equity', 'income', 'expense')",
            name=op.f("ck_ledger_account_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "company_id"],
            ["ledger_company.tenant", "ledger_company.id"],
            name=op.f("fk_ledger_account_tenant_company_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_ledger_account")),
        sa.UniqueConstraint(
            "tenant", "company_id", "code", name=op.f("uq_ledger_account_tenant_company_id_code")
        ),
        sa.UniqueConstraint(
            "tenant", "company_id", "id", name=op.f("uq_ledger_account_tenant_company_id_id")
        ),
        sa.UniqueConstraint(
            "tenant", "company_id", "role", name=op.f("uq_ledger_account_tenant_company_id_role")
        ),
    )

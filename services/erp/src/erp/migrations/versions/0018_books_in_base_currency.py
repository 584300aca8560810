"""Amounts in the company's own currency, locked days, dimensions, and when what was known.

A line in another currency than its company's carries its amount in the company's beside it; a
line in the company's currency *is* that amount, so its columns stay empty. Kept balances say in
which month an entry was recorded, so that a past state of knowledge costs balances, not lines.
Posting holds a shared lock of its company until commit: whoever closes a period, or asks what was
known, waits for what is under way and for nothing else. docs/architecture/ledger.md.
"""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import append_only, secure_table

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

PROBES_ONLY = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"
AS_OWNER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"

ONE_SIDE = """
    debit >= 0 AND credit >= 0 AND (debit = 0 OR credit = 0) AND CASE
        WHEN base_debit IS NULL THEN base_credit IS NULL AND debit + credit > 0
        ELSE coalesce(base_debit >= 0 AND base_credit >= 0 AND (base_debit = 0 OR base_credit = 0)
            AND (debit = 0 OR base_credit = 0) AND (credit = 0 OR base_debit = 0)
            AND debit + credit + base_debit + base_credit > 0, false) END
"""

FUNCTIONS = (
    """
    CREATE FUNCTION ledger_posting_key(of_company uuid) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
        SELECT hashtextextended('ledger_posting:' || of_company::text, 0)
    $$
    """,
    # The first day from `of_day` on that is open to somebody. Volatile, so that it sees a lock
    # that was put while it waited for the one who put it.
    """
    CREATE FUNCTION ledger_open_day(
        of_tenant text, of_company uuid, of_journal text, of_subject text, of_day date)
    RETURNS date LANGUAGE plpgsql VOLATILE AS $$
    DECLARE
        closed date;
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(ledger_posting_key(of_company));
        SELECT max(l.locked_until) INTO closed FROM ledger_lock l
        WHERE l.tenant = of_tenant AND l.company_id = of_company
          AND l.scope IN (of_journal, 'all', 'final') AND l.locked_until >= of_day
          AND NOT (l.scope = of_journal AND EXISTS (
              SELECT FROM ledger_lock_exception x
              WHERE x.tenant = l.tenant AND x.company_id = l.company_id AND x.scope = l.scope
                AND x.subject = of_subject AND x.open_from <= of_day
                AND x.revoked_at IS NULL AND x.expires_at > clock_timestamp()));
        RETURN coalesce(closed + 1, of_day);
    END $$
    """,
    f"""
    CREATE OR REPLACE FUNCTION ledger_stamp_entry() RETURNS trigger LANGUAGE plpgsql
    {AS_OWNER} AS $$
    DECLARE
        open_day date;
    BEGIN
        open_day := ledger_open_day(
            NEW.tenant, NEW.company_id, NEW.journal, NEW.recorded_by, NEW.effective_on);
        IF open_day <> NEW.effective_on THEN
            RAISE EXCEPTION 'the % journal is closed on %: the first open day is %',
                NEW.journal, NEW.effective_on, open_day
                USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME,
                      CONSTRAINT = 'ledger_period_is_open',
                      HINT = 'Post on an open day, or have the period opened.';
        END IF;
        NEW.recorded_at := clock_timestamp();
        NEW.recorded_xact := pg_current_xact_id()::text::bigint;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION ledger_keep_locks() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        -- What is being posted comes first; what comes after sees the lock.
        PERFORM pg_advisory_xact_lock(ledger_posting_key(coalesce(NEW.company_id, OLD.company_id)));
        IF TG_OP = 'DELETE' THEN
            IF OLD.scope = 'final' THEN
                RAISE EXCEPTION 'a final lock is never taken back'
                    USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ledger_lock_is_final';
            END IF;
            RETURN OLD;
        END IF;
        IF TG_OP = 'UPDATE' AND (
            (OLD.tenant, OLD.company_id, OLD.scope) <> (NEW.tenant, NEW.company_id, NEW.scope)
            OR OLD.scope = 'final' AND NEW.locked_until < OLD.locked_until) THEN
            RAISE EXCEPTION 'a final lock only moves forward'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ledger_lock_is_final';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION ledger_guard_exception() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.revoked_at IS NOT NULL
           OR (to_jsonb(NEW) - 'revoked_at') <> (to_jsonb(OLD) - 'revoked_at') THEN
            RAISE EXCEPTION 'an exception is revoked once and changes in nothing else'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    f"""
    CREATE OR REPLACE FUNCTION ledger_keep_lines() RETURNS trigger LANGUAGE plpgsql
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
        SELECT a.entry_id, a.position INTO offender
        FROM (SELECT DISTINCT tenant, company_id FROM added) AS d
        JOIN LATERAL (
            SELECT base_currency AS base, currency_minor_units(base_currency) AS places
            FROM ledger_company WHERE tenant = d.tenant AND id = d.company_id LIMIT 1) AS c ON true
        JOIN added a ON a.tenant = d.tenant AND a.company_id = d.company_id
        WHERE (a.currency = c.base) <> (a.base_debit IS NULL)
           OR a.base_debit <> round(a.base_debit, c.places)
           OR a.base_credit <> round(a.base_credit, c.places)
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'line % of journal entry %: a line in another currency than the '
                'company''s says its amount in that one, and no other line does',
                offender.position, offender.entry_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_line_is_kept';
        END IF;
        mine := ledger_take_lane();
        INSERT INTO ledger_balance AS b (
            tenant, company_id, account_id, currency, period, recorded_in, lane,
            debit, credit, base_debit, base_credit)
        SELECT a.tenant, a.company_id, a.account_id, a.currency,
               date_trunc('month', a.effective_on::timestamp)::date AS period, e.recorded_in, mine,
               sum(a.debit), sum(a.credit),
               sum(coalesce(a.base_debit, a.debit)), sum(coalesce(a.base_credit, a.credit))
        FROM (SELECT DISTINCT tenant, entry_id FROM added) AS d
        JOIN LATERAL (
            SELECT date_trunc('month', recorded_at AT TIME ZONE 'UTC')::date AS recorded_in
            FROM ledger_entry WHERE tenant = d.tenant AND id = d.entry_id LIMIT 1) AS e ON true
        JOIN added a ON a.tenant = d.tenant AND a.entry_id = d.entry_id
        GROUP BY a.tenant, a.company_id, a.account_id, a.currency, period, e.recorded_in
        ORDER BY a.tenant, a.company_id, a.account_id, a.currency, period, e.recorded_in
        ON CONFLICT (tenant, company_id, account_id, currency, period, recorded_in, lane)
        DO UPDATE SET debit = b.debit + excluded.debit, credit = b.credit + excluded.credit,
                      base_debit = b.base_debit + excluded.base_debit,
                      base_credit = b.base_credit + excluded.base_credit;
        RETURN NULL;
    END $$
    """,
    f"""
    CREATE OR REPLACE FUNCTION ledger_post_entries() RETURNS trigger LANGUAGE plpgsql
    {AS_OWNER} {PROBES_ONLY} AS $$
    DECLARE
        here CONSTANT bigint := pg_current_xact_id()::text::bigint;
        offender record;
    BEGIN
        PERFORM FROM ledger_entry_number n WHERE n.tenant = NEW.tenant AND n.entry_id = NEW.id;
        IF FOUND THEN
            RETURN NULL;
        END IF;
        SELECT e.id, s.lines, s.difference, s.base INTO offender
        FROM ledger_entry e
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(c.lines), 0) AS lines, max(abs(c.difference)) AS difference,
                   sum(c.base) AS base
            FROM (
                SELECT count(*) AS lines, sum(debit) - sum(credit) AS difference,
                       sum(coalesce(base_debit, debit)) - sum(coalesce(base_credit, credit)) AS base
                FROM ledger_line WHERE tenant = e.tenant AND entry_id = e.id
                GROUP BY currency) AS c
        ) AS s
        LEFT JOIN LATERAL (
            SELECT number FROM ledger_entry_number
            WHERE tenant = e.tenant AND entry_id = e.id LIMIT 1) AS n ON true
        WHERE e.recorded_xact = here AND n.number IS NULL
          AND (s.lines < 2 OR s.difference <> 0 OR s.base <> 0)
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'journal entry % has % line(s) and is off by % (% in base currency)',
                offender.id, offender.lines, coalesce(offender.difference, 0),
                coalesce(offender.base, 0)
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entry_is_posted',
                      HINT = 'An entry has two lines or more and sums to zero in each currency '
                             'and in the company''s.';
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
)


def upgrade() -> None:
    _create_tables()
    secure_table(
        op, "ledger_lock", "ledger_lock_exception", "ledger_dimension", "exchange_rates_rate"
    )
    append_only(op, "exchange_rates_rate")
    # What a company counts in is proved whole as well, whoever asks.
    for table in ("ledger_company", "ledger_lock", "ledger_lock_exception"):
        op.execute(
            f"CREATE POLICY ledger_is_proved_whole ON {table} TO CURRENT_USER "
            "USING (true) WITH CHECK (true)"
        )
    op.add_column(
        "ledger_company",
        sa.Column("fiscal_year_starts_in", sa.SmallInteger(), server_default="1", nullable=False),
    )
    op.execute(
        "ALTER TABLE ledger_company ADD CONSTRAINT ck_ledger_company_fiscal_year_starts_in "
        "CHECK (fiscal_year_starts_in BETWEEN 1 AND 12) NOT VALID"
    )
    op.add_column("ledger_entry", sa.Column("origin_on", sa.Date(), nullable=True))
    op.execute(
        "ALTER TABLE ledger_entry ADD CONSTRAINT ck_ledger_entry_origin_on "
        "CHECK (origin_on < effective_on) NOT VALID"
    )
    op.drop_constraint(op.f("ck_ledger_entry_journal"), "ledger_entry", type_="check")
    op.execute(
        "ALTER TABLE ledger_entry ADD CONSTRAINT ck_ledger_entry_journal CHECK "
        "(journal IN ('sales', 'purchases', 'cash', 'stock', 'general')) NOT VALID"
    )
    op.create_index("ix_ledger_entry_recorded_at", "ledger_entry", ["company_id", "recorded_at"])
    for column, kind in (
        ("base_debit", sa.Numeric(20, 4)),
        ("base_credit", sa.Numeric(20, 4)),
        ("cost_center", sa.Text()),
        ("project", sa.Text()),
        ("region", sa.Text()),
        ("customer_id", sa.Uuid()),
        ("item_id", sa.Uuid()),
    ):
        op.add_column("ledger_line", sa.Column(column, kind, nullable=True))
    op.drop_constraint(op.f("ck_ledger_line_one_side"), "ledger_line", type_="check")
    op.execute(
        f"ALTER TABLE ledger_line ADD CONSTRAINT ck_ledger_line_one_side CHECK ({ONE_SIDE}) "
        "NOT VALID"
    )
    # Nobody knew rates before: what was booked in another currency counts as nothing in the
    # company's until it is revalued.
    op.execute("ALTER TABLE ledger_line DISABLE TRIGGER append_only")
    op.execute(
        "UPDATE ledger_line l SET base_debit = 0, base_credit = 0 FROM ledger_company c "
        "WHERE c.tenant = l.tenant AND c.id = l.company_id AND l.currency <> c.base_currency"
    )
    op.execute("ALTER TABLE ledger_line ENABLE ALWAYS TRIGGER append_only")
    _keep_balances_anew()
    for function in FUNCTIONS:
        op.execute(function)
    for table, name, definition in (
        (
            "ledger_lock",
            "lock_waits_for_postings",
            "BEFORE INSERT OR UPDATE OR DELETE ON ledger_lock FOR EACH ROW "
            "EXECUTE FUNCTION ledger_keep_locks()",
        ),
        (
            "ledger_lock",
            "never_emptied",
            "BEFORE TRUNCATE ON ledger_lock FOR EACH STATEMENT "
            "EXECUTE FUNCTION ledger_refuse_by_hand()",
        ),
        (
            "ledger_lock_exception",
            "exception_is_kept",
            "BEFORE UPDATE ON ledger_lock_exception FOR EACH ROW "
            "EXECUTE FUNCTION ledger_guard_exception()",
        ),
        (
            "ledger_lock_exception",
            "never_removed",
            "BEFORE DELETE OR TRUNCATE ON ledger_lock_exception FOR EACH STATEMENT "
            "EXECUTE FUNCTION platform_refuse_change()",
        ),
    ):
        op.execute(f"CREATE TRIGGER {name} {definition}")
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def _keep_balances_anew() -> None:
    guards = ("kept_by_the_ledger", "never_emptied")
    for name in guards:
        op.execute(f"ALTER TABLE ledger_balance DISABLE TRIGGER {name}")
    op.execute("DELETE FROM ledger_balance")
    op.drop_constraint(op.f("pk_ledger_balance"), "ledger_balance", type_="primary")
    for name in ("base_debit", "base_credit"):
        op.add_column("ledger_balance", sa.Column(name, sa.Numeric(20, 4), nullable=False))
    op.add_column("ledger_balance", sa.Column("recorded_in", sa.Date(), nullable=False))
    op.create_primary_key(
        op.f("pk_ledger_balance"),
        "ledger_balance",
        ["tenant", "company_id", "account_id", "currency", "period", "recorded_in", "lane"],
    )
    op.execute(
        """
        INSERT INTO ledger_balance (
            tenant, company_id, account_id, currency, period, recorded_in, lane,
            debit, credit, base_debit, base_credit)
        SELECT l.tenant, l.company_id, l.account_id, l.currency,
               date_trunc('month', l.effective_on::timestamp)::date AS period,
               date_trunc('month', e.recorded_at AT TIME ZONE 'UTC')::date AS recorded_in, 0,
               sum(l.debit), sum(l.credit),
               sum(coalesce(l.base_debit, l.debit)), sum(coalesce(l.base_credit, l.credit))
        FROM ledger_line l JOIN ledger_entry e ON e.tenant = l.tenant AND e.id = l.entry_id
        GROUP BY l.tenant, l.company_id, l.account_id, l.currency, period, recorded_in
        """
    )
    for name in guards:
        op.execute(f"ALTER TABLE ledger_balance ENABLE ALWAYS TRIGGER {name}")


def _create_tables() -> None:
    company = sa.ForeignKeyConstraint
    op.create_table(
        "ledger_lock",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("locked_until", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "scope IN ('sales', 'purchases', 'cash', 'stock', 'general', 'all', 'final')",
            name=op.f("ck_ledger_lock_scope"),
        ),
        company(
            ["tenant", "company_id"],
            ["ledger_company.tenant", "ledger_company.id"],
            name=op.f("fk_ledger_lock_tenant_company_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "company_id", "scope", name=op.f("pk_ledger_lock")),
    )
    op.create_table(
        "ledger_lock_exception",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("open_from", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "scope IN ('sales', 'purchases', 'cash', 'stock', 'general')",
            name=op.f("ck_ledger_lock_exception_scope"),
        ),
        sa.CheckConstraint(
            "expires_at > granted_at AND expires_at <= granted_at + interval '31 days'",
            name=op.f("ck_ledger_lock_exception_expires_at"),
        ),
        sa.CheckConstraint(
            "granted_by <> subject", name=op.f("ck_ledger_lock_exception_granted_by")
        ),
        company(
            ["tenant", "company_id"],
            ["ledger_company.tenant", "ledger_company.id"],
            name=op.f("fk_ledger_lock_exception_tenant_company_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_ledger_lock_exception")),
    )
    op.create_index(
        "ix_ledger_lock_exception_company_id",
        "ledger_lock_exception",
        ["tenant", "company_id", "scope", "subject"],
    )
    op.create_table(
        "ledger_dimension",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('cost-center', 'project', 'region')", name=op.f("ck_ledger_dimension_kind")
        ),
        company(
            ["tenant", "company_id"],
            ["ledger_company.tenant", "ledger_company.id"],
            name=op.f("fk_ledger_dimension_tenant_company_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_ledger_dimension")),
        sa.UniqueConstraint(
            "tenant",
            "company_id",
            "kind",
            "code",
            name=op.f("uq_ledger_dimension_tenant_company_id_kind_code"),
        ),
    )
    op.create_table(
        "exchange_rates_rate",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("rate_on", sa.Date(), nullable=False),
        sa.Column("rate", sa.Numeric(24, 12), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("rate > 0 AND base <> quote", name=op.f("ck_exchange_rates_rate_rate")),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_exchange_rates_rate")),
    )
    op.create_index(
        "ix_exchange_rates_rate_rate_on",
        "exchange_rates_rate",
        ["tenant", "source", "base", "quote", "rate_on", "recorded_at"],
    )

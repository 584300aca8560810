"""Balances are kept by day; months that are over are summed up, so that old years cost nothing."""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import each_tenant, secure_table

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

AS_OWNER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
PROBES_ONLY = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"
KEPT = ("ledger_daily", "ledger_rolled")

FUNCTIONS = (
    # As before, by the day of the entry and of its recording. What falls into a month that is
    # summed up already goes there too.
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
        INSERT INTO ledger_daily AS b (
            tenant, company_id, effective_on, recorded_on, account_id, currency, lane,
            debit, credit, base_debit, base_credit)
        SELECT a.tenant, a.company_id, a.effective_on, e.recorded_on, a.account_id, a.currency,
               mine, sum(a.debit), sum(a.credit),
               sum(coalesce(a.base_debit, a.debit)), sum(coalesce(a.base_credit, a.credit))
        FROM added a
        JOIN LATERAL (
            SELECT (recorded_at AT TIME ZONE 'UTC')::date AS recorded_on
            FROM ledger_entry WHERE tenant = a.tenant AND id = a.entry_id LIMIT 1) AS e ON true
        GROUP BY a.tenant, a.company_id, a.effective_on, e.recorded_on, a.account_id, a.currency
        ORDER BY a.tenant, a.company_id, a.effective_on, e.recorded_on, a.account_id, a.currency
        ON CONFLICT (tenant, company_id, effective_on, recorded_on, account_id, currency, lane)
        DO UPDATE SET debit = b.debit + excluded.debit, credit = b.credit + excluded.credit,
                      base_debit = b.base_debit + excluded.base_debit,
                      base_credit = b.base_credit + excluded.base_credit;
        PERFORM FROM added a
        JOIN ledger_rolled r ON r.tenant = a.tenant AND r.company_id = a.company_id
                            AND a.effective_on < r.rolled_before
        LIMIT 1;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
        INSERT INTO ledger_balance AS b (
            tenant, company_id, account_id, currency, period, recorded_in, lane,
            debit, credit, base_debit, base_credit)
        SELECT a.tenant, a.company_id, a.account_id, a.currency,
               date_trunc('month', a.effective_on::timestamp)::date AS period, e.recorded_in, mine,
               sum(a.debit), sum(a.credit),
               sum(coalesce(a.base_debit, a.debit)), sum(coalesce(a.base_credit, a.credit))
        FROM added a
        JOIN LATERAL (
            SELECT rolled_before FROM ledger_rolled
            WHERE tenant = a.tenant AND company_id = a.company_id LIMIT 1) AS r
          ON a.effective_on < r.rolled_before
        JOIN LATERAL (
            SELECT date_trunc('month', recorded_at AT TIME ZONE 'UTC')::date AS recorded_in
            FROM ledger_entry WHERE tenant = a.tenant AND id = a.entry_id LIMIT 1) AS e ON true
        GROUP BY a.tenant, a.company_id, a.account_id, a.currency, period, e.recorded_in
        ORDER BY a.tenant, a.company_id, a.account_id, a.currency, period, e.recorded_in
        ON CONFLICT (tenant, company_id, account_id, currency, period, recorded_in, lane)
        DO UPDATE SET debit = b.debit + excluded.debit, credit = b.credit + excluded.credit,
                      base_debit = b.base_debit + excluded.base_debit,
                      base_credit = b.base_credit + excluded.base_credit;
        RETURN NULL;
    END $$
    """,
    # Whoever posts holds the lock shared until commit, and takes it before it keeps balances: its
    # days are written before this reads them, or it finds the month summed up.
    f"""
    CREATE FUNCTION ledger_roll() RETURNS trigger LANGUAGE plpgsql {AS_OWNER} AS $$
    DECLARE
        since date := '0001-01-01';
    BEGIN
        PERFORM pg_advisory_xact_lock(ledger_posting_key(NEW.company_id));
        IF TG_OP = 'UPDATE' THEN
            since := OLD.rolled_before;
            IF (OLD.tenant, OLD.company_id) <> (NEW.tenant, NEW.company_id) THEN
                RAISE EXCEPTION 'months are summed up of one company'
                    USING ERRCODE = 'restrict_violation';
            END IF;
        END IF;
        IF NEW.rolled_before <= since
           OR NEW.rolled_before <> date_trunc('month', NEW.rolled_before::timestamp)::date THEN
            RAISE EXCEPTION 'months are summed up whole, and each once'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'months_are_rolled';
        END IF;
        INSERT INTO ledger_balance (
            tenant, company_id, account_id, currency, period, recorded_in, lane,
            debit, credit, base_debit, base_credit)
        SELECT tenant, company_id, account_id, currency,
               date_trunc('month', effective_on::timestamp)::date,
               date_trunc('month', recorded_on::timestamp)::date, 0,
               sum(debit), sum(credit), sum(base_debit), sum(base_credit)
        FROM ledger_daily
        WHERE tenant = NEW.tenant AND company_id = NEW.company_id
          AND effective_on >= since AND effective_on < NEW.rolled_before
        GROUP BY 1, 2, 3, 4, 5, 6;
        RETURN NULL;
    END $$
    """,
)
# Whether an account has entries is asked where all of them are.
LOOKING = """
    DO $do$
    DECLARE
        looking text;
    BEGIN
        FOREACH looking IN ARRAY ARRAY['ledger_keep_accounts', 'ledger_keep_control'] LOOP
            EXECUTE replace(pg_get_functiondef(looking::regproc),
                            'FROM ledger_balance b', 'FROM ledger_daily b');
        END LOOP;
    END $do$
"""
BY_DAY = """
    INSERT INTO ledger_daily (
        tenant, company_id, effective_on, recorded_on, account_id, currency, lane,
        debit, credit, base_debit, base_credit)
    SELECT l.tenant, l.company_id, l.effective_on, (e.recorded_at AT TIME ZONE 'UTC')::date,
           l.account_id, l.currency, 0, sum(l.debit), sum(l.credit),
           sum(coalesce(l.base_debit, l.debit)), sum(coalesce(l.base_credit, l.credit))
    FROM ledger_line l JOIN ledger_entry e ON e.tenant = l.tenant AND e.id = l.entry_id
    WHERE l.tenant = current_setting('app.tenant')
    GROUP BY 1, 2, 3, 4, 5, 6
"""


def upgrade() -> None:
    op.create_table(
        "ledger_daily",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("debit", sa.Numeric(20, 4), nullable=False),
        sa.Column("credit", sa.Numeric(20, 4), nullable=False),
        sa.Column("base_debit", sa.Numeric(20, 4), nullable=False),
        sa.Column("base_credit", sa.Numeric(20, 4), nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant",
            "company_id",
            "effective_on",
            "recorded_on",
            "account_id",
            "currency",
            "lane",
            name=op.f("pk_ledger_daily"),
        ),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index(
        "ix_ledger_daily_recorded_on", "ledger_daily", ["tenant", "company_id", "recorded_on"]
    )
    op.create_index(
        "ix_ledger_daily_account_id", "ledger_daily", ["tenant", "company_id", "account_id"]
    )
    op.create_table(
        "ledger_rolled",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("rolled_before", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "company_id", name=op.f("pk_ledger_rolled")),
        sa.ForeignKeyConstraint(
            ["tenant", "company_id"],
            ["ledger_company.tenant", "ledger_company.id"],
            name=op.f("fk_ledger_rolled_tenant_company_id"),
        ),
    )
    secure_table(op, *KEPT)
    for table in KEPT:
        op.execute(
            f"CREATE POLICY ledger_is_proved_whole ON {table} TO CURRENT_USER "
            "USING (true) WITH CHECK (true)"
        )
    guards = ("kept_by_the_ledger", "never_emptied")
    for name in guards:
        op.execute(f"ALTER TABLE ledger_balance DISABLE TRIGGER {name}")
    for _ in each_tenant(op):
        op.execute(BY_DAY)
        # The months are summed up anew by the job, each when it is over.
        op.execute("DELETE FROM ledger_balance")
    for name in guards:
        op.execute(f"ALTER TABLE ledger_balance ENABLE ALWAYS TRIGGER {name}")
    for function in FUNCTIONS:
        op.execute(function)
    op.execute(LOOKING)
    op.execute(
        "CREATE TRIGGER kept_by_the_ledger BEFORE INSERT OR UPDATE OR DELETE ON ledger_daily "
        "FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION ledger_refuse_by_hand()"
    )
    op.execute(
        "CREATE TRIGGER months_are_rolled AFTER INSERT OR UPDATE ON ledger_rolled "
        "FOR EACH ROW EXECUTE FUNCTION ledger_roll()"
    )
    op.execute("ALTER TABLE ledger_daily ENABLE ALWAYS TRIGGER kept_by_the_ledger")
    op.execute("ALTER TABLE ledger_rolled ENABLE ALWAYS TRIGGER months_are_rolled")
    op.execute("REVOKE INSERT, UPDATE, DELETE ON ledger_daily FROM erp_app")
    op.execute("REVOKE DELETE ON ledger_rolled FROM erp_app")
    op.execute(
        "CREATE TRIGGER never_emptied BEFORE TRUNCATE ON ledger_daily "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_by_hand()"
    )
    op.execute("ALTER TABLE ledger_daily ENABLE ALWAYS TRIGGER never_emptied")
    op.execute(
        "CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON ledger_rolled "
        "FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change()"
    )
    op.execute("ALTER TABLE ledger_rolled ENABLE ALWAYS TRIGGER never_removed")

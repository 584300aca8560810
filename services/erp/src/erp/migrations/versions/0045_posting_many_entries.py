"""Posting many entries costs less: what is the same for all of them is asked once.

The books keep what they kept. The open day is asked for each company, journal, person and day of
a statement instead of each entry; the month of recording is looked up by line, where it was
compared with every line; and the trigger that finds an entry numbered already does no more.
"""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

# As in 0002: plans that do not depend on statistics.
PROBES_ONLY = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"
AS_OWNER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"

FUNCTIONS = (
    # `ledger_open_day` for the owner: one function for two roles would be planned anew at each
    # change of them, since a plan under row-level security belongs to a role.
    f"""
    CREATE FUNCTION ledger_open_day_proved(
        of_tenant text, of_company uuid, of_journal text, of_subject text, of_day date)
    RETURNS date LANGUAGE plpgsql VOLATILE {AS_OWNER} AS $$
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
    # It answers for any tenant.
    "REVOKE ALL ON FUNCTION ledger_open_day_proved(text, uuid, text, text, date) FROM PUBLIC",
    # After the statement, whose entries hold the posting lock since they were stamped: a lock
    # that was put before is seen, and one that comes waits for the commit.
    f"""
    CREATE FUNCTION ledger_keep_days() RETURNS trigger LANGUAGE plpgsql {AS_OWNER} AS $$
    DECLARE
        offender record;
    BEGIN
        SELECT a.journal, a.effective_on, a.open_day INTO offender
        FROM (
            SELECT d.*, ledger_open_day_proved(
                d.tenant, d.company_id, d.journal, d.recorded_by, d.effective_on) AS open_day
            FROM (
                SELECT DISTINCT tenant, company_id, journal, recorded_by, effective_on FROM added
            ) AS d
        ) AS a
        WHERE a.open_day <> a.effective_on
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'the % journal is closed on %: the first open day is %',
                offender.journal, offender.effective_on, offender.open_day
                USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME,
                      CONSTRAINT = 'ledger_period_is_open',
                      HINT = 'Post on an open day, or have the period opened.';
        END IF;
        RETURN NULL;
    END $$
    """,
    # The instant is taken under the lock: see ledger.queries.balances, `_NOTHING_UNDER_WAY`.
    f"""
    CREATE OR REPLACE FUNCTION ledger_stamp_entry() RETURNS trigger LANGUAGE plpgsql
    {AS_OWNER} AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(ledger_posting_key(NEW.company_id));
        NEW.recorded_at := clock_timestamp();
        NEW.recorded_xact := pg_current_xact_id()::text::bigint;
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
        FROM added a
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
    # Checks and numbers whatever the transaction has written and not numbered yet.
    f"""
    CREATE FUNCTION ledger_number_entries(here bigint) RETURNS void LANGUAGE plpgsql
    {AS_OWNER} {PROBES_ONLY} AS $$
    DECLARE
        offender record;
    BEGIN
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
    END $$
    """,
    "REVOKE ALL ON FUNCTION ledger_number_entries(bigint) FROM PUBLIC",
    # Fires for every entry at commit; all but the first find that the work is done.
    f"""
    CREATE OR REPLACE FUNCTION ledger_post_entries() RETURNS trigger LANGUAGE plpgsql
    {AS_OWNER} SET enable_seqscan = off AS $$
    BEGIN
        PERFORM FROM ledger_entry_number n WHERE n.tenant = NEW.tenant AND n.entry_id = NEW.id;
        IF FOUND THEN
            RETURN NULL;
        END IF;
        PERFORM ledger_number_entries(pg_current_xact_id()::text::bigint);
        RETURN NULL;
    END $$
    """,
)


def upgrade() -> None:
    for function in FUNCTIONS:
        op.execute(function)
    op.execute(
        "CREATE TRIGGER ledger_day_is_open AFTER INSERT ON ledger_entry "
        "REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_keep_days()"
    )
    op.execute("ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER ledger_day_is_open")

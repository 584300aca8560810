"""The database keeps companies, control accounts, released credit and approved templates."""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

AS_OWNER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
FUNCTIONS = (
    """
    CREATE FUNCTION ledger_guard_company() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'company % keeps its code, country, base currency and fiscal year', OLD.code
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'company_is_kept';
    END $$
    """,
    # Asked under the lock that postings hold: none is under way while a control role moves.
    f"""
    CREATE FUNCTION ledger_keep_control() RETURNS trigger LANGUAGE plpgsql {AS_OWNER} AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(ledger_posting_key(NEW.company_id));
        PERFORM FROM ledger_balance b
        WHERE b.tenant = NEW.tenant AND b.company_id = NEW.company_id AND b.account_id = NEW.id
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'account % has entries: it neither gets nor loses a control role',
                OLD.code USING ERRCODE = 'restrict_violation', CONSTRAINT = 'control_is_kept';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION ledger_guard_template() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (NEW.id, NEW.company_id, NEW.name, NEW.reference, NEW.lines, NEW.first_on,
            NEW.every_months, NEW.ends_on, NEW.entered_by, NEW.created_at)
           IS DISTINCT FROM
           (OLD.id, OLD.company_id, OLD.name, OLD.reference, OLD.lines, OLD.first_on,
            OLD.every_months, OLD.ends_on, OLD.entered_by, OLD.created_at)
           OR OLD.approved_by IS NOT NULL AND NEW.approved_by IS DISTINCT FROM OLD.approved_by
        THEN
            RAISE EXCEPTION 'template % stays what was approved', OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION receivables_guard_release() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        kept CONSTANT text[] := '{ended_at,version,updated_at}';
    BEGIN
        IF OLD.ended_at IS NOT NULL OR (to_jsonb(NEW) - kept) <> (to_jsonb(OLD) - kept) THEN
            RAISE EXCEPTION 'release % only ends, and once', OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
)
TRIGGERS = (
    (
        "ledger_company",
        "company_is_kept",
        "BEFORE UPDATE ON ledger_company FOR EACH ROW WHEN "
        "((OLD.id, OLD.code, OLD.country, OLD.base_currency, OLD.fiscal_year_starts_in) "
        "IS DISTINCT FROM "
        "(NEW.id, NEW.code, NEW.country, NEW.base_currency, NEW.fiscal_year_starts_in)) "
        "EXECUTE FUNCTION ledger_guard_company()",
    ),
    (
        "ledger_account",
        "control_is_kept",
        "BEFORE UPDATE ON ledger_account FOR EACH ROW WHEN "
        "(OLD.control <> NEW.control OR NEW.control AND OLD.role IS DISTINCT FROM NEW.role) "
        "EXECUTE FUNCTION ledger_keep_control()",
    ),
    (
        "receivables_release",
        "release_is_kept",
        "BEFORE UPDATE ON receivables_release FOR EACH ROW "
        "EXECUTE FUNCTION receivables_guard_release()",
    ),
    (
        "receivables_release",
        "never_removed",
        "BEFORE DELETE OR TRUNCATE ON receivables_release FOR EACH STATEMENT "
        "EXECUTE FUNCTION platform_refuse_change()",
    ),
)


def upgrade() -> None:
    for function in FUNCTIONS:
        op.execute(function)
    for table, name, definition in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} {definition}")
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")

"""Payment runs: made, approved over the hash of their file by somebody else, released."""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import append_only, secure_table

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

AS_OWNER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
MOVES = (
    "'{status,series,serial,number,approved_by,approved_at,released_by,released_at,version,"
    "updated_at}'::text[]"
)
FUNCTIONS = (
    f"""
    CREATE FUNCTION payment_runs_guard_run() RETURNS trigger LANGUAGE plpgsql {AS_OWNER} AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.status <> 'proposed' OR NEW.approved_by IS NOT NULL THEN
                RAISE EXCEPTION 'a run begins as a proposal' USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END IF;
        IF (to_jsonb(NEW) - {MOVES}) <> (to_jsonb(OLD) - {MOVES})
           OR OLD.status IN ('released', 'cancelled')
           OR (OLD.status, NEW.status) NOT IN (
                  ('proposed', 'approved'), ('proposed', 'cancelled'),
                  ('approved', 'cancelled'), ('approved', 'released'))
           OR (NEW.approved_by, NEW.approved_at) IS DISTINCT FROM (OLD.approved_by, OLD.approved_at)
              AND (OLD.status, NEW.status) <> ('proposed', 'approved') THEN
            RAISE EXCEPTION 'a run is proposed, approved, released, and altered in nothing else'
                USING ERRCODE = 'restrict_violation';
        END IF;
        IF NEW.status = 'released' THEN
            NEW.serial := ledger_take_number(NEW.tenant, NEW.company_id, NEW.series);
            NEW.number := NEW.series || '-'
                || lpad(NEW.serial::text, greatest(6, length(NEW.serial::text)), '0');
        END IF;
        RETURN NEW;
    END $$
    """,
    # A line leaves the flight when its run is finished, and changes in nothing else.
    """
    CREATE FUNCTION payment_runs_guard_line() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (to_jsonb(NEW) - 'in_flight') <> (to_jsonb(OLD) - 'in_flight')
           OR NEW.in_flight AND NOT OLD.in_flight
           OR (SELECT status FROM payment_runs_run r
                WHERE r.tenant = NEW.tenant AND r.id = NEW.run_id)
              NOT IN ('released', 'cancelled') THEN
            RAISE EXCEPTION 'an item stays in its run until that is finished'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    # At commit: lines sum to their payment, payments to their run.
    """
    CREATE FUNCTION payment_runs_prove() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        of_run uuid := (to_jsonb(NEW) ->> CASE TG_TABLE_NAME WHEN 'payment_runs_run' THEN 'id'
                                                            ELSE 'run_id' END)::uuid;
    BEGIN
        IF (SELECT (amount, discount) FROM payment_runs_run
             WHERE tenant = NEW.tenant AND id = of_run)
           IS DISTINCT FROM (SELECT (sum(amount), sum(discount)) FROM payment_runs_payment
                              WHERE tenant = NEW.tenant AND run_id = of_run)
           OR EXISTS (
               SELECT FROM payment_runs_payment p
               WHERE p.tenant = NEW.tenant AND p.run_id = of_run
                 AND (p.amount, p.discount) IS DISTINCT FROM (
                     SELECT (sum(CASE WHEN l.document_kind = 'bill'
                                      THEN l.open_amount - l.discount ELSE -l.open_amount END),
                             sum(l.discount))
                     FROM payment_runs_line l
                     WHERE l.tenant = p.tenant AND l.payment_id = p.id)) THEN
            RAISE EXCEPTION 'the lines of run % do not sum to it', of_run
                USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_runs_tie';
        END IF;
        RETURN NULL;
    END $$
    """,
)


def upgrade() -> None:
    _create_tables()
    secure_table(op, "payment_runs_run", "payment_runs_payment", "payment_runs_line")
    append_only(op, "payment_runs_payment")
    for function in FUNCTIONS:
        op.execute(function)
    for table, name, event, function in (
        ("payment_runs_run", "run_is_guarded", "BEFORE INSERT OR UPDATE", "payment_runs_guard_run"),
        ("payment_runs_line", "line_is_guarded", "BEFORE UPDATE", "payment_runs_guard_line"),
    ):
        op.execute(
            f"CREATE TRIGGER {name} {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    for table in ("payment_runs_run", "payment_runs_payment", "payment_runs_line"):
        op.execute(
            f"CREATE CONSTRAINT TRIGGER run_is_proved AFTER INSERT ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment_runs_prove()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER run_is_proved")
    for table in ("payment_runs_run", "payment_runs_line"):
        op.execute(
            f"CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER never_removed")
        op.execute(f"REVOKE DELETE ON {table} FROM erp_app")


def _create_tables() -> None:
    instant, amount = sa.TIMESTAMP(timezone=True), sa.Numeric(precision=20, scale=4)
    op.create_table(
        "payment_runs_run",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("bank_account_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=True),
        sa.Column("serial", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("pay_on", sa.Date(), nullable=False),
        sa.Column("next_pay_on", sa.Date(), nullable=False),
        sa.Column("amount", amount, nullable=False),
        sa.Column("discount", amount, nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", instant, nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", instant, nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("released_at", instant, nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("updated_at", instant, nullable=False),
        sa.CheckConstraint(
            "status IN ('proposed', 'approved', 'released', 'cancelled')",
            name=op.f("ck_payment_runs_run_status"),
        ),
        sa.CheckConstraint("amount > 0 AND discount >= 0", name=op.f("ck_payment_runs_run_amount")),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_payment_runs_run_sha256")),
        sa.CheckConstraint(
            "sha256 = encode(sha256(file), 'hex')", name=op.f("ck_payment_runs_run_file")
        ),
        sa.CheckConstraint("approved_by <> made_by", name=op.f("ck_payment_runs_run_four_eyes")),
        sa.CheckConstraint(
            "(approved_by IS NULL) = (approved_at IS NULL)"
            " AND (status NOT IN ('approved', 'released') OR approved_by IS NOT NULL)",
            name=op.f("ck_payment_runs_run_approved"),
        ),
        sa.CheckConstraint(
            "(status = 'released') = (serial IS NOT NULL) AND (serial IS NULL) = (number IS NULL)"
            " AND (serial IS NULL) = (series IS NULL) AND (serial IS NULL) = (released_by IS NULL)"
            " AND (serial IS NULL) = (released_at IS NULL)",
            name=op.f("ck_payment_runs_run_released"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "bank_account_id"],
            ["payment_runs_bank_account.tenant", "payment_runs_bank_account.id"],
            name=op.f("fk_payment_runs_run_tenant_bank_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_payment_runs_run")),
        sa.UniqueConstraint(
            "tenant",
            "company_id",
            "series",
            "serial",
            name=op.f("uq_payment_runs_run_tenant_company_id_series_serial"),
        ),
    )
    op.create_index(
        "ix_payment_runs_run_company_id", "payment_runs_run", ["tenant", "company_id", "made_at"]
    )
    op.create_table(
        "payment_runs_payment",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_name", sa.Text(), nullable=False),
        sa.Column("iban", sa.Text(), nullable=False),
        sa.Column("bic", sa.Text(), nullable=True),
        sa.Column("amount", amount, nullable=False),
        sa.Column("discount", amount, nullable=False),
        sa.Column("end_to_end_id", sa.Text(), nullable=False),
        sa.Column("remittance", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "amount > 0 AND discount >= 0", name=op.f("ck_payment_runs_payment_amount")
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "run_id"],
            ["payment_runs_run.tenant", "payment_runs_run.id"],
            name=op.f("fk_payment_runs_payment_tenant_run_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_payment_runs_payment")),
        sa.UniqueConstraint(
            "tenant",
            "run_id",
            "supplier_id",
            name=op.f("uq_payment_runs_payment_tenant_run_id_supplier_id"),
        ),
    )
    op.create_table(
        "payment_runs_line",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("document_kind", sa.Text(), nullable=False),
        sa.Column("supplier_reference", sa.Text(), nullable=True),
        sa.Column("open_amount", amount, nullable=False),
        sa.Column("discount", amount, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("in_flight", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "payment_id"],
            ["payment_runs_payment.tenant", "payment_runs_payment.id"],
            name=op.f("fk_payment_runs_line_tenant_payment_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "run_id", "item_id", name=op.f("pk_payment_runs_line")),
    )
    op.create_index(
        "uq_payment_runs_line_in_flight",
        "payment_runs_line",
        ["tenant", "item_id"],
        unique=True,
        postgresql_where=sa.text("in_flight"),
    )
    op.create_index(
        "ix_payment_runs_line_payment_id", "payment_runs_line", ["tenant", "payment_id"]
    )

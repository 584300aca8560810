"""Leads: who may become a customer, and what they became."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import append_only, secure_table

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

Instant = postgresql.TIMESTAMP(timezone=True)
GUARD = """
    CREATE FUNCTION leads_guard_lead() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.status <> 'new' THEN
                RAISE EXCEPTION 'a lead begins as new' USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END IF;
        IF OLD.status = 'converted' OR OLD.status = 'disqualified' AND NEW.status = 'converted'
           OR OLD.id <> NEW.id THEN
            RAISE EXCEPTION 'lead % is %: it does not change so', OLD.id, OLD.status
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'leads_lead_is_kept';
        END IF;
        RETURN NEW;
    END $$
"""
TARGETS = (
    ("customer_id", "customers_customer"),
    ("person_id", "people_person"),
    ("opportunity_id", "opportunities_opportunity"),
)


def upgrade() -> None:
    op.create_table(
        "leads_lead",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("company_name", sa.Text(), nullable=True),
        sa.Column("job_title", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("interest", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("disqualification", sa.Text(), nullable=True),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.UUID(), nullable=True),
        sa.Column("person_id", sa.UUID(), nullable=True),
        sa.Column("opportunity_id", sa.UUID(), nullable=True),
        sa.Column("converted_at", Instant, nullable=True),
        sa.Column("converted_by", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_leads_lead")),
        *(
            sa.ForeignKeyConstraint(
                ["tenant", column],
                [f"{table}.tenant", f"{table}.id"],
                name=op.f(f"fk_leads_lead_tenant_{column}"),
            )
            for column, table in TARGETS
        ),
        sa.CheckConstraint(
            "name IS NOT NULL OR company_name IS NOT NULL", name=op.f("ck_leads_lead_somebody")
        ),
        sa.CheckConstraint(
            "status IN ('new', 'working', 'qualified', 'converted', 'disqualified')",
            name=op.f("ck_leads_lead_status"),
        ),
        sa.CheckConstraint(
            "(status = 'converted') = (converted_at IS NOT NULL)"
            " AND (status = 'converted') = (customer_id IS NOT NULL)"
            " AND (converted_at IS NULL) = (converted_by IS NULL)"
            " AND (status = 'converted' OR person_id IS NULL AND opportunity_id IS NULL)",
            name=op.f("ck_leads_lead_converted"),
        ),
        sa.CheckConstraint(
            "(status = 'disqualified') = (disqualification IS NOT NULL)",
            name=op.f("ck_leads_lead_disqualified"),
        ),
        sa.CheckConstraint(
            "disqualification IN ('no-interest', 'no-budget', 'no-fit', 'unreachable',"
            " 'duplicate', 'other')",
            name=op.f("ck_leads_lead_disqualification"),
        ),
    )
    op.create_table(
        "leads_step",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("lead_id", sa.UUID(), nullable=False),
        sa.Column("previous_status", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("disqualification", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_leads_step")),
        sa.ForeignKeyConstraint(
            ["tenant", "lead_id"],
            ["leads_lead.tenant", "leads_lead.id"],
            name=op.f("fk_leads_step_tenant_lead_id"),
        ),
    )
    for name, columns in (
        ("created", ["created_at", "id"]),
        ("updated", ["updated_at", "id"]),
        ("status", ["status", "created_at", "id"]),
        ("owner", ["owner", "created_at", "id"]),
        ("email", ["email"]),
        ("phone", ["phone"]),
    ):
        op.create_index(f"ix_leads_lead_{name}", "leads_lead", ["tenant", *columns])
    for name in ("customer", "opportunity"):
        op.create_index(
            f"ix_leads_lead_{name}",
            "leads_lead",
            ["tenant", f"{name}_id"],
            postgresql_where=sa.text(f"{name}_id IS NOT NULL"),
        )
    op.create_index(
        "uq_leads_lead_external_reference",
        "leads_lead",
        ["tenant", "external_reference"],
        unique=True,
        postgresql_where=sa.text("external_reference IS NOT NULL"),
    )
    op.create_index("ix_leads_step_lead", "leads_step", ["tenant", "lead_id", "id"])
    secure_table(op, "leads_lead", "leads_step")
    append_only(op, "leads_step")
    op.execute(GUARD)
    op.execute(
        "CREATE TRIGGER lead_is_kept BEFORE INSERT OR UPDATE ON leads_lead "
        "FOR EACH ROW EXECUTE FUNCTION leads_guard_lead()"
    )
    op.execute("ALTER TABLE leads_lead ENABLE ALWAYS TRIGGER lead_is_kept")
    op.execute(
        "CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON leads_lead "
        "FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change()"
    )
    op.execute("ALTER TABLE leads_lead ENABLE ALWAYS TRIGGER never_removed")

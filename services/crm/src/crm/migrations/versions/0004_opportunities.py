"""Opportunities, the pipeline and its history."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import append_only, secure_table

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "opportunities_stage",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "next_stages", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.CheckConstraint(
            "kind IN ('open', 'won', 'lost')", name=op.f("ck_opportunities_stage_kind")
        ),
        sa.PrimaryKeyConstraint("tenant", "code", name=op.f("pk_opportunities_stage")),
    )
    op.create_table(
        "opportunities_opportunity",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("stage_kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("expected_close_on", sa.Date(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("closed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("won_quote_id", sa.UUID(), nullable=True),
        sa.Column("lost_reason", sa.Text(), nullable=True),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (stage_kind = 'open')",
            name=op.f("ck_opportunities_opportunity_closed_when_decided"),
        ),
        sa.CheckConstraint(
            "stage_kind IN ('open', 'won', 'lost')",
            name=op.f("ck_opportunities_opportunity_stage_kind"),
        ),
        sa.CheckConstraint(
            "(amount IS NULL) = (currency IS NULL)",
            name=op.f("ck_opportunities_opportunity_amount_has_currency"),
        ),
        sa.CheckConstraint(
            "amount IS NULL OR (amount = round(amount, currency_minor_units(currency))) IS TRUE",
            name=op.f("ck_opportunities_opportunity_amount_minor_units"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "customer_id"],
            ["customers_customer.tenant", "customers_customer.id"],
            name=op.f("fk_opportunities_opportunity_tenant_customer_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_opportunities_opportunity")),
    )
    op.create_index(
        "ix_opportunities_opportunity_close",
        "opportunities_opportunity",
        ["tenant", "expected_close_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_opportunities_opportunity_created",
        "opportunities_opportunity",
        ["tenant", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_opportunities_opportunity_customer",
        "opportunities_opportunity",
        ["tenant", "customer_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_opportunities_opportunity_kind",
        "opportunities_opportunity",
        ["tenant", "stage_kind", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_opportunities_opportunity_name",
        "opportunities_opportunity",
        ["tenant", "name", "id"],
        unique=False,
    )
    op.create_index(
        "ix_opportunities_opportunity_owner",
        "opportunities_opportunity",
        ["tenant", "owner", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("owner IS NOT NULL"),
    )
    op.create_index(
        "ix_opportunities_opportunity_stage",
        "opportunities_opportunity",
        ["tenant", "stage", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_opportunities_opportunity_updated",
        "opportunities_opportunity",
        ["tenant", "updated_at", "id"],
        unique=False,
    )
    op.create_index(
        "uq_opportunities_opportunity_external_reference",
        "opportunities_opportunity",
        ["tenant", "external_reference"],
        unique=True,
        postgresql_where=sa.text("external_reference IS NOT NULL"),
    )
    op.create_table(
        "opportunities_stage_change",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("opportunity_id", sa.UUID(), nullable=False),
        sa.Column("previous_stage", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("stage_kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("source_event_id", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant", "opportunity_id"],
            ["opportunities_opportunity.tenant", "opportunities_opportunity.id"],
            name=op.f("fk_opportunities_stage_change_tenant_opportunity_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_opportunities_stage_change")),
    )
    op.create_index(
        "ix_opportunities_stage_change_opportunity",
        "opportunities_stage_change",
        ["tenant", "opportunity_id", "id"],
        unique=False,
    )
    secure_table(
        op, "opportunities_stage", "opportunities_opportunity", "opportunities_stage_change"
    )
    append_only(op, "opportunities_stage_change")

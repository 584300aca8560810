"""Interactions, and the foreign facts that are woven into the timeline."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import append_only, secure_table

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # One sequence for both tables: a place on a timeline names one entry.
    op.execute("CREATE SEQUENCE interactions_place CACHE 1")
    op.execute("GRANT USAGE ON SEQUENCE interactions_place TO crm_app")
    op.create_table(
        "interactions_foreign_fact",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("occurred_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("document_id", sa.UUID(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=24, scale=10), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("source_event_id", sa.UUID(), nullable=False),
        sa.Column("source_event_type", sa.Text(), nullable=False),
        sa.Column("source_sequence", sa.BigInteger(), nullable=False),
        sa.Column("as_of", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "written_in",
            sa.BigInteger(),
            server_default=sa.text("(pg_current_xact_id()::text::bigint)"),
            nullable=False,
        ),
        sa.Column(
            "position",
            sa.BigInteger(),
            server_default=sa.text("nextval('interactions_place')"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_interactions_foreign_fact")),
    )
    op.create_index(
        "ix_interactions_foreign_fact_stream",
        "interactions_foreign_fact",
        ["tenant", "customer_id", "written_in", "position"],
        unique=False,
    )
    op.create_index(
        "ix_interactions_foreign_fact_timeline",
        "interactions_foreign_fact",
        ["tenant", "customer_id", "occurred_at", "id"],
        unique=False,
    )
    op.create_table(
        "interactions_interaction",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("contact_id", sa.UUID(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("duration_minutes", sa.SmallInteger(), nullable=True),
        sa.Column("occurred_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("logged_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("logged_by", sa.Text(), nullable=False),
        sa.Column("corrects", sa.UUID(), nullable=True),
        sa.Column("correction_reason", sa.Text(), nullable=True),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.Column(
            "written_in",
            sa.BigInteger(),
            server_default=sa.text("(pg_current_xact_id()::text::bigint)"),
            nullable=False,
        ),
        sa.Column(
            "position",
            sa.BigInteger(),
            server_default=sa.text("nextval('interactions_place')"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "direction IN ('inbound', 'outbound')",
            name=op.f("ck_interactions_interaction_direction"),
        ),
        sa.CheckConstraint(
            "kind IN ('call', 'mail', 'meeting', 'note', 'visit')",
            name=op.f("ck_interactions_interaction_kind"),
        ),
        sa.CheckConstraint(
            "(corrects IS NULL) = (correction_reason IS NULL)",
            name=op.f("ck_interactions_interaction_correction_says_why"),
        ),
        sa.CheckConstraint(
            "duration_minutes >= 0", name=op.f("ck_interactions_interaction_duration")
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "customer_id", "contact_id"],
            ["customers_contact.tenant", "customers_contact.customer_id", "customers_contact.id"],
            name=op.f("fk_interactions_interaction_tenant_customer_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "customer_id", "corrects"],
            [
                "interactions_interaction.tenant",
                "interactions_interaction.customer_id",
                "interactions_interaction.id",
            ],
            name=op.f("fk_interactions_interaction_tenant_customer_id_corrects"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "customer_id"],
            ["customers_customer.tenant", "customers_customer.id"],
            name=op.f("fk_interactions_interaction_tenant_customer_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_interactions_interaction")),
        sa.UniqueConstraint(
            "tenant", "customer_id", "id", name="uq_interactions_interaction_customer"
        ),
    )
    op.create_index(
        "ix_interactions_interaction_stream",
        "interactions_interaction",
        ["tenant", "customer_id", "written_in", "position"],
        unique=False,
    )
    op.create_index(
        "ix_interactions_interaction_timeline",
        "interactions_interaction",
        ["tenant", "customer_id", "occurred_at", "id"],
        unique=False,
    )
    op.create_index(
        "uq_interactions_interaction_corrects",
        "interactions_interaction",
        ["tenant", "corrects"],
        unique=True,
        postgresql_where=sa.text("corrects IS NOT NULL"),
    )
    op.create_index(
        "uq_interactions_interaction_external_reference",
        "interactions_interaction",
        ["tenant", "external_reference"],
        unique=True,
        postgresql_where=sa.text("external_reference IS NOT NULL"),
    )
    secure_table(op, "interactions_foreign_fact", "interactions_interaction")
    append_only(op, "interactions_interaction")

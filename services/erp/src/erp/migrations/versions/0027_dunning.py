"""Dunning: levels as data, what was dunned, and what pauses it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import append_only, secure_table

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "receivables_dunning_policy",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("levels", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_receivables_dunning_policy")),
        sa.UniqueConstraint(
            "tenant", "code", name=op.f("uq_receivables_dunning_policy_tenant_code")
        ),
    )
    op.create_table(
        "receivables_dunning",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("dunned_on", sa.Date(), nullable=False),
        sa.Column("days_overdue", sa.BigInteger(), nullable=False),
        sa.Column("open_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("fee", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("interest", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "level > 0 AND open_amount > 0 AND fee >= 0 AND interest >= 0",
            name=op.f("ck_receivables_dunning_amounts"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "item_id"],
            ["receivables_open_item.tenant", "receivables_open_item.id"],
            name=op.f("fk_receivables_dunning_tenant_item_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_receivables_dunning")),
        sa.UniqueConstraint(
            "tenant", "item_id", "level", name=op.f("uq_receivables_dunning_tenant_item_id_level")
        ),
    )
    op.create_index(
        "ix_receivables_dunning_dunned_on",
        "receivables_dunning",
        ["tenant", "company_id", "dunned_on"],
        unique=False,
    )
    op.create_table(
        "receivables_pause",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("lifted_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind = 'dispute' OR kind = 'promise' AND until IS NOT NULL",
            name=op.f("ck_receivables_pause_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "item_id"],
            ["receivables_open_item.tenant", "receivables_open_item.id"],
            name=op.f("fk_receivables_pause_tenant_item_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_receivables_pause")),
    )
    op.create_index(
        "ix_receivables_pause_item_id", "receivables_pause", ["tenant", "item_id"], unique=False
    )
    secure_table(op, "receivables_dunning_policy", "receivables_dunning", "receivables_pause")
    append_only(op, "receivables_dunning")
    for table in ("receivables_policy", "receivables_account"):
        op.add_column(table, sa.Column("dunning_policy_id", sa.Uuid(), nullable=True))

"""Selling models, and which items are sold by them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import secure_table

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_INSTANT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "selling_models_model",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.CheckConstraint(
            "kind IN ('one-off', 'termed', 'evergreen', 'usage')",
            name=op.f("ck_selling_models_model_kind_is_known"),
        ),
        sa.CheckConstraint(
            "unit IN ('month', 'quarter', 'half-year', 'year')",
            name=op.f("ck_selling_models_model_unit_is_known"),
        ),
        sa.CheckConstraint(
            "(kind IN ('termed', 'evergreen')) = (unit IS NOT NULL)",
            name=op.f("ck_selling_models_model_only_time_has_a_unit"),
        ),
        sa.CheckConstraint(
            "count BETWEEN 1 AND 1200", name=op.f("ck_selling_models_model_count_is_positive")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_selling_models_model")),
        sa.UniqueConstraint("tenant", "key", name="uq_selling_models_model_key"),
    )
    op.create_table(
        "selling_models_way",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("selling_model", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("proration", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "selling_model"],
            ["selling_models_model.tenant", "selling_models_model.key"],
            name="fk_selling_models_way_model",
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_selling_models_way")),
        sa.UniqueConstraint("tenant", "sku", "selling_model", name="uq_selling_models_way_sku"),
    )
    op.create_index(
        "uq_selling_models_way_default",
        "selling_models_way",
        ["tenant", "sku"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.create_index(
        "ix_selling_models_way_model",
        "selling_models_way",
        ["tenant", "selling_model"],
        unique=False,
    )
    secure_table(op, "selling_models_model", "selling_models_way")

"""What customers are worth, and the tiers that follow from it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import append_only, secure_table

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

Parameter = sa.Numeric(precision=24, scale=10)
Share = sa.Numeric(precision=7, scale=6)
Count = sa.Numeric(precision=14, scale=4)
Money = sa.Numeric(precision=20, scale=4)
Instant = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "customer_value_policy",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("levels", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("years", sa.SmallInteger(), nullable=False),
        sa.Column("margin", Share, nullable=False),
        sa.Column("discount", Share, nullable=False),
        sa.Column("pipeline_share", Share, nullable=False),
        sa.Column("overrides_hand", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.CheckConstraint("years BETWEEN 1 AND 10", name=op.f("ck_customer_value_policy_years")),
        sa.CheckConstraint(
            "margin > 0 AND margin <= 1", name=op.f("ck_customer_value_policy_margin")
        ),
        sa.CheckConstraint(
            "discount BETWEEN 0 AND 1", name=op.f("ck_customer_value_policy_discount")
        ),
        sa.CheckConstraint(
            "pipeline_share BETWEEN 0 AND 1", name=op.f("ck_customer_value_policy_pipeline_share")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_customer_value_policy")),
    )
    op.create_index(
        "uq_customer_value_policy_tenant", "customer_value_policy", ["tenant"], unique=True
    )
    op.create_table(
        "customer_value_model",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("fitted_at", Instant, nullable=False),
        *(
            sa.Column(name, Parameter, nullable=False)
            for name in ("r", "alpha", "a", "b", "p", "q", "v")
        ),
        sa.Column("customers", sa.BigInteger(), nullable=False),
        sa.Column("repeating", sa.BigInteger(), nullable=False),
        sa.Column("held_back_from", sa.Date(), nullable=True),
        sa.Column("held_back_customers", sa.BigInteger(), nullable=True),
        sa.Column("held_back_actual", sa.BigInteger(), nullable=True),
        sa.Column("held_back_foretold", Count, nullable=True),
        sa.Column("held_back_error", Count, nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_customer_value_model")),
    )
    op.create_index(
        "ix_customer_value_model_fitted", "customer_value_model", ["tenant", "fitted_at", "id"]
    )
    op.create_table(
        "customer_value_estimate",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("model_id", sa.UUID(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("repeats", sa.BigInteger(), nullable=False),
        sa.Column("last_days", sa.BigInteger(), nullable=False),
        sa.Column("known_days", sa.BigInteger(), nullable=False),
        sa.Column("alive", Share, nullable=False),
        sa.Column("purchases_a_year", Count, nullable=False),
        sa.Column("mean_purchase", Money, nullable=False),
        sa.Column("value", Money, nullable=False),
        sa.Column("ranked", sa.Boolean(), nullable=False),
        sa.CheckConstraint("alive BETWEEN 0 AND 1", name=op.f("ck_customer_value_estimate_alive")),
        sa.CheckConstraint(
            "ranked = (repeats > 0)", name=op.f("ck_customer_value_estimate_ranked_when_repeated")
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "model_id"],
            ["customer_value_model.tenant", "customer_value_model.id"],
            name=op.f("fk_customer_value_estimate_tenant_model_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant", "customer_id", "currency", name=op.f("pk_customer_value_estimate")
        ),
    )
    op.create_index(
        "ix_customer_value_estimate_value",
        "customer_value_estimate",
        ["tenant", "currency", "value", "customer_id"],
    )
    op.create_table(
        "customer_value_assignment",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("value", Money, nullable=False),
        sa.Column("potential", Money, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("assigned_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "customer_id"],
            ["customers_customer.tenant", "customers_customer.id"],
            name=op.f("fk_customer_value_assignment_tenant_customer_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "customer_id", name=op.f("pk_customer_value_assignment")),
    )
    secure_table(
        op,
        "customer_value_policy",
        "customer_value_model",
        "customer_value_estimate",
        "customer_value_assignment",
    )
    append_only(op, "customer_value_model")

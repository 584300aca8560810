"""Tags and fields of a tenant's own on customers, people and opportunities."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import secure_table

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

Instant = postgresql.TIMESTAMP(timezone=True)
RECORDS = "record_type IN ('customer', 'person', 'opportunity')"


def upgrade() -> None:
    op.create_table(
        "custom_fields_definition",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("choices", postgresql.JSONB(), nullable=False),
        sa.Column("least", sa.Numeric(precision=24, scale=10), nullable=True),
        sa.Column("most", sa.Numeric(precision=24, scale=10), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.CheckConstraint(RECORDS, name=op.f("ck_custom_fields_definition_record_type")),
        sa.CheckConstraint(
            "kind IN ('text', 'number', 'date', 'boolean', 'choice', 'money', 'reference')",
            name=op.f("ck_custom_fields_definition_kind"),
        ),
        sa.CheckConstraint(
            "(kind = 'choice') = (jsonb_array_length(choices) > 0)",
            name=op.f("ck_custom_fields_definition_choices"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_custom_fields_definition")),
    )
    op.create_index(
        "uq_custom_fields_definition_code",
        "custom_fields_definition",
        ["tenant", "record_type", "code"],
        unique=True,
    )
    op.create_table(
        "custom_fields_record",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("values", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.CheckConstraint(RECORDS, name=op.f("ck_custom_fields_record_record_type")),
        sa.CheckConstraint(
            "jsonb_typeof(\"values\") = 'object'", name=op.f("ck_custom_fields_record_values")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_custom_fields_record")),
    )
    op.create_table(
        "custom_fields_value",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("record_id", sa.UUID(), nullable=False),
        sa.Column("text_value", sa.Text(), nullable=True),
        sa.Column("number_value", sa.Numeric(precision=24, scale=10), nullable=True),
        sa.Column("day_value", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(text_value, number_value, day_value) >= 1",
            name=op.f("ck_custom_fields_value_says_something"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "record_id"],
            ["custom_fields_record.tenant", "custom_fields_record.id"],
            name=op.f("fk_custom_fields_value_tenant_record_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "record_id", "code", name=op.f("pk_custom_fields_value")),
    )
    for kind in ("text", "number", "day"):
        op.create_index(
            f"ix_custom_fields_value_{kind}",
            "custom_fields_value",
            ["tenant", "record_type", "code", f"{kind}_value", "record_id"],
            postgresql_where=sa.text(f"{kind}_value IS NOT NULL"),
        )
    op.create_table(
        "custom_fields_tag",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("record_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "record_id"],
            ["custom_fields_record.tenant", "custom_fields_record.id"],
            name=op.f("fk_custom_fields_tag_tenant_record_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "record_id", "tag", name=op.f("pk_custom_fields_tag")),
    )
    op.create_index(
        "ix_custom_fields_tag_tag",
        "custom_fields_tag",
        ["tenant", "record_type", "tag", "record_id"],
    )
    secure_table(
        op,
        "custom_fields_definition",
        "custom_fields_record",
        "custom_fields_value",
        "custom_fields_tag",
    )

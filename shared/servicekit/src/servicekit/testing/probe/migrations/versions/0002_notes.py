"""Notes, remarks and postings."""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import append_only, secure_table

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "probe_note",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_probe_note"),
        sa.UniqueConstraint("tenant", "title", name="uq_probe_note_tenant_title"),
    )
    op.create_table(
        "probe_remark",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_probe_remark"),
        sa.ForeignKeyConstraint(
            ["tenant", "note_id"],
            ["probe_note.tenant", "probe_note.id"],
            name="fk_probe_remark_tenant_note_id",
        ),
    )
    op.create_table(
        "probe_posting",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(20, 4), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_probe_posting"),
        sa.CheckConstraint(
            "(amount = round(amount, currency_minor_units(currency))) IS TRUE",
            name="ck_probe_posting_minor_units",
        ),
    )
    secure_table(op, "probe_note", "probe_remark", "probe_posting")
    append_only(op, "probe_posting")

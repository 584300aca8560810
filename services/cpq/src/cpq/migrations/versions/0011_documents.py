"""How a seller presents itself on documents."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import append_only, secure_table

revision = "0011"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "documents_presentation",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("logo_media_type", sa.Text(), nullable=True),
        sa.Column("logo", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "version >= 1", name=op.f("ck_documents_presentation_version_is_positive")
        ),
        sa.CheckConstraint(
            "(logo IS NULL) = (logo_media_type IS NULL)",
            name=op.f("ck_documents_presentation_logo_has_its_media_type"),
        ),
        sa.CheckConstraint(
            "logo_media_type IN ('image/png', 'image/svg+xml')",
            name=op.f("ck_documents_presentation_logo_is_a_picture"),
        ),
        sa.CheckConstraint(
            "octet_length(logo) <= 1000000", name=op.f("ck_documents_presentation_logo_is_small")
        ),
        sa.PrimaryKeyConstraint("tenant", "version", name=op.f("pk_documents_presentation")),
    )
    secure_table(op, "documents_presentation")
    append_only(op, "documents_presentation")

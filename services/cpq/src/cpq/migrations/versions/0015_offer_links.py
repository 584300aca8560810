"""Links to offers, and what customers say when they accept."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import secure_table

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_INSTANT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column("quotes_quote", sa.Column("acceptance_comment", sa.Text(), nullable=True))
    op.create_table(
        "offers_link",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("quote_id", sa.UUID(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("revoked_at", _INSTANT, nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.CheckConstraint(
            "octet_length(secret_hash) = 32", name=op.f("ck_offers_link_secret_is_hashed")
        ),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_offers_link_expires_later")),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_offers_link")),
    )
    op.create_index("ix_offers_link_quote", "offers_link", ["tenant", "quote_id"], unique=False)
    secure_table(op, "offers_link")

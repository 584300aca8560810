"""Books."""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import secure_table

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shelf_book",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("isbn", sa.Text(), nullable=False),
        sa.Column("pages", sa.BigInteger(), nullable=True),
        sa.Column("price", sa.Numeric(24, 10), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_shelf_book"),
        sa.UniqueConstraint("tenant", "isbn", name="uq_shelf_book_tenant_isbn"),
        sa.UniqueConstraint("tenant", "title", name="uq_shelf_book_tenant_title"),
        sa.CheckConstraint("price >= 0", name="ck_shelf_book_price_positive"),
    )
    secure_table(op, "shelf_book")

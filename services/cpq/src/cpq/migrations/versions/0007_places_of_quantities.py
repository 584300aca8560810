"""CPQ remembers how fine a quantity of an item may be."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "projections_item", sa.Column("quantity_places", sa.SmallInteger(), nullable=True)
    )

"""What a line costs more than where its price began has room: an ramp may grow a thousandfold."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # More digits of the same places: PostgreSQL rewrites no row and no index for it.
    op.execute("ALTER TABLE quotes_line ALTER COLUMN discount_fraction TYPE numeric(38, 10)")

"""The platform's tables."""

from alembic import op

from servicekit.migrations import create_platform

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_platform(op)

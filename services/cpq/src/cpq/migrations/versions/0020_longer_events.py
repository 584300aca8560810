"""Events of up to four million bytes."""

from alembic import op

from servicekit.migrations import widen_events

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    widen_events(op)

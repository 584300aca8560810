"""Events of up to four million bytes."""

from alembic import op

from servicekit.migrations import widen_events

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    widen_events(op)

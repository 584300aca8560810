"""The constraint of the migration before holds for every event."""

from alembic import op

from servicekit.migrations import events_are_wide

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    events_are_wide(op)

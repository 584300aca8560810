"""The audit trail can be read, document by document."""

from alembic import op

from servicekit.migrations import read_audit_trail

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    read_audit_trail(op)

"""The audit trail can be read, document by document."""

from alembic import op

from servicekit.migrations import read_audit_trail

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    read_audit_trail(op)

"""The audit trail can be read, document by document."""

from alembic import op

from servicekit.migrations import read_audit_trail

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    read_audit_trail(op)

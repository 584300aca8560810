"""The constraint of the migration before holds for every step."""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE approvals_step VALIDATE CONSTRAINT ck_approvals_step_no_maker_decides")

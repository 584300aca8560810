"""The constraint of the migration before holds for every line."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE quotes_line VALIDATE CONSTRAINT ck_quotes_line_term_has_a_beginning")

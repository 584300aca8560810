"""What runs until it is cancelled has a first day and no last one."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("contracts_contract", "end_on", nullable=True)
    op.alter_column("contracts_entry", "until_on", nullable=True)
    op.execute(
        "ALTER TABLE quotes_line ADD CONSTRAINT ck_quotes_line_term_has_a_beginning "
        "CHECK (end_on IS NULL OR start_on IS NOT NULL) NOT VALID"
    )
    op.drop_constraint(op.f("ck_quotes_line_term_has_both_ends"), "quotes_line", type_="check")

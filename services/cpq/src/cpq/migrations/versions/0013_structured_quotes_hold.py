"""The laws of 0012 hold for the rows that were there before it as well."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, names in (
        (
            "quotes_line",
            ("term_multiplier_is_positive", "term_has_both_ends", "term_ends_after_it_begins"),
        ),
        ("quotes_quote", ("status_is_known", "sent_has_hash")),
    ):
        for name in names:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")

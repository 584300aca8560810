"""Everybody who changed a quote is one of its makers, and none of them approves it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_NOBODY = sa.text("'[]'::jsonb")


def upgrade() -> None:
    op.add_column(
        "quotes_quote",
        sa.Column("changed_by", postgresql.JSONB(), server_default=_NOBODY, nullable=False),
    )
    for table in ("approvals_request", "approvals_step"):
        op.add_column(
            table, sa.Column("makers", postgresql.JSONB(), server_default=_NOBODY, nullable=False)
        )
    op.execute(
        "ALTER TABLE approvals_step ADD CONSTRAINT ck_approvals_step_no_maker_decides CHECK "
        "(NOT (makers ? decided_by) AND NOT (makers ? decided_for)) NOT VALID"
    )

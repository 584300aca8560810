"""Invoice plans may be an order's: its milestones ask for down payments."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

# As before, and the order that a plan is of stays as well.
GUARD = """
    CREATE OR REPLACE FUNCTION invoice_plans_guard_plan() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (NEW.company_id, NEW.account_id, NEW.name, NEW.currency, NEW.reference, NEW.lines,
            NEW.first_on, NEW.every_months, NEW.ends_on, NEW.milestones, NEW.entered_by,
            NEW.order_id)
           IS DISTINCT FROM
           (OLD.company_id, OLD.account_id, OLD.name, OLD.currency, OLD.reference, OLD.lines,
            OLD.first_on, OLD.every_months, OLD.ends_on, OLD.milestones, OLD.entered_by,
            OLD.order_id)
           OR NEW.issued < OLD.issued OR NEW.skipped < OLD.skipped OR NEW.next_on < OLD.next_on
        THEN
            RAISE EXCEPTION 'invoice plan % stays what was agreed', OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
"""


def upgrade() -> None:
    op.add_column("invoice_plans_plan", sa.Column("order_id", sa.Uuid(), nullable=True))
    op.execute(GUARD)

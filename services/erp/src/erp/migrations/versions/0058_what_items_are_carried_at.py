"""What an item is carried at changes by a matching or by a move that is kept, by nothing else."""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import append_only, secure_table

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

SUBLEDGERS = {
    "receivables": "'{open_amount,base_open,overdue_since}'::text[]",
    "payables": "'{open_amount,base_open}'::text[]",
}
GUARD = """
    CREATE OR REPLACE FUNCTION {of}_guard_item() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (to_jsonb(NEW) - {kept}) <> (to_jsonb(OLD) - {kept}) THEN
            RAISE EXCEPTION 'open item % is posted: it is not altered', OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
        IF pg_trigger_depth() < 2 AND (NEW.open_amount, NEW.base_open)
           IS DISTINCT FROM (OLD.open_amount, OLD.base_open) THEN
            RAISE EXCEPTION 'what is open on item %, and carried, changes only by a matching or '
                'a valuation', OLD.id USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
"""
MOVE = """
    CREATE FUNCTION {of}_move_carrying() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE {of}_open_item AS o
        SET base_open = o.base_open + CASE o.side WHEN 'debit' THEN m.amount ELSE -m.amount END
        FROM (SELECT tenant, item_id, sum(amount) AS amount FROM added GROUP BY tenant, item_id) m
        WHERE o.tenant = m.tenant AND o.id = m.item_id;
        RETURN NULL;
    END $$
"""


def upgrade() -> None:
    for of, kept in SUBLEDGERS.items():
        table = f"{of}_carrying"
        op.create_table(
            table,
            sa.Column("tenant", sa.Text(), nullable=False),
            sa.Column("id", sa.Uuid(), nullable=False),
            sa.Column("item_id", sa.Uuid(), nullable=False),
            sa.Column("amount", sa.Numeric(20, 4), nullable=False),
            sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
            sa.PrimaryKeyConstraint("tenant", "id", name=op.f(f"pk_{table}")),
            sa.ForeignKeyConstraint(
                ["tenant", "item_id"],
                [f"{of}_open_item.tenant", f"{of}_open_item.id"],
                name=op.f(f"fk_{table}_tenant_item_id"),
            ),
            sa.CheckConstraint("amount <> 0", name=op.f(f"ck_{table}_amount")),
        )
        op.create_index(f"ix_{table}_item_id", table, ["tenant", "item_id"])
        secure_table(op, table)
        append_only(op, table)
        op.execute(GUARD.format(of=of, kept=kept))
        op.execute(MOVE.format(of=of))
        op.execute(
            f"CREATE TRIGGER carrying_moves AFTER INSERT ON {table} "
            "REFERENCING NEW TABLE AS added "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {of}_move_carrying()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER carrying_moves")

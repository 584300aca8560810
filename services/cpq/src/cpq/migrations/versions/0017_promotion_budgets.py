"""Budgets of promotions, and what quotes took of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import append_only, secure_table

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_INSTANT = postgresql.TIMESTAMP(timezone=True)

# What is taken is the sum of the entries, because nothing else writes it; the row lock of the
# UPDATE puts those who take at once in a row, and the CHECKs see what each leaves.
_COUNT = """
CREATE FUNCTION promotions_count_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE promotions_budget SET taken = taken + NEW.amount, uses = uses + NEW.uses
     WHERE tenant = NEW.tenant AND id = NEW.budget_id;
    RETURN NEW;
END
$$
"""
_REFUSE_BY_HAND = """
CREATE FUNCTION promotions_refuse_by_hand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what is taken of a budget is the sum of its entries'
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME,
              CONSTRAINT = 'taken_is_the_sum_of_entries', HINT = 'Write an entry.';
END
$$
"""
_TRIGGERS = (
    (
        "promotions_entry",
        "counts",
        "BEFORE INSERT ON promotions_entry FOR EACH ROW EXECUTE FUNCTION promotions_count_entry()",
    ),
    (
        "promotions_budget",
        "begins_with_nothing_taken",
        "BEFORE INSERT ON promotions_budget FOR EACH ROW WHEN (NEW.taken <> 0 OR NEW.uses <> 0) "
        "EXECUTE FUNCTION promotions_refuse_by_hand()",
    ),
    (
        "promotions_budget",
        "taken_only_by_entries",
        "BEFORE UPDATE ON promotions_budget FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND "
        "(NEW.taken, NEW.uses) IS DISTINCT FROM (OLD.taken, OLD.uses)) "
        "EXECUTE FUNCTION promotions_refuse_by_hand()",
    ),
)


def _minor_units(amount: str) -> str:
    return f"({amount} = round({amount}, currency_minor_units(currency))) IS TRUE"


def upgrade() -> None:
    op.create_table(
        "promotions_budget",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("most_uses", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "taken",
            sa.Numeric(precision=20, scale=4),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("uses", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_promotions_budget_amount_is_positive")),
        sa.CheckConstraint(
            "most_uses > 0", name=op.f("ck_promotions_budget_most_uses_is_positive")
        ),
        sa.CheckConstraint(
            "taken BETWEEN 0 AND amount", name=op.f("ck_promotions_budget_taken_is_within_amount")
        ),
        sa.CheckConstraint(
            "uses >= 0 AND (most_uses IS NULL OR uses <= most_uses)",
            name=op.f("ck_promotions_budget_uses_are_within_most"),
        ),
        sa.CheckConstraint(
            _minor_units("amount"), name=op.f("ck_promotions_budget_amount_in_minor_units")
        ),
        sa.CheckConstraint(
            _minor_units("taken"), name=op.f("ck_promotions_budget_taken_in_minor_units")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_promotions_budget")),
        sa.UniqueConstraint("tenant", "code", "currency", name="uq_promotions_budget_code"),
    )
    op.create_table(
        "promotions_entry",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("budget_id", sa.UUID(), nullable=False),
        sa.Column("quote_id", sa.UUID(), nullable=False),
        sa.Column("quote_number", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "uses IN (-1, 0, 1)", name=op.f("ck_promotions_entry_uses_is_one_quote")
        ),
        sa.CheckConstraint(
            "amount <> 0 AND (uses = 0 OR sign(amount) = uses)",
            name=op.f("ck_promotions_entry_amount_follows_uses"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "budget_id"],
            ["promotions_budget.tenant", "promotions_budget.id"],
            name=op.f("fk_promotions_entry_tenant_budget_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_promotions_entry")),
    )
    for name, columns in (
        ("budget", ["tenant", "budget_id", "recorded_at", "id"]),
        ("quote", ["tenant", "quote_id"]),
    ):
        op.create_index(f"ix_promotions_entry_{name}", "promotions_entry", columns, unique=False)
    secure_table(op, "promotions_budget", "promotions_entry")
    append_only(op, "promotions_entry")
    op.execute(_COUNT)
    op.execute(_REFUSE_BY_HAND)
    for table, name, definition in _TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} {definition}")
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")

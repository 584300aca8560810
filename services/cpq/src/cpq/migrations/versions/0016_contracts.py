"""Contracts and their entries, and the quotes that amend them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import append_only, secure_table

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_INSTANT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column("quotes_quote", sa.Column("contract_id", sa.UUID(), nullable=True))
    op.add_column(
        "quotes_quote",
        sa.Column("amends", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )
    op.create_index(
        "ix_quotes_quote_contract",
        "quotes_quote",
        ["tenant", "contract_id"],
        unique=False,
        postgresql_where=sa.text("contract_id IS NOT NULL"),
    )
    op.create_table(
        "contracts_contract",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("quote_id", sa.UUID(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("customer_number", sa.Text(), nullable=False),
        sa.Column("customer_name", sa.Text(), nullable=False),
        sa.Column("selling_company_id", sa.UUID(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=False),
        sa.Column("cancelled_at", _INSTANT, nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.CheckConstraint(
            "end_on >= start_on", name=op.f("ck_contracts_contract_ends_after_it_begins")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_contracts_contract")),
        sa.UniqueConstraint("tenant", "number", name="uq_contracts_contract_number"),
        sa.UniqueConstraint("tenant", "quote_id", name="uq_contracts_contract_quote"),
    )
    for name, columns in (
        ("customer", ["tenant", "customer_id"]),
        ("created", ["tenant", "created_at", "id"]),
        ("end", ["tenant", "end_on"]),
    ):
        op.create_index(
            f"ix_contracts_contract_{name}", "contracts_contract", columns, unique=False
        )
    op.create_table(
        "contracts_entry",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("contract_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item_id", sa.UUID(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("term_unit", sa.Text(), nullable=False),
        sa.Column("term_count", sa.BigInteger(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("anchor", sa.Date(), nullable=True),
        sa.Column("selling_model", sa.Text(), nullable=True),
        sa.Column("replaces", sa.Text(), nullable=True),
        sa.Column("quote_id", sa.UUID(), nullable=True),
        sa.Column("written_at", _INSTANT, nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "until_on >= from_on", name=op.f("ck_contracts_entry_ends_after_it_begins")
        ),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_contracts_entry_quantity_is_something")),
        sa.CheckConstraint(
            "unit_price >= 0", name=op.f("ck_contracts_entry_price_is_not_negative")
        ),
        sa.CheckConstraint(
            "sign(amount) IN (0, sign(quantity))",
            name=op.f("ck_contracts_entry_amount_follows_quantity"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "contract_id"],
            ["contracts_contract.tenant", "contracts_contract.id"],
            name=op.f("fk_contracts_entry_tenant_contract_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_contracts_entry")),
        sa.UniqueConstraint(
            "tenant", "contract_id", "position", name="uq_contracts_entry_position"
        ),
    )
    secure_table(op, "contracts_contract", "contracts_entry")
    append_only(op, "contracts_entry")

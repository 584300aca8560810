"""Calls that are looked up, and which caller goes to which queue."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import append_only, secure_table

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

Instant = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "caller_lookup_routes",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("routes", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_caller_lookup_routes")),
        sa.CheckConstraint(
            "jsonb_typeof(routes) = 'array'", name=op.f("ck_caller_lookup_routes_routes")
        ),
    )
    op.create_index(
        "uq_caller_lookup_routes_tenant", "caller_lookup_routes", ["tenant"], unique=True
    )
    op.create_table(
        "caller_lookup_call",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=True),
        sa.Column("customer_id", sa.UUID(), nullable=True),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("trace", postgresql.JSONB(), nullable=False),
        sa.Column("found", postgresql.JSONB(), nullable=False),
        sa.Column("called_at", Instant, nullable=False),
        sa.Column("called_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_caller_lookup_call")),
    )
    op.create_index(
        "ix_caller_lookup_call_called", "caller_lookup_call", ["tenant", "called_at", "id"]
    )
    op.create_index(
        "ix_caller_lookup_call_customer",
        "caller_lookup_call",
        ["tenant", "customer_id", "called_at"],
    )
    secure_table(op, "caller_lookup_routes", "caller_lookup_call")
    append_only(op, "caller_lookup_call")

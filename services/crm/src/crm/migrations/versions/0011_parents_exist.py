"""Every parent is a customer of the tenant, and children are found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE customers_customer VALIDATE CONSTRAINT fk_customers_customer_tenant_parent_id"
    )
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_customers_customer_parent",
            "customers_customer",
            ["tenant", "parent_id", "created_at", "id"],
            unique=False,
            postgresql_where=sa.text("parent_id IS NOT NULL"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )

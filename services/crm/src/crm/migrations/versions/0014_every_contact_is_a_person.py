"""Every contact has a person, and is found by it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in (
        "fk_customers_contact_tenant_person_id",
        "ck_customers_contact_has_a_person",
        "ck_customers_contact_ends_after_it_starts",
    ):
        op.execute(f"ALTER TABLE customers_contact VALIDATE CONSTRAINT {name}")
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_customers_contact_person",
            "customers_contact",
            ["tenant", "person_id"],
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        op.create_index(
            "uq_customers_contact_primary",
            "customers_contact",
            ["tenant", "customer_id"],
            unique=True,
            postgresql_where=sa.text("is_primary"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )

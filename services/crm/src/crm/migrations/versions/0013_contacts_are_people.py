"""Every contact of before becomes a person that bears its id."""

from alembic import op

from servicekit.migrations import each_tenant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for _ in each_tenant(op):
        op.execute(
            "INSERT INTO people_person (tenant, id, name, language, active, addresses, version, "
            "created_at, updated_at) SELECT tenant, id, name, language, true, '[]', 1, created_at, "
            "updated_at FROM customers_contact WHERE person_id IS NULL ON CONFLICT DO NOTHING"
        )
        # The trigger on person_id writes down how each of them is reached.
        op.execute("UPDATE customers_contact SET person_id = id WHERE person_id IS NULL")

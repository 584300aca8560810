"""The words of the customers and people of before."""

from alembic import op

from servicekit.migrations import each_tenant

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_BACKFILL = (
    "SELECT count(search_enter(tenant, 'customer', id, id, concat_ws(' ', name, number, email))) "
    "FROM customers_customer",
    "SELECT count(search_enter_phone(tenant, 'customer', id, id, phone)) FROM customers_customer",
    "SELECT count(search_enter(tenant, 'person', id, id, name)) FROM people_person",
    "SELECT count(search_enter(tenant, 'person', person_id, id, address)) FROM people_mail",
    "SELECT count(search_enter_phone(tenant, 'person', person_id, id, number)) FROM people_phone",
)


def upgrade() -> None:
    for _ in each_tenant(op):
        for statement in _BACKFILL:
            op.execute(statement)

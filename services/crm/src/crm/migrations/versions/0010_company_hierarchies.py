"""Companies belong to companies: a parent, no cycles, ten levels at most."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Moves wait for each other within a tenant: two of them at once could close a circle that neither
# sees. Under READ COMMITTED the walk after the lock sees what the one before it committed.
_KEEP_TREE = """
CREATE FUNCTION customers_keep_tree() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  above int := 0;
  below int := 0;
  step uuid := NEW.parent_id;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('customers_parent ' || NEW.tenant, 0));
  WHILE step IS NOT NULL LOOP
    IF step = NEW.id THEN
      RAISE EXCEPTION 'customer % would stand above itself', NEW.id USING
        ERRCODE = 'check_violation', TABLE = 'customers_customer',
        CONSTRAINT = 'customers_stand_in_a_tree', HINT = 'Take another parent.';
    END IF;
    above := above + 1;
    EXIT WHEN above > 10;
    SELECT parent_id INTO step FROM customers_customer WHERE tenant = NEW.tenant AND id = step;
  END LOOP;
  IF TG_OP = 'UPDATE' THEN
    WITH RECURSIVE children AS (
      SELECT id, 1 AS level FROM customers_customer
       WHERE tenant = NEW.tenant AND parent_id = NEW.id
      UNION ALL
      SELECT each.id, children.level + 1 FROM customers_customer each
        JOIN children ON each.parent_id = children.id
       WHERE each.tenant = NEW.tenant AND children.level <= 10
    )
    SELECT coalesce(max(level), 0) INTO below FROM children;
  END IF;
  IF above + below >= 10 THEN
    RAISE EXCEPTION 'customer % would stand in more than ten levels', NEW.id USING
      ERRCODE = 'check_violation', TABLE = 'customers_customer',
      CONSTRAINT = 'customers_stand_in_ten_levels', HINT = 'Take a parent nearer to the top.';
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.add_column("customers_customer", sa.Column("parent_id", sa.UUID(), nullable=True))
    op.create_foreign_key(
        "fk_customers_customer_tenant_parent_id",
        "customers_customer",
        "customers_customer",
        ["tenant", "parent_id"],
        ["tenant", "id"],
        postgresql_not_valid=True,
    )
    op.execute(_KEEP_TREE)
    op.execute(
        "CREATE TRIGGER keep_tree BEFORE INSERT OR UPDATE OF parent_id ON customers_customer "
        "FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION customers_keep_tree()"
    )

"""What is taken from a contract is taken from one lot of it, and never more than was bought."""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import each_tenant

revision = "0024"
down_revision = "0021"
branch_labels = None
depends_on = None

# Entries from before take from what was bought last at their price and holds on their days; where
# none holds on all of them, from what was bought last of it.
_LOTS = """
UPDATE contracts_entry taken SET lot = (
    SELECT bought.position FROM contracts_entry bought
     WHERE bought.tenant = taken.tenant AND bought.contract_id = taken.contract_id
       AND bought.key = taken.key AND bought.quantity > 0 AND bought.position < taken.position
     ORDER BY bought.unit_price = taken.unit_price
              AND bought.from_on <= taken.from_on AND bought.until_on >= taken.until_on DESC,
              bought.position DESC
     LIMIT 1)
 WHERE taken.quantity < 0
"""
_COVERED = """
CREATE FUNCTION contracts_taking_is_covered() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bought contracts_entry%ROWTYPE;
    said text;
BEGIN
    -- Whoever takes from a contract at the same time waits here.
    PERFORM FROM contracts_contract
      WHERE tenant = NEW.tenant AND id = NEW.contract_id FOR UPDATE;
    SELECT * INTO bought FROM contracts_entry
     WHERE tenant = NEW.tenant AND contract_id = NEW.contract_id AND position = NEW.lot;
    IF bought.quantity < 0 OR bought.key <> NEW.key OR bought.item_id <> NEW.item_id
       OR bought.unit_price <> NEW.unit_price THEN
        said := 'it is not what was bought';
    ELSIF NEW.from_on < bought.from_on
       OR coalesce(NEW.until_on, 'infinity') > coalesce(bought.until_on, 'infinity') THEN
        said := 'it was not bought for these days';
    ELSIF EXISTS (
        SELECT FROM (
            SELECT NEW.from_on AS day
            UNION
            SELECT from_on FROM contracts_entry
             WHERE tenant = NEW.tenant AND contract_id = NEW.contract_id AND lot = NEW.lot
               AND from_on BETWEEN NEW.from_on AND coalesce(NEW.until_on, 'infinity')
        ) days
        WHERE bought.quantity + (
            SELECT sum(quantity) FROM contracts_entry
             WHERE tenant = NEW.tenant AND contract_id = NEW.contract_id AND lot = NEW.lot
               AND days.day BETWEEN from_on AND coalesce(until_on, 'infinity')) < 0
    ) THEN
        said := 'more is taken than was bought';
    ELSIF bought.amount + (
        SELECT sum(amount) FROM contracts_entry
         WHERE tenant = NEW.tenant AND contract_id = NEW.contract_id AND lot = NEW.lot) < 0 THEN
        said := 'more is given back than it has cost';
    ELSE
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'entry % of contract % takes from entry %: %',
        NEW.position, NEW.contract_id, NEW.lot, said
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME,
              CONSTRAINT = 'taking_is_covered_by_its_lot',
              HINT = 'Take what is left of a lot, and give back its share.';
END
$$
"""


def upgrade() -> None:
    op.add_column("contracts_entry", sa.Column("lot", sa.BigInteger(), nullable=True))
    op.execute("ALTER TABLE contracts_entry DISABLE TRIGGER append_only")
    for _ in each_tenant(op):
        op.execute(_LOTS)
    op.execute("ALTER TABLE contracts_entry ENABLE ALWAYS TRIGGER append_only")
    op.create_check_constraint(
        op.f("ck_contracts_entry_what_is_taken_has_a_lot"),
        "contracts_entry",
        "(lot IS NULL) = (quantity > 0)",
    )
    op.create_foreign_key(
        "fk_contracts_entry_lot",
        "contracts_entry",
        "contracts_entry",
        ["tenant", "contract_id", "lot"],
        ["tenant", "contract_id", "position"],
    )
    op.create_index("ix_contracts_entry_lot", "contracts_entry", ["tenant", "contract_id", "lot"])
    op.execute(_COVERED)
    op.execute(
        "CREATE TRIGGER taking_is_covered AFTER INSERT ON contracts_entry FOR EACH ROW "
        "WHEN (NEW.quantity < 0) EXECUTE FUNCTION contracts_taking_is_covered()"
    )
    op.execute("ALTER TABLE contracts_entry ENABLE ALWAYS TRIGGER taking_is_covered")

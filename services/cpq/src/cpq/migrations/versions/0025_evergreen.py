"""What runs until it is cancelled has a first day and no last one."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("contracts_contract", "end_on", nullable=True)
    op.alter_column("contracts_entry", "until_on", nullable=True)
    op.execute(
        "ALTER TABLE quotes_line ADD CONSTRAINT ck_quotes_line_term_has_a_beginning "
        "CHECK (end_on IS NULL OR start_on IS NOT NULL) NOT VALID"
    )
    op.drop_constraint(op.f("ck_quotes_line_term_has_both_ends"), "quotes_line", type_="check")
    # A lot without an end is open: what is taken of it may be open as well.
    op.execute(_COVERED)


_COVERED = """
CREATE OR REPLACE FUNCTION contracts_taking_is_covered() RETURNS trigger LANGUAGE plpgsql AS $$
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

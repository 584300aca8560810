"""Search that forgives typing errors: words of customers and people, and words one letter off."""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import secure_table

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# Small letters without accents; what NFKD leaves whole is spelt out.
_FOLDED = r"""
CREATE FUNCTION search_folded(said text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT replace(replace(replace(translate(
    lower(regexp_replace(normalize(said, NFKD), '[\u0300-\u036f]', '', 'g')),
    'øłđıħŧ', 'oldiht'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe')
$$
"""

_WORDS = r"""
CREATE FUNCTION search_words(said text) RETURNS SETOF text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
  SELECT DISTINCT left(word, 40) FROM regexp_split_to_table(search_folded(said), '\W+') AS word
   WHERE word <> ''
$$
"""

# Two words that differ by one letter left out, put in, taken for another or swapped have one of
# these in common (symmetric deletes). Short words and numbers are taken as they are.
_VARIANTS = """
CREATE FUNCTION search_variants(word text) RETURNS SETOF text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
  SELECT word
  UNION
  SELECT left(word, place - 1) || substr(word, place + 1)
    FROM generate_series(1, length(word)) AS place
   WHERE length(word) >= 4 AND word !~ '[0-9]'
$$
"""

_ENTER = """
CREATE FUNCTION search_enter(
  of_tenant text, of_kind text, of_record uuid, of_source uuid, said text)
RETURNS void LANGUAGE sql SET search_path = public, pg_temp AS $$
  INSERT INTO search_entry (tenant, word, kind, record_id, source_id, near)
  SELECT of_tenant, variant, of_kind, of_record, of_source, bool_and(variant <> word)
    FROM search_words(said) AS word, search_variants(word) AS variant
   GROUP BY variant
  ON CONFLICT DO NOTHING
$$
"""

# A number is found by all of its digits, and by its last eight however it is dialled.
_ENTER_PHONE = r"""
CREATE FUNCTION search_enter_phone(
  of_tenant text, of_kind text, of_record uuid, of_source uuid, number text)
RETURNS void LANGUAGE sql SET search_path = public, pg_temp AS $$
  INSERT INTO search_entry (tenant, word, kind, record_id, source_id, near)
  SELECT of_tenant, word, of_kind, of_record, of_source, false
    FROM (SELECT regexp_replace(number, '\D', '', 'g') AS digits) AS number,
         LATERAL (VALUES (digits), (right(digits, 8))) AS form (word)
   WHERE word <> ''
  ON CONFLICT DO NOTHING
$$
"""

_CUSTOMER = """
CREATE FUNCTION search_customer() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    DELETE FROM search_entry WHERE tenant = NEW.tenant AND source_id = NEW.id;
  END IF;
  PERFORM search_enter(NEW.tenant, 'customer', NEW.id, NEW.id,
    concat_ws(' ', NEW.name, NEW.number, NEW.email));
  PERFORM search_enter_phone(NEW.tenant, 'customer', NEW.id, NEW.id, NEW.phone);
  RETURN NULL;
END $$
"""

_PERSON = """
CREATE FUNCTION search_person() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    DELETE FROM search_entry
     WHERE tenant = NEW.tenant AND source_id = NEW.id AND kind = 'person';
  END IF;
  PERFORM search_enter(NEW.tenant, 'person', NEW.id, NEW.id, NEW.name);
  RETURN NULL;
END $$
"""

_REACH = """
CREATE FUNCTION search_reach() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM search_entry WHERE tenant = OLD.tenant AND source_id = OLD.id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    IF TG_TABLE_NAME = 'people_mail' THEN
      PERFORM search_enter(NEW.tenant, 'person', NEW.person_id, NEW.id, NEW.address);
    ELSE
      PERFORM search_enter_phone(NEW.tenant, 'person', NEW.person_id, NEW.id, NEW.number);
    END IF;
  END IF;
  RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "search_entry",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.UUID(), nullable=False),
        sa.Column("source_id", sa.UUID(), nullable=False),
        sa.Column("near", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant", "word", "kind", "record_id", "source_id", name=op.f("pk_search_entry")
        ),
    )
    op.create_index("ix_search_entry_source", "search_entry", ["tenant", "source_id"])
    secure_table(op, "search_entry")
    for function in (
        _FOLDED,
        _WORDS,
        _VARIANTS,
        _ENTER,
        _ENTER_PHONE,
        _CUSTOMER,
        _PERSON,
        _REACH,
    ):
        op.execute(function)
    op.execute(
        "CREATE TRIGGER is_searched AFTER INSERT OR UPDATE OF name, email, phone "
        "ON customers_customer FOR EACH ROW EXECUTE FUNCTION search_customer()"
    )
    op.execute(
        "CREATE TRIGGER is_searched AFTER INSERT OR UPDATE OF name "
        "ON people_person FOR EACH ROW EXECUTE FUNCTION search_person()"
    )
    for table, column in (("people_mail", "address"), ("people_phone", "number")):
        op.execute(
            f"CREATE TRIGGER is_searched AFTER INSERT OR DELETE OR UPDATE OF {column} "
            f"ON {table} FOR EACH ROW EXECUTE FUNCTION search_reach()"
        )

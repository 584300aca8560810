"""People with roles at several companies, several mail addresses and phones, and consents."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import append_only, secure_table

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

Instant = postgresql.TIMESTAMP(timezone=True)

# A contact is a role of a person. One that is recorded without a person brings a new one, which
# bears its id; the build before, which knows no people, goes on recording contacts that way.
_HAS_PERSON = """
CREATE FUNCTION people_of_new_contact() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.person_id IS NULL THEN
    INSERT INTO people_person (
      tenant, id, name, language, active, addresses, version, created_at, updated_at)
    VALUES (NEW.tenant, NEW.id, NEW.name, NEW.language, true, '[]', 1,
      NEW.created_at, NEW.updated_at);
    NEW.person_id := NEW.id;
  ELSE
    SELECT name, language INTO NEW.name, NEW.language FROM people_person
     WHERE tenant = NEW.tenant AND id = NEW.person_id;
  END IF;
  RETURN NEW;
END $$
"""

# How to reach a person through a contact stands beside the person's own addresses, so that one
# look-up finds both. The person's row is locked: who comes first is primary.
_REACHED = """
CREATE FUNCTION people_reached_by_contact() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM 1 FROM people_person WHERE tenant = NEW.tenant AND id = NEW.person_id FOR UPDATE;
  IF NEW.email IS NULL THEN
    DELETE FROM people_mail WHERE tenant = NEW.tenant AND contact_id = NEW.id;
  ELSE
    INSERT INTO people_mail (tenant, id, person_id, contact_id, address, is_primary)
    VALUES (NEW.tenant, gen_random_uuid(), NEW.person_id, NEW.id, NEW.email, false)
    ON CONFLICT (tenant, contact_id) WHERE contact_id IS NOT NULL
      DO UPDATE SET address = EXCLUDED.address;
  END IF;
  IF NEW.phone IS NULL THEN
    DELETE FROM people_phone WHERE tenant = NEW.tenant AND contact_id = NEW.id;
  ELSE
    INSERT INTO people_phone (tenant, id, person_id, contact_id, number, is_primary)
    VALUES (NEW.tenant, gen_random_uuid(), NEW.person_id, NEW.id, NEW.phone, false)
    ON CONFLICT (tenant, contact_id) WHERE contact_id IS NOT NULL
      DO UPDATE SET number = EXCLUDED.number;
  END IF;
  UPDATE people_mail SET is_primary = true
   WHERE tenant = NEW.tenant AND id = (
     SELECT id FROM people_mail WHERE tenant = NEW.tenant AND person_id = NEW.person_id
      ORDER BY is_primary DESC, contact_id NULLS FIRST, id LIMIT 1) AND NOT is_primary;
  UPDATE people_phone SET is_primary = true
   WHERE tenant = NEW.tenant AND id = (
     SELECT id FROM people_phone WHERE tenant = NEW.tenant AND person_id = NEW.person_id
      ORDER BY is_primary DESC, contact_id NULLS FIRST, id LIMIT 1) AND NOT is_primary;
  RETURN NULL;
END $$
"""

# A person has one name and one language, whichever door changes them.
_RENAMED_CONTACT = """
CREATE FUNCTION people_named_by_contact() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE people_person
     SET name = NEW.name, language = NEW.language, version = version + 1,
         updated_at = NEW.updated_at
   WHERE tenant = NEW.tenant AND id = NEW.person_id
     AND (name, language) IS DISTINCT FROM (NEW.name, NEW.language);
  RETURN NULL;
END $$
"""

_RENAMED_PERSON = """
CREATE FUNCTION people_names_contacts() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE customers_contact
     SET name = NEW.name, language = NEW.language, version = version + 1,
         updated_at = NEW.updated_at
   WHERE tenant = NEW.tenant AND person_id = NEW.id
     AND (name, language) IS DISTINCT FROM (NEW.name, NEW.language);
  RETURN NULL;
END $$
"""


def _reach(table: str, value: str) -> None:
    op.create_table(
        table,
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("contact_id", sa.UUID(), nullable=True),
        sa.Column(value, sa.Text(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "person_id"],
            ["people_person.tenant", "people_person.id"],
            name=op.f(f"fk_{table}_tenant_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "contact_id"],
            ["customers_contact.tenant", "customers_contact.id"],
            name=op.f(f"fk_{table}_tenant_contact_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_{value}", table, ["tenant", value])
    op.create_index(f"ix_{table}_person", table, ["tenant", "person_id"])
    op.create_index(
        f"uq_{table}_contact",
        table,
        ["tenant", "contact_id"],
        unique=True,
        postgresql_where=sa.text("contact_id IS NOT NULL"),
    )
    op.create_index(
        f"uq_{table}_primary",
        table,
        ["tenant", "person_id"],
        unique=True,
        postgresql_where=sa.text("is_primary"),
    )


def upgrade() -> None:
    op.create_table(
        "people_person",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("addresses", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.CheckConstraint(
            "jsonb_typeof(addresses) = 'array'", name=op.f("ck_people_person_addresses")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_people_person")),
    )
    op.create_index("ix_people_person_created", "people_person", ["tenant", "created_at", "id"])
    op.create_index("ix_people_person_name", "people_person", ["tenant", "name", "id"])
    _reach("people_mail", "address")
    _reach("people_phone", "number")
    op.create_table(
        "people_consent_entry",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("decided_at", Instant, nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "channel IN ('email', 'phone', 'sms', 'post', 'any')",
            name=op.f("ck_people_consent_entry_channel"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "person_id"],
            ["people_person.tenant", "people_person.id"],
            name=op.f("fk_people_consent_entry_tenant_person_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_people_consent_entry")),
    )
    op.create_index(
        "ix_people_consent_entry_person",
        "people_consent_entry",
        ["tenant", "person_id", "decided_at", "id"],
    )
    secure_table(op, "people_person", "people_mail", "people_phone", "people_consent_entry")
    append_only(op, "people_consent_entry")
    op.add_column("customers_contact", sa.Column("person_id", sa.UUID(), nullable=True))
    op.add_column("customers_contact", sa.Column("role", sa.Text(), nullable=True))
    op.add_column("customers_contact", sa.Column("starts_on", sa.Date(), nullable=True))
    op.add_column("customers_contact", sa.Column("ends_on", sa.Date(), nullable=True))
    op.add_column(
        "customers_contact",
        sa.Column("is_primary", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_foreign_key(
        "fk_customers_contact_tenant_person_id",
        "customers_contact",
        "people_person",
        ["tenant", "person_id"],
        ["tenant", "id"],
        postgresql_not_valid=True,
    )
    op.create_check_constraint(
        "has_a_person", "customers_contact", "person_id IS NOT NULL", postgresql_not_valid=True
    )
    op.create_check_constraint(
        "ends_after_it_starts",
        "customers_contact",
        "ends_on >= starts_on",
        postgresql_not_valid=True,
    )
    for function in (_HAS_PERSON, _REACHED, _RENAMED_CONTACT, _RENAMED_PERSON):
        op.execute(function)
    op.execute(
        "CREATE TRIGGER has_person BEFORE INSERT ON customers_contact "
        "FOR EACH ROW EXECUTE FUNCTION people_of_new_contact()"
    )
    op.execute(
        "CREATE TRIGGER reaches_person AFTER INSERT OR UPDATE OF email, phone, person_id "
        "ON customers_contact FOR EACH ROW EXECUTE FUNCTION people_reached_by_contact()"
    )
    op.execute(
        "CREATE TRIGGER names_person AFTER UPDATE OF name, language ON customers_contact "
        "FOR EACH ROW EXECUTE FUNCTION people_named_by_contact()"
    )
    op.execute(
        "CREATE TRIGGER names_contacts AFTER UPDATE OF name, language ON people_person "
        "FOR EACH ROW EXECUTE FUNCTION people_names_contacts()"
    )

"""Customers with addresses, contacts and the consent ledger."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import append_only, secure_table

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# The next customer number of the current tenant, from a sequence per tenant that the first
# customer creates (docs/decisions/0060). SECURITY DEFINER, because only the owner may create
# one; it looks at nothing but the transaction's tenant.
_NEXT_NUMBER = """
CREATE FUNCTION customers_next_number() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  tenant text := nullif(current_setting('app.tenant', true), '');
  name text;
  number bigint;
BEGIN
  IF tenant IS NULL THEN
    RAISE EXCEPTION 'no tenant is set, so there is no next customer number';
  END IF;
  name := 'customers_number_' || tenant;
  IF length(name) > 63 THEN
    name := 'customers_number_' || md5(tenant);
  END IF;
  IF to_regclass(format('public.%I', name)) IS NULL THEN
    PERFORM pg_advisory_xact_lock(hashtextextended(name, 0));
    EXECUTE format('CREATE SEQUENCE IF NOT EXISTS public.%I', name);
  END IF;
  number := nextval(format('public.%I', name)::regclass);
  RETURN 'C-' || CASE WHEN number < 1000000 THEN lpad(number::text, 6, '0') ELSE number::text END;
END $$
"""


def upgrade() -> None:
    op.execute(_NEXT_NUMBER)
    op.create_table(
        "customers_customer",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column(
            "number", sa.Text(), server_default=sa.text("customers_next_number()"), nullable=False
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("tax_id", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.Column("addresses", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "jsonb_typeof(addresses) = 'array'", name=op.f("ck_customers_customer_addresses")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_customers_customer")),
        sa.UniqueConstraint("tenant", "number", name="uq_customers_customer_number"),
    )
    op.create_index(
        "ix_customers_customer_country",
        "customers_customer",
        ["tenant", "country", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_customers_customer_created",
        "customers_customer",
        ["tenant", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_customers_customer_email",
        "customers_customer",
        ["tenant", "email"],
        unique=False,
        postgresql_where=sa.text("email IS NOT NULL"),
    )
    op.create_index(
        "ix_customers_customer_inactive",
        "customers_customer",
        ["tenant", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("NOT active"),
    )
    op.create_index(
        "ix_customers_customer_name", "customers_customer", ["tenant", "name", "id"], unique=False
    )
    op.create_index(
        "ix_customers_customer_owner",
        "customers_customer",
        ["tenant", "owner", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("owner IS NOT NULL"),
    )
    op.create_index(
        "ix_customers_customer_phone",
        "customers_customer",
        ["tenant", "phone"],
        unique=False,
        postgresql_where=sa.text("phone IS NOT NULL"),
    )
    op.create_index(
        "ix_customers_customer_tier",
        "customers_customer",
        ["tenant", "tier", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_customers_customer_updated",
        "customers_customer",
        ["tenant", "updated_at", "id"],
        unique=False,
    )
    op.create_index(
        "uq_customers_customer_external_reference",
        "customers_customer",
        ["tenant", "external_reference"],
        unique=True,
        postgresql_where=sa.text("external_reference IS NOT NULL"),
    )
    op.create_index(
        "uq_customers_customer_tax_id",
        "customers_customer",
        ["tenant", "tax_id"],
        unique=True,
        postgresql_where=sa.text("tax_id IS NOT NULL"),
    )
    op.create_table(
        "customers_contact",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("job_title", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("addresses", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "customer_id"],
            ["customers_customer.tenant", "customers_customer.id"],
            name=op.f("fk_customers_contact_tenant_customer_id"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(addresses) = 'array'", name=op.f("ck_customers_contact_addresses")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_customers_contact")),
        sa.UniqueConstraint("tenant", "customer_id", "id", name="uq_customers_contact_customer"),
    )
    op.create_table(
        "customers_consent_entry",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("contact_id", sa.UUID(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("decided_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "channel IN ('email', 'phone', 'sms', 'post', 'any')",
            name=op.f("ck_customers_consent_entry_channel"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "customer_id", "contact_id"],
            ["customers_contact.tenant", "customers_contact.customer_id", "customers_contact.id"],
            name=op.f("fk_customers_consent_entry_tenant_customer_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "customer_id"],
            ["customers_customer.tenant", "customers_customer.id"],
            name=op.f("fk_customers_consent_entry_tenant_customer_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_customers_consent_entry")),
    )
    op.create_index(
        "ix_customers_consent_entry_customer",
        "customers_consent_entry",
        ["tenant", "customer_id", "decided_at", "id"],
        unique=False,
    )
    secure_table(
        op,
        "customers_customer",
        "customers_contact",
        "customers_consent_entry",
    )
    append_only(op, "customers_consent_entry")
    op.execute("REVOKE ALL ON FUNCTION customers_next_number() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION customers_next_number() TO crm_app")

"""A document names seller and buyer as they were when it was issued."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import append_only, each_tenant, secure_table

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

AS_OWNER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
DOCUMENTS = ("receivables_invoice", "receivables_credit_note")

FUNCTIONS = (
    # Equal statements are kept once: most documents of a company name the same seller.
    f"""
    CREATE FUNCTION einvoices_keep_party(of_tenant text, said jsonb) RETURNS bytea
    LANGUAGE plpgsql {AS_OWNER} AS $$
    DECLARE
        digested bytea := sha256(convert_to(said::text, 'UTF8'));
    BEGIN
        PERFORM FROM einvoices_party WHERE tenant = of_tenant AND digest = digested;
        IF NOT FOUND THEN
            INSERT INTO einvoices_party (tenant, digest, content)
            VALUES (of_tenant, digested, said) ON CONFLICT DO NOTHING;
        END IF;
        RETURN digested;
    END $$
    """,
    f"""
    CREATE FUNCTION einvoices_seller_now(of_tenant text, of_company uuid) RETURNS jsonb
    LANGUAGE sql STABLE {AS_OWNER} AS $$
        SELECT jsonb_strip_nulls(jsonb_build_object(
                   'name', c.name, 'country', c.country, 'code', c.code,
                   'vat_number', t.vat_number))
               || jsonb_build_object('details', coalesce(d.content, '{{}}'))
        FROM ledger_company c
        LEFT JOIN taxes_company t ON t.tenant = c.tenant AND t.company_id = c.id
        LEFT JOIN einvoices_legal_details d ON d.tenant = c.tenant AND d.company_id = c.id
        WHERE c.tenant = of_tenant AND c.id = of_company
    $$
    """,
    f"""
    CREATE FUNCTION einvoices_buyer_now(of_tenant text, of_account uuid) RETURNS jsonb
    LANGUAGE sql STABLE {AS_OWNER} AS $$
        SELECT jsonb_strip_nulls(jsonb_build_object(
                   'name', p.name, 'country', p.country, 'vat_number', t.vat_number))
               || jsonb_build_object('details', coalesce(d.content, '{{}}'))
        FROM receivables_account a
        LEFT JOIN projections_customer p ON p.tenant = a.tenant AND p.customer_id = a.customer_id
        LEFT JOIN taxes_profile t ON t.tenant = a.tenant AND t.account_id = a.id
        LEFT JOIN einvoices_billing_details d ON d.tenant = a.tenant AND d.account_id = a.id
        WHERE a.tenant = of_tenant AND a.id = of_account
    $$
    """,
    # What was said stays. What belongs together (an address, a bank account) comes from one
    # telling, never half from each; a name or country that was said is not said otherwise, and
    # numbers that taxes know of count for the documents that were taxed by them.
    """
    CREATE FUNCTION einvoices_completed(said jsonb, told jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE AS $$
    DECLARE
        details jsonb := said -> 'details';
        more jsonb := (told -> 'details') - '{trading_name,language}'::text[];
        together text;
    BEGIN
        FOREACH together IN ARRAY ARRAY[
            '{street,additional,city,postcode,subdivision,country}',
            '{registration,registration_scheme}', '{electronic_address,electronic_scheme}',
            '{contact_name,telephone,email}', '{iban,bic,account_name}']
        LOOP
            IF details ?| together::text[] THEN
                more := more - together::text[];
            END IF;
        END LOOP;
        IF said ? 'name' THEN
            more := more - 'name';
        END IF;
        IF said ? 'country' AND more ->> 'country' <> said ->> 'country' THEN
            more := more - '{street,additional,city,postcode,subdivision,country}'::text[];
        END IF;
        IF said ? 'vat_number' THEN
            more := more - 'vat_id';
        END IF;
        RETURN (told - 'vat_number') || said || jsonb_build_object('details', more || details);
    END $$
    """,
    f"""
    CREATE FUNCTION einvoices_keep_parties() RETURNS trigger LANGUAGE plpgsql {AS_OWNER} AS $$
    BEGIN
        INSERT INTO einvoices_parties (tenant, document_id, company_id, account_id, seller, buyer)
        VALUES (
            NEW.tenant, NEW.id, NEW.company_id, NEW.account_id,
            einvoices_keep_party(NEW.tenant, einvoices_seller_now(NEW.tenant, NEW.company_id)),
            einvoices_keep_party(NEW.tenant, einvoices_buyer_now(NEW.tenant, NEW.account_id)));
        RETURN NULL;
    END $$
    """,
    f"""
    CREATE FUNCTION einvoices_complete_sellers(of_tenant text, of_company uuid) RETURNS void
    LANGUAGE sql {AS_OWNER} AS $$
        WITH said AS (
            SELECT p.digest, einvoices_completed(
                       p.content, einvoices_seller_now(of_tenant, of_company)) AS whole
            FROM (SELECT DISTINCT seller FROM einvoices_parties
                  WHERE tenant = of_tenant AND company_id = of_company) AS d
            JOIN einvoices_party p ON p.tenant = of_tenant AND p.digest = d.seller
            WHERE p.content <> einvoices_completed(
                      p.content, einvoices_seller_now(of_tenant, of_company))
        ), kept AS MATERIALIZED (
            SELECT digest, einvoices_keep_party(of_tenant, whole) AS whole FROM said
        )
        UPDATE einvoices_parties d SET seller = kept.whole FROM kept
        WHERE d.tenant = of_tenant AND d.company_id = of_company AND d.seller = kept.digest
    $$
    """,
    f"""
    CREATE FUNCTION einvoices_complete_buyers(of_tenant text, of_account uuid) RETURNS void
    LANGUAGE sql {AS_OWNER} AS $$
        WITH said AS (
            SELECT p.digest, einvoices_completed(
                       p.content, einvoices_buyer_now(of_tenant, of_account)) AS whole
            FROM (SELECT DISTINCT buyer FROM einvoices_parties
                  WHERE tenant = of_tenant AND account_id = of_account) AS d
            JOIN einvoices_party p ON p.tenant = of_tenant AND p.digest = d.buyer
            WHERE p.content <> einvoices_completed(
                      p.content, einvoices_buyer_now(of_tenant, of_account))
        ), kept AS MATERIALIZED (
            SELECT digest, einvoices_keep_party(of_tenant, whole) AS whole FROM said
        )
        UPDATE einvoices_parties d SET buyer = kept.whole FROM kept
        WHERE d.tenant = of_tenant AND d.account_id = of_account AND d.buyer = kept.digest
    $$
    """,
    f"""
    CREATE FUNCTION einvoices_seller_is_told() RETURNS trigger LANGUAGE plpgsql {AS_OWNER} AS $$
    BEGIN
        PERFORM einvoices_complete_sellers(NEW.tenant, NEW.company_id);
        RETURN NULL;
    END $$
    """,
    f"""
    CREATE FUNCTION einvoices_buyer_is_told() RETURNS trigger LANGUAGE plpgsql {AS_OWNER} AS $$
    BEGIN
        PERFORM einvoices_complete_buyers(NEW.tenant, NEW.account_id);
        RETURN NULL;
    END $$
    """,
    # A customer may be heard of after its first invoice.
    f"""
    CREATE FUNCTION einvoices_customer_is_told() RETURNS trigger LANGUAGE plpgsql {AS_OWNER} AS $$
    BEGIN
        PERFORM einvoices_complete_buyers(a.tenant, a.id) FROM receivables_account a
        WHERE a.tenant = NEW.tenant AND a.customer_id = NEW.customer_id;
        RETURN NULL;
    END $$
    """,
)
TOLD = (
    ("einvoices_legal_details", "einvoices_seller_is_told", "INSERT OR UPDATE"),
    ("einvoices_billing_details", "einvoices_buyer_is_told", "INSERT OR UPDATE"),
    ("projections_customer", "einvoices_customer_is_told", "INSERT"),
)
# What was said on the documents of before is not known: they say from now on what they say today.
OF_BEFORE = """
    INSERT INTO einvoices_parties (tenant, document_id, company_id, account_id, seller, buyer)
    SELECT d.tenant, d.id, d.company_id, d.account_id, s.said, b.said
    FROM {documents} d
    JOIN (SELECT tenant, id, einvoices_keep_party(tenant, einvoices_seller_now(tenant, id)) AS said
          FROM ledger_company WHERE tenant = current_setting('app.tenant')) AS s
      ON s.tenant = d.tenant AND s.id = d.company_id
    JOIN (SELECT tenant, id, einvoices_keep_party(tenant, einvoices_buyer_now(tenant, id)) AS said
          FROM receivables_account) AS b ON b.tenant = d.tenant AND b.id = d.account_id
"""


def upgrade() -> None:
    op.create_table(
        "einvoices_party",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "digest", name=op.f("pk_einvoices_party")),
        sa.CheckConstraint(
            "digest = sha256(convert_to(content::text, 'UTF8'))",
            name=op.f("ck_einvoices_party_digest"),
        ),
    )
    op.create_table(
        "einvoices_parties",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("seller", sa.LargeBinary(), nullable=False),
        sa.Column("buyer", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "document_id", name=op.f("pk_einvoices_parties")),
        sa.ForeignKeyConstraint(
            ["tenant", "seller"],
            ["einvoices_party.tenant", "einvoices_party.digest"],
            name=op.f("fk_einvoices_parties_tenant_seller"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "buyer"],
            ["einvoices_party.tenant", "einvoices_party.digest"],
            name=op.f("fk_einvoices_parties_tenant_buyer"),
        ),
    )
    for party, of in (("seller", "company_id"), ("buyer", "account_id")):
        op.create_index(f"ix_einvoices_parties_{party}", "einvoices_parties", ["tenant", of, party])
    secure_table(op, "einvoices_party", "einvoices_parties")
    append_only(op, "einvoices_party")
    op.execute("REVOKE INSERT ON einvoices_party FROM erp_app")
    op.execute("REVOKE INSERT, UPDATE, DELETE ON einvoices_parties FROM erp_app")
    for function in FUNCTIONS:
        op.execute(function)
    for _ in each_tenant(op):
        for documents in DOCUMENTS:
            op.execute(OF_BEFORE.format(documents=documents))
    for documents in DOCUMENTS:
        op.execute(
            f"CREATE TRIGGER parties_are_kept AFTER INSERT ON {documents} "
            "FOR EACH ROW EXECUTE FUNCTION einvoices_keep_parties()"
        )
        op.execute(f"ALTER TABLE {documents} ENABLE ALWAYS TRIGGER parties_are_kept")
    for table, function, when in TOLD:
        op.execute(
            f"CREATE TRIGGER documents_are_completed AFTER {when} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER documents_are_completed")

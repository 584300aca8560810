"""Configuration models in versions, and what was compiled from them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import secure_table

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# A published version may be retired and may end sooner; nothing else of it ever changes. The
# document's hash stands for the document, which a CHECK compares with it.
_KEEP = """
CREATE FUNCTION catalog_keep_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'draft' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE'
       AND (NEW.tenant, NEW.id, NEW.key, NEW.model_version, NEW.name, NEW.sku, NEW.currency,
            NEW.valid_from, NEW.published_at, NEW.created_by, NEW.source, NEW.size_bytes,
            NEW.content_hash)
           IS NOT DISTINCT FROM
           (OLD.tenant, OLD.id, OLD.key, OLD.model_version, OLD.name, OLD.sku, OLD.currency,
            OLD.valid_from, OLD.published_at, OLD.created_by, OLD.source, OLD.size_bytes,
            OLD.content_hash)
       AND (NEW.status = OLD.status OR (OLD.status = 'published' AND NEW.status = 'retired'))
       AND (NEW.valid_to IS NOT DISTINCT FROM OLD.valid_to
            OR NEW.valid_to < coalesce(OLD.valid_to, 'infinity'))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'version % of % is % and never changes', OLD.model_version, OLD.key, OLD.status
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME,
              CONSTRAINT = 'published_version_never_changes',
              HINT = 'Clone it to a new draft.';
END
$$
"""


def upgrade() -> None:
    # A trusted extension: the owner of the database may create it.
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "catalog_model",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("model_version", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("published_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("retired_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'published', 'retired')",
            name=op.f("ck_catalog_model_status_is_known"),
        ),
        sa.CheckConstraint(
            "model_version > 0", name=op.f("ck_catalog_model_version_counts_from_one")
        ),
        sa.CheckConstraint(
            "(status = 'draft') = (valid_from IS NULL)",
            name=op.f("ck_catalog_model_draft_has_no_days"),
        ),
        sa.CheckConstraint(
            "valid_to >= valid_from", name=op.f("ck_catalog_model_ends_after_it_begins")
        ),
        sa.CheckConstraint(
            "octet_length(key) BETWEEN 1 AND 800", name=op.f("ck_catalog_model_key_is_short")
        ),
        sa.CheckConstraint(
            "octet_length(document) <= 32000000 AND size_bytes = octet_length(document)",
            name=op.f("ck_catalog_model_document_is_bounded"),
        ),
        sa.CheckConstraint(
            "content_hash = encode(sha256(document), 'hex')",
            name=op.f("ck_catalog_model_hash_is_the_documents"),
        ),
        postgresql.ExcludeConstraint(
            ("tenant", "="),
            ("key", "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            name="ex_catalog_model_one_a_day",
            using="gist",
            where=sa.text("status = 'published'"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_catalog_model")),
        sa.UniqueConstraint("tenant", "key", "model_version", name="uq_catalog_model_version"),
    )
    op.create_index(
        "ix_catalog_model_created", "catalog_model", ["tenant", "created_at", "id"], unique=False
    )
    op.create_index("ix_catalog_model_sku", "catalog_model", ["tenant", "sku"], unique=False)
    op.create_table(
        "catalog_artefact",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("model_id", sa.UUID(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("compiled_by", sa.Text(), nullable=True),
        sa.Column("compiled_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'compiled', 'not-compiled')",
            name=op.f("ck_catalog_artefact_state_is_known"),
        ),
        sa.CheckConstraint(
            "(state = 'compiled') = (content IS NOT NULL)",
            name=op.f("ck_catalog_artefact_compiled_has_content"),
        ),
        sa.CheckConstraint(
            "octet_length(content) <= 256000000",
            name=op.f("ck_catalog_artefact_content_is_bounded"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "model_id"],
            ["catalog_model.tenant", "catalog_model.id"],
            name=op.f("fk_catalog_artefact_tenant_model_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "model_id", name=op.f("pk_catalog_artefact")),
    )
    op.create_index(
        "ix_catalog_artefact_pending",
        "catalog_artefact",
        ["tenant", "model_id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.execute(_KEEP)
    op.execute(
        "CREATE TRIGGER keep_published BEFORE UPDATE OR DELETE ON catalog_model "
        "FOR EACH ROW EXECUTE FUNCTION catalog_keep_published()"
    )
    op.execute(
        "CREATE TRIGGER keep_all BEFORE TRUNCATE ON catalog_model "
        "FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change()"
    )
    for trigger in ("keep_published", "keep_all"):
        op.execute(f"ALTER TABLE catalog_model ENABLE ALWAYS TRIGGER {trigger}")
    secure_table(op, "catalog_model", "catalog_artefact")

"""Price books in versions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import secure_table

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# A published version may be retired and may end sooner; nothing else of it ever changes. The
# document's hash stands for the document, which a CHECK compares with it.
_KEEP = """
CREATE FUNCTION pricing_keep_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'draft' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE'
       AND (NEW.tenant, NEW.id, NEW.key, NEW.book_version, NEW.name, NEW.valid_from,
            NEW.published_at, NEW.created_by, NEW.source, NEW.rule_count, NEW.content_hash)
           IS NOT DISTINCT FROM
           (OLD.tenant, OLD.id, OLD.key, OLD.book_version, OLD.name, OLD.valid_from,
            OLD.published_at, OLD.created_by, OLD.source, OLD.rule_count, OLD.content_hash)
       AND (NEW.status = OLD.status OR (OLD.status = 'published' AND NEW.status = 'retired'))
       AND (NEW.valid_to IS NOT DISTINCT FROM OLD.valid_to
            OR NEW.valid_to < coalesce(OLD.valid_to, 'infinity'))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'version % of % is % and never changes', OLD.book_version, OLD.key, OLD.status
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME,
              CONSTRAINT = 'published_price_book_never_changes',
              HINT = 'Send the changed document as a new draft.';
END
$$
"""


def upgrade() -> None:
    op.create_table(
        "pricing_book",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("book_version", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("published_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("retired_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("rule_count", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'published', 'retired')",
            name=op.f("ck_pricing_book_status_is_known"),
        ),
        sa.CheckConstraint(
            "book_version > 0", name=op.f("ck_pricing_book_version_counts_from_one")
        ),
        sa.CheckConstraint(
            "(status = 'draft') = (valid_from IS NULL)",
            name=op.f("ck_pricing_book_draft_has_no_days"),
        ),
        sa.CheckConstraint(
            "valid_to >= valid_from", name=op.f("ck_pricing_book_ends_after_it_begins")
        ),
        sa.CheckConstraint(
            "octet_length(key) BETWEEN 1 AND 800", name=op.f("ck_pricing_book_key_is_short")
        ),
        sa.CheckConstraint(
            "octet_length(document) <= 32000000", name=op.f("ck_pricing_book_document_is_bounded")
        ),
        sa.CheckConstraint(
            "content_hash = encode(sha256(document), 'hex')",
            name=op.f("ck_pricing_book_hash_is_the_documents"),
        ),
        postgresql.ExcludeConstraint(
            ("tenant", "="),
            ("key", "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            name="ex_pricing_book_one_a_day",
            using="gist",
            where=sa.text("status = 'published'"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_pricing_book")),
        sa.UniqueConstraint("tenant", "key", "book_version", name="uq_pricing_book_version"),
    )
    op.create_index(
        "ix_pricing_book_created", "pricing_book", ["tenant", "created_at", "id"], unique=False
    )
    op.execute(_KEEP)
    op.execute(
        "CREATE TRIGGER keep_published BEFORE UPDATE OR DELETE ON pricing_book "
        "FOR EACH ROW EXECUTE FUNCTION pricing_keep_published()"
    )
    op.execute(
        "CREATE TRIGGER keep_all BEFORE TRUNCATE ON pricing_book "
        "FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change()"
    )
    for trigger in ("keep_published", "keep_all"):
        op.execute(f"ALTER TABLE pricing_book ENABLE ALWAYS TRIGGER {trigger}")
    secure_table(op, "pricing_book")

"""Approvals: policy, requests, steps and their trail."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import append_only, secure_table

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_JSON = postgresql.JSONB(astext_type=sa.Text())
_INSTANT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "approvals_policy",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("content", _JSON, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_approvals_policy_version_is_positive")),
        sa.PrimaryKeyConstraint("tenant", "version", name=op.f("pk_approvals_policy")),
    )
    op.create_table(
        "approvals_request",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("quote_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("submitted_by", sa.Text(), nullable=False),
        sa.Column("submitted_at", _INSTANT, nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("closed_at", _INSTANT, nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'approved', 'rejected', 'withdrawn')",
            name=op.f("ck_approvals_request_status_is_known"),
        ),
        sa.CheckConstraint(
            "(status = 'open') = (closed_at IS NULL)",
            name=op.f("ck_approvals_request_closed_has_instant"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_approvals_request")),
    )
    op.create_index(
        "uq_approvals_request_open",
        "approvals_request",
        ["tenant", "quote_id"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index(
        "ix_approvals_request_quote",
        "approvals_request",
        ["tenant", "quote_id", "submitted_at"],
        unique=False,
    )
    op.create_table(
        "approvals_step",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("request_id", sa.UUID(), nullable=False),
        sa.Column("quote_id", sa.UUID(), nullable=False),
        sa.Column("quote_number", sa.Text(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("reasons", _JSON, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("submitted_by", sa.Text(), nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=True),
        sa.Column("due_at", _INSTANT, nullable=True),
        sa.Column("escalated_to", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_for", sa.Text(), nullable=True),
        sa.Column("decided_at", _INSTANT, nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.CheckConstraint(
            "status IN ('waiting', 'open', 'approved', 'rejected', 'carried', 'dropped')",
            name=op.f("ck_approvals_step_status_is_known"),
        ),
        sa.CheckConstraint(
            "(status IN ('approved', 'rejected', 'carried')) = (decided_by IS NOT NULL)",
            name=op.f("ck_approvals_step_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "decided_by <> submitted_by AND decided_by <> made_by",
            name=op.f("ck_approvals_step_maker_is_not_checker"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "request_id"],
            ["approvals_request.tenant", "approvals_request.id"],
            name=op.f("fk_approvals_step_tenant_request_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_approvals_step")),
        sa.UniqueConstraint(
            "tenant", "request_id", "chain", "level", "group_key", name="uq_approvals_step_place"
        ),
    )
    op.create_index(
        "ix_approvals_step_due",
        "approvals_step",
        ["tenant", "due_at"],
        unique=False,
        postgresql_where=sa.text("status = 'open' AND escalated_to IS NULL"),
    )
    op.create_index(
        "ix_approvals_step_created", "approvals_step", ["tenant", "created_at", "id"], unique=False
    )
    op.create_index(
        "ix_approvals_step_quote", "approvals_step", ["tenant", "quote_id"], unique=False
    )
    op.create_table(
        "approvals_entry",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("quote_id", sa.UUID(), nullable=False),
        sa.Column("request_id", sa.UUID(), nullable=False),
        sa.Column("step_id", sa.UUID(), nullable=True),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_approvals_entry")),
    )
    op.create_index(
        "ix_approvals_entry_quote",
        "approvals_entry",
        ["tenant", "quote_id", "at", "id"],
        unique=False,
    )
    secure_table(op, "approvals_policy", "approvals_request", "approvals_step", "approvals_entry")
    append_only(op, "approvals_policy", "approvals_entry")

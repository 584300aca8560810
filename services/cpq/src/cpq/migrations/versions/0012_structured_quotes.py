"""Quotes with keyed lines, groups, options, terms, kept versions and the record of their prices."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import each_tenant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_JSON: Any = postgresql.JSONB(astext_type=sa.Text())


_Columns = tuple[tuple[str, Any, str | None], ...]


def upgrade() -> None:
    of_quote: _Columns = (
        ("cancelled_at", postgresql.TIMESTAMP(timezone=True), None),
        ("cancel_reason", sa.Text(), None),
        ("groups", _JSON, "[]"),
        ("price_book", sa.Text(), None),
        ("partner_level", sa.Text(), None),
        ("promotions", _JSON, "[]"),
        ("cloned_from", sa.UUID(), None),
        ("pricing", sa.LargeBinary(), None),
        ("pricing_hash", sa.Text(), None),
    )
    for name, type_, default in of_quote:
        _add("quotes_quote", name, type_, default)
    of_line: _Columns = (
        ("key", sa.Text(), ""),
        ("parent", sa.Text(), None),
        ("group", sa.Text(), None),
        ("optional", sa.Boolean(), "false"),
        ("selected", sa.Boolean(), "true"),
        ("counts", sa.Boolean(), "true"),
        ("alternative_of", sa.Text(), None),
        ("selling_model", sa.Text(), None),
        ("attributes", _JSON, "{}"),
        ("term", _JSON, None),
        ("start_on", sa.Date(), None),
        ("end_on", sa.Date(), None),
        ("term_multiplier", sa.Numeric(precision=24, scale=10), "1"),
        ("term_reason", sa.Text(), None),
    )
    for name, type_, default in of_line:
        _add("quotes_line", name, type_, default)
    for _ in each_tenant(op):
        op.execute("UPDATE quotes_line SET key = position::text")
    op.create_unique_constraint("uq_quotes_line_key", "quotes_line", ["tenant", "quote_id", "key"])
    for name, rule in (
        ("term_multiplier_is_positive", "term_multiplier > 0"),
        ("term_has_both_ends", "(start_on IS NULL) = (end_on IS NULL)"),
        ("term_ends_after_it_begins", "end_on >= start_on"),
    ):
        op.create_check_constraint(
            op.f(f"ck_quotes_line_{name}"), "quotes_line", rule, postgresql_not_valid=True
        )
    of_offer: _Columns = (
        ("pricing", sa.LargeBinary(), None),
        ("pricing_hash", sa.Text(), None),
        ("waterfalls", _JSON, None),
        ("label", sa.Text(), None),
        ("kept_at", postgresql.TIMESTAMP(timezone=True), None),
        ("kept_by", sa.Text(), None),
    )
    for name, type_, default in of_offer:
        _add("quotes_offer", name, type_, default)
    for name, rule in (
        (
            "status_is_known",
            "status IN ('draft', 'pending', 'approved', 'sent', 'accepted', 'declined', "
            "'expired', 'cancelled')",
        ),
        (
            "sent_has_hash",
            "status IN ('draft', 'cancelled') "
            "OR (content_hash IS NOT NULL AND valid_until IS NOT NULL)",
        ),
    ):
        op.drop_constraint(op.f(f"ck_quotes_quote_{name}"), "quotes_quote", type_="check")
        op.create_check_constraint(
            op.f(f"ck_quotes_quote_{name}"), "quotes_quote", rule, postgresql_not_valid=True
        )


def _add(
    table: str,
    name: str,
    type_: Any,
    default: str | None,
) -> None:
    """Add a column; one that must not be null gets its default for what is there already."""
    op.add_column(
        table,
        sa.Column(name, type_, nullable=default is None, server_default=default),
    )
    if default is not None:
        op.alter_column(table, name, server_default=None)

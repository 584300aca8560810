"""Tables of approvals."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cpq.approvals.rules import (
    ApprovalPolicyHasChanged,
    ApprovalStepNotFound,
    MakerIsNotChecker,
)
from cpq.tables import Base
from servicekit.errors import Refusal
from servicekit.tables import Identified, PostedAmount, TenantRow, Versioned

_NOBODY = text("'[]'::jsonb")


class PolicyVersion(TenantRow, Base):
    """The policy from an instant on. Insert-only."""

    __tablename__ = "approvals_policy"
    __table_args__ = (CheckConstraint("version >= 1", name="version_is_positive"),)
    __refusals__ = {  # noqa: RUF012
        "pk_approvals_policy": lambda: ApprovalPolicyHasChanged(
            "another version was written meanwhile"
        )
    }

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[dict[str, Any]]
    """`{rules, groups, fact_limits}`, as `rules.Policy`."""
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class ApprovalRequest(Identified, Versioned, Base):
    """A revision of a quote that was put up for approval. The amount is in its currency."""

    __tablename__ = "approvals_request"
    __table_args__ = (
        Index(
            "uq_approvals_request_open",
            "tenant",
            "quote_id",
            unique=True,
            postgresql_where=text("status = 'open'"),
        ),
        Index("ix_approvals_request_quote", "tenant", "quote_id", "submitted_at"),
        CheckConstraint(
            "status IN ('open', 'approved', 'rejected', 'withdrawn')", name="status_is_known"
        ),
        CheckConstraint("(status = 'open') = (closed_at IS NULL)", name="closed_has_instant"),
    )

    quote_id: Mapped[UUID]
    number: Mapped[str]
    revision: Mapped[int]
    content_hash: Mapped[str]
    """What is approved, and nothing else."""
    policy_version: Mapped[int]
    net: Mapped[PostedAmount]
    currency: Mapped[str]
    made_by: Mapped[str]
    """Who began the quote."""
    makers: Mapped[list[str]] = mapped_column(JSONB, server_default=_NOBODY)
    """Who began it, everybody who changed it, and who submitted it."""
    submitted_by: Mapped[str]
    submitted_at: Mapped[datetime]
    comment: Mapped[str | None]
    status: Mapped[str]
    closed_at: Mapped[datetime | None]


class ApprovalStep(Identified, Versioned, Base):
    """What one group is asked at one level of a chain."""

    __tablename__ = "approvals_step"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "request_id"], ["approvals_request.tenant", "approvals_request.id"]
        ),
        UniqueConstraint(
            "tenant", "request_id", "chain", "level", "group_key", name="uq_approvals_step_place"
        ),
        Index(
            "ix_approvals_step_due",
            "tenant",
            "due_at",
            postgresql_where=text("status = 'open' AND escalated_to IS NULL"),
        ),
        Index("ix_approvals_step_created", "tenant", "created_at", "id"),
        Index("ix_approvals_step_quote", "tenant", "quote_id"),
        CheckConstraint(
            "status IN ('waiting', 'open', 'approved', 'rejected', 'carried', 'dropped')",
            name="status_is_known",
        ),
        CheckConstraint(
            "(status IN ('approved', 'rejected', 'carried')) = (decided_by IS NOT NULL)",
            name="decided_by_somebody",
        ),
        CheckConstraint(
            "decided_by <> submitted_by AND decided_by <> made_by", name="maker_is_not_checker"
        ),
        CheckConstraint(
            "NOT (makers ? decided_by) AND NOT (makers ? decided_for)", name="no_maker_decides"
        ),
    )
    __missing__: ClassVar[type[Refusal]] = ApprovalStepNotFound
    __refusals__ = {  # noqa: RUF012
        "ck_approvals_step_maker_is_not_checker": lambda: MakerIsNotChecker(
            "the one who decides made or submitted it"
        ),
        "ck_approvals_step_no_maker_decides": lambda: MakerIsNotChecker(
            "the one who decides, or for whom they do, changed it"
        ),
    }

    request_id: Mapped[UUID]
    quote_id: Mapped[UUID]
    quote_number: Mapped[str]
    chain: Mapped[str]
    level: Mapped[int]
    group_key: Mapped[str]
    group_name: Mapped[str]
    reasons: Mapped[list[Any]]
    """Why it is asked: `[{rule, name, measured: [{variable, value, line}]}]`."""
    status: Mapped[str]
    made_by: Mapped[str]
    makers: Mapped[list[str]] = mapped_column(JSONB, server_default=_NOBODY)
    """None of them decides, nor a deputy for one of them."""
    submitted_by: Mapped[str]
    opened_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    """When it is escalated."""
    escalated_to: Mapped[str | None]
    """The group that may decide as well by now."""
    decided_by: Mapped[str | None]
    decided_for: Mapped[str | None]
    """Whose deputy decided; None: they decided themselves."""
    decided_at: Mapped[datetime | None]
    comment: Mapped[str | None]


class ApprovalEntry(Identified, Base):
    """Something that was done about the approval of a quote. Insert-only."""

    __tablename__ = "approvals_entry"
    __table_args__ = (Index("ix_approvals_entry_quote", "tenant", "quote_id", "at", "id"),)

    quote_id: Mapped[UUID]
    request_id: Mapped[UUID]
    step_id: Mapped[UUID | None]
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    """submitted, opened, approved, rejected, carried, escalated, withdrawn."""
    about: Mapped[str]
    """The group that was asked, or the revision."""
    content_hash: Mapped[str]
    comment: Mapped[str | None]

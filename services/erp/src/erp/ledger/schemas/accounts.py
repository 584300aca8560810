"""What the doors of ledger accounts take and give."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from erp.ledger.models import Account
from erp.ledger.rules import AccountKind, AccountRole, StatementSection
from servicekit.http.schemas import Code, In, Name, Out


class LedgerAccountIn(In):
    """An account to be opened. `section` defaults to the first one of the kind."""

    company_id: UUID | None = None
    code: Code
    name: Name
    kind: AccountKind
    section: StatementSection | None = None
    """The section of the statements that it stands in."""
    parent_id: UUID | None = None
    """The account above it in the chart; null: it stands at the top."""
    heading: bool = False
    """True: it adds up the accounts below it and takes no entries itself."""


class LedgerAccountPatch(In):
    """What changes about an account; what is left out stays. `parent_id` null: it stands alone.

    An account that is not active takes no entries and keeps what it has.
    """

    name: Name | None = None
    section: StatementSection | None = None
    """The section of the statements that it stands in."""
    parent_id: UUID | None = None
    """The account above it in the chart; null: it stands at the top."""
    heading: bool | None = None
    """True: it adds up the accounts below it and takes no entries itself."""
    active: bool | None = None
    """False: it is closed and takes no entries."""

    def changes(self) -> dict[str, Any]:
        """The members that were given; of those only the parent may be null."""
        given = self.model_dump(exclude_unset=True)
        return {
            name: value for name, value in given.items() if value is not None or name == "parent_id"
        }


class AccountRoleIn(In):
    """The role by which automatic postings find the account; null takes it away."""

    role: AccountRole | None


class LedgerAccountOut(Out):
    """An account of a chart. `role` is what automatic postings know it by."""

    id: UUID
    company_id: UUID
    code: str
    name: str
    kind: str
    role: str | None
    control: bool
    parent_id: UUID | None
    """The account above it in the chart; null: it stands at the top."""
    section: str
    """The section of the statements that it stands in."""
    heading: bool
    """True: it adds up the accounts below it and takes no entries itself."""
    active: bool
    """False: it is closed and takes no entries."""
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: Account) -> Self:
        """Render an account."""
        return cls.model_validate(row)


class LedgerAccountsOut(Out):
    """A whole chart, by code."""

    items: list[LedgerAccountOut]

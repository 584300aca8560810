"""What accounts of a chart may be, and which laws a change of them breaks."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from erp.ledger.rules.chart import AccountKind, AccountRole, StatementSection
from erp.ledger.rules.sections import (
    CONTROL_ROLES,
    KINDS_OF_ROLES,
    section_of,
    sections_of,
)
from servicekit.errors import InvalidInput, NotFound, RuleBroken


class LedgerAccountNotFound(NotFound):
    """The account does not exist, or belongs to another tenant."""

    code = "ledger-account-not-found"
    title = "No such ledger account"
    hint = "List the chart with GET /v1/ledger-accounts?company_id=..."


class AccountCodeIsTaken(RuleBroken):
    """Codes are unique within a chart."""

    code = "ledger-account-code-is-taken"
    title = "Another account of the chart has this code"
    hint = "Choose another code, or change the account that exists."


class AccountTakesNoPostings(RuleBroken):
    """Headings add up other accounts, and closed accounts are kept for what they say."""

    code = "ledger-account-takes-no-postings"
    title = "A heading or a closed account is not posted to"
    hint = "Post to an account below the heading, or open the account again."


class SectionDoesNotFit(InvalidInput):
    """A section of a statement holds accounts of its own kinds."""

    code = "statement-section-does-not-fit"
    title = "An account of this kind does not stand in this section of the statements"
    hint = "Choose a section of the account's kind, or leave it out."


class ParentDoesNotFit(InvalidInput):
    """Accounts form a tree within one company."""

    code = "parent-account-does-not-fit"
    title = "The parent is another account of the same chart, and none below the account"
    hint = "Name an account of the same company that does not stand below this one."


class RoleDoesNotFit(RuleBroken):
    """A role asks for an account that can be posted to, of a kind that makes sense."""

    code = "account-role-does-not-fit"
    title = "The account cannot have this role"
    hint = "Choose an account that takes postings and is of the kind that the detail names."


class RoleHasEntries(RuleBroken):
    """A control account equals its subledger; its history cannot move to another account."""

    code = "account-role-has-entries"
    title = "A control role does not move once one of the accounts has entries"
    hint = "Choose accounts without entries, or keep the role where it is."


class AccountHasEntries(RuleBroken):
    """What was posted to an account stays an account of that kind."""

    code = "ledger-account-has-entries"
    title = "The account has entries"
    hint = "Close the account and open another one for what follows."


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be added to a chart. `parent` is the code of another account of it."""

    code: str
    name: str
    kind: AccountKind
    section: StatementSection | None = None
    parent: str | None = None
    heading: bool = False
    active: bool = True
    role: AccountRole | None = None

    @property
    def stands_in(self) -> StatementSection:
        """The section it is told to stand in, or that of its kind and role."""
        return self.section or section_of(self.kind, self.role)


def is_control(role: AccountRole | None) -> bool:
    """Whether only documents post to an account of this role."""
    return role is not None and role.value in CONTROL_ROLES


def check_section(kind: AccountKind, section: StatementSection) -> None:
    """Raise `SectionDoesNotFit`."""
    if section not in sections_of(kind):
        fitting = ", ".join(each.value for each in sections_of(kind))
        raise SectionDoesNotFit(
            f"{kind.value} accounts stand in {fitting}; not in {section.value}.", field="section"
        )


def check_role(
    role: AccountRole, code: str, kind: AccountKind, *, takes_postings: bool, field: str = "role"
) -> None:
    """Raise `RoleDoesNotFit` where the account cannot serve."""
    if not takes_postings:
        raise RoleDoesNotFit(f"{code} is a heading or closed.", field=field)
    wanted = KINDS_OF_ROLES.get(role.value)
    if wanted is not None and kind is not wanted:
        raise RoleDoesNotFit(
            f"{role.value} asks for an account of kind {wanted.value}; {code} is of kind "
            f"{kind.value}.",
            field=field,
        )


def check_parent(account_id: UUID, parent_id: UUID, parents: Mapping[UUID, UUID | None]) -> None:
    """Raise `ParentDoesNotFit` for a parent outside the chart, or below the account itself.

    `parents` are those of the whole chart, by account.
    """
    if parent_id not in parents:
        raise ParentDoesNotFit(f"No account {parent_id} in this chart.", field="parent_id")
    above: UUID | None = parent_id
    for _ in range(len(parents) + 1):
        if above is None:
            return
        if above == account_id:
            break
        above = parents.get(above)
    raise ParentDoesNotFit(f"{parent_id} stands below {account_id}.", field="parent_id")

"""A chart of accounts as it was read, whatever it was written in."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """The five kinds of accounts that the ledger knows."""

    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"


class Section(StrEnum):
    """The sections of the statements that the ledger knows."""

    CASH = "cash"
    RECEIVABLES = "receivables"
    INVENTORY = "inventory"
    OTHER_CURRENT_ASSETS = "other-current-assets"
    NON_CURRENT_ASSETS = "non-current-assets"
    PAYABLES = "payables"
    OTHER_CURRENT_LIABILITIES = "other-current-liabilities"
    NON_CURRENT_LIABILITIES = "non-current-liabilities"
    EQUITY = "equity"
    REVENUE = "revenue"
    OTHER_INCOME = "other-income"
    COST_OF_SALES = "cost-of-sales"
    OPERATING_EXPENSES = "operating-expenses"
    DEPRECIATION = "depreciation"
    FINANCIAL_RESULT = "financial-result"
    INCOME_TAXES = "income-taxes"


class Severity(StrEnum):
    """An error refuses the import, a warning tells what is left out, a notice what was decided."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a line of a file, from 1, and the element or code there."""

    file: str
    line: int
    element: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, by a stable code, and where."""

    severity: Severity
    code: str
    place: Place
    detail: str


@dataclass(slots=True)
class ReadAccount:
    """An account of a file. `key` is what the file itself refers to it by, `parent` such a key.

    `kind` None: not told, or none of the five; `left_out` then says why it is not taken, where
    that is no error. `hints` are what the file says beside: party, reconcile, links.
    """

    key: str
    code: str | None
    name: str
    kind: Kind | None
    place: Place
    parent: str | None = None
    heading: bool = False
    active: bool = True
    section: Section | None = None
    hints: tuple[str, ...] = ()
    left_out: str | None = None
    untold: str = "the file tells no kind"


@dataclass(slots=True)
class ReadTax:
    """A tax of a file. `rate` is a fraction of the base: 0.19 is 19 per cent, below zero owed.

    Accounts are keys of accounts. `part_of` is the name of the tax it is a part of.
    """

    name: str
    place: Place
    rate: Decimal | None
    account: str | None = None
    credit_note_account: str | None = None
    direction: str | None = None
    part_of: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(slots=True)
class ReadChart:
    """What the files of a chart say, before it is checked. `roles`: candidates by role."""

    layout: str
    accounts: list[ReadAccount] = field(default_factory=list)
    taxes: list[ReadTax] = field(default_factory=list)
    roles: dict[str, list[str]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def note(self, severity: Severity, code: str, place: Place, detail: str) -> None:
        """Add a finding."""
        self.findings.append(Finding(severity, code, place, detail))


@dataclass(frozen=True, slots=True)
class ChartAccount:
    """An account of a checked chart. `parent` is the code of another account of it."""

    code: str
    name: str
    kind: Kind
    section: Section
    parent: str | None
    heading: bool
    active: bool
    hints: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class ChartTax:
    """A tax of a checked chart; its accounts are codes of the chart."""

    name: str
    rate: Decimal | None
    account: str | None
    credit_note_account: str | None
    direction: str | None
    part_of: str | None
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart that was read and checked; it may be taken where no finding is an error."""

    layout: str
    accounts: tuple[ChartAccount, ...]
    taxes: tuple[ChartTax, ...]
    roles: dict[str, str]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> list[Finding]:
        """What refuses the import."""
        return [each for each in self.findings if each.severity is Severity.ERROR]

"""What the books accept, and the chart of accounts a new company starts with."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.values.decimals import plain
from servicekit.values.money import Money


class AccountKind(StrEnum):
    """The five kinds of accounts; assets and expenses grow on the debit side."""

    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"


class AccountRole(StrEnum):
    """What postings ask an account for. A company has exactly one account per role."""

    BANK = "bank"
    RECEIVABLES = "receivables"
    INVENTORY = "inventory"
    GOODS_RECEIVED_NOT_INVOICED = "goods-received-not-invoiced"
    TAX_PAYABLE = "tax-payable"
    OPENING_EQUITY = "opening-equity"
    RETAINED_EARNINGS = "retained-earnings"
    REVENUE = "revenue"
    COST_OF_GOODS_SOLD = "cost-of-goods-sold"
    INVENTORY_ADJUSTMENT = "inventory-adjustment"


class Journal(StrEnum):
    """The books of first entry. Each numbers its entries by itself."""

    SALES = "sales"
    CASH = "cash"
    STOCK = "stock"
    GENERAL = "general"


LARGEST_AMOUNT = Decimal(10) ** 12
"""No single posted amount reaches it. Columns hold ten thousand times as much."""


@dataclass(frozen=True, slots=True)
class ChartLine:
    """An account of the standard chart. Only its own slice posts to a control account."""

    code: str
    name: str
    kind: AccountKind
    role: AccountRole | None = None
    control: bool = False


STANDARD_CHART: tuple[ChartLine, ...] = (
    ChartLine("1000", "Bank", AccountKind.ASSET, AccountRole.BANK),
    ChartLine("1100", "Trade receivables", AccountKind.ASSET, AccountRole.RECEIVABLES, True),
    ChartLine("1200", "Inventory", AccountKind.ASSET, AccountRole.INVENTORY, True),
    ChartLine("1500", "Property and equipment", AccountKind.ASSET),
    ChartLine("2000", "Trade payables", AccountKind.LIABILITY),
    ChartLine(
        "2100",
        "Goods received, not invoiced",
        AccountKind.LIABILITY,
        AccountRole.GOODS_RECEIVED_NOT_INVOICED,
    ),
    ChartLine("2200", "Tax payable", AccountKind.LIABILITY, AccountRole.TAX_PAYABLE),
    ChartLine("2500", "Loans", AccountKind.LIABILITY),
    ChartLine("3000", "Share capital", AccountKind.EQUITY),
    ChartLine("3100", "Opening balances", AccountKind.EQUITY, AccountRole.OPENING_EQUITY),
    ChartLine("3900", "Retained earnings", AccountKind.EQUITY, AccountRole.RETAINED_EARNINGS),
    ChartLine("4000", "Sales", AccountKind.INCOME, AccountRole.REVENUE),
    ChartLine("4900", "Other income", AccountKind.INCOME),
    ChartLine("5000", "Cost of goods sold", AccountKind.EXPENSE, AccountRole.COST_OF_GOODS_SOLD),
    ChartLine(
        "5100", "Inventory adjustments", AccountKind.EXPENSE, AccountRole.INVENTORY_ADJUSTMENT
    ),
    ChartLine("6000", "Wages and salaries", AccountKind.EXPENSE),
    ChartLine("6100", "Rent", AccountKind.EXPENSE),
    ChartLine("6900", "Other operating expenses", AccountKind.EXPENSE),
)
"""A trading company's chart, written for Tradewind; codes are grouped by kind."""


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One line of an entry to be posted.

    `account` is a role of the company's chart, or an account's id. Exactly one of `debit` and
    `credit` is above zero, at the currency's minor units.
    """

    account: AccountRole | UUID
    currency: str
    debit: Decimal = Decimal(0)
    credit: Decimal = Decimal(0)
    text: str | None = None


def debit(account: AccountRole | UUID, amount: Money, text: str | None = None) -> EntryLine:
    """A line on the debit side; `amount` is above zero and already at minor units."""
    return EntryLine(account, amount.currency, debit=amount.amount, text=text)


def credit(account: AccountRole | UUID, amount: Money, text: str | None = None) -> EntryLine:
    """A line on the credit side; `amount` is above zero and already at minor units."""
    return EntryLine(account, amount.currency, credit=amount.amount, text=text)


class CompanyNotFound(NotFound):
    """The company does not exist, or belongs to another tenant."""

    code = "company-not-found"
    title = "No such company"
    hint = "List the companies with GET /v1/companies."


class CompanyCodeIsTaken(RuleBroken):
    """Company codes are unique within a tenant."""

    code = "company-code-is-taken"
    title = "Another company already has this code"
    hint = "Choose another code."


class NoCompanyYet(RuleBroken):
    """Something needs the tenant's default company, and there is none."""

    code = "no-company-yet"
    title = "There is no company to book in"
    hint = "Create one first with POST /v1/companies."


class AccountIsUnknown(InvalidInput):
    """A line names an account that the company's chart does not have."""

    code = "ledger-account-unknown"
    title = "The account is not in the company's chart"
    hint = "List the chart with GET /v1/ledger-accounts?company_id=..."


class AccountIsControlled(RuleBroken):
    """A control account moves only with the documents behind it."""

    code = "ledger-account-is-controlled"
    title = "A control account is not posted to by hand"
    hint = "Post the invoice, payment or stock move; its journal entry follows by itself."


class EntryNeedsTwoLines(InvalidInput):
    """Double entry needs at least two lines."""

    code = "entry-needs-two-lines"
    title = "An entry has at least two lines"
    hint = "Add the other side of the booking."


class EntryIsNotBalanced(InvalidInput):
    """Debit and credit are equal in every currency of an entry."""

    code = "entry-not-balanced"
    title = "Debit and credit of an entry are equal in each currency"
    hint = "Correct the amounts so that each currency sums to zero."


class LineHasOneSide(InvalidInput):
    """A line is a debit or a credit, above zero."""

    code = "entry-line-needs-one-side"
    title = "A line has either a debit or a credit, above zero"
    hint = "Give exactly one of the two, and no zero lines; a negative debit is a credit."


class AmountHasTooManyDecimals(InvalidInput):
    """Posted amounts are whole minor units of their currency."""

    code = "amount-has-too-many-decimals"
    title = "A posted amount has no more decimals than its currency"
    hint = "Round the amount to the currency's minor units first."


class AmountIsTooLarge(InvalidInput):
    """Sums over many documents must still fit, so a single amount is bounded."""

    code = "amount-is-too-large"
    title = "A posted amount is below one trillion"
    hint = "Look for a misplaced decimal point; split the amount if it is right."


class BookedInTheFuture(RuleBroken):
    """The balances of today count every entry, so none is of a later day."""

    code = "booked-in-the-future"
    title = "Entries, invoices, payments and allocations are dated today (UTC) or earlier"
    hint = "Correct the day, or record it when it has come."


class EntryNotFound(NotFound):
    """The entry does not exist, or belongs to another tenant."""

    code = "journal-entry-not-found"
    title = "No such journal entry"
    hint = "List the entries with GET /v1/journal-entries."


class EntryIsReversedAlready(RuleBroken):
    """An entry is reversed once."""

    code = "journal-entry-is-reversed-already"
    title = "The entry has been reversed already"
    hint = "Post a new entry if the books should show something else."


class EntryHasADocument(RuleBroken):
    """What a document booked is corrected by a document."""

    code = "journal-entry-has-a-document"
    title = "An entry that a document booked is not reversed by hand"
    hint = "Correct the document; its journal entry follows by itself."


def check_entry(lines: Sequence[EntryLine]) -> None:
    """Refuse what the database would refuse at commit, while there is still a field to name.

    Raises `EntryNeedsTwoLines`, `LineHasOneSide`, `AmountHasTooManyDecimals`,
    `EntryIsNotBalanced`.
    """
    if len(lines) < 2:
        raise EntryNeedsTwoLines(f"The entry has {len(lines)} line(s).", field="lines")
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for position, line in enumerate(lines):
        if line.debit < 0 or line.credit < 0 or (line.debit > 0) == (line.credit > 0):
            raise LineHasOneSide(
                f"Line {position + 1} has debit {plain(line.debit)} and credit "
                f"{plain(line.credit)}.",
                field=f"lines.{position}",
            )
        check_amount(line.debit or line.credit, line.currency, field=f"lines.{position}")
        sums[line.currency] += line.debit - line.credit
    for currency, difference in sorted(sums.items()):
        if difference:
            raise EntryIsNotBalanced(
                f"Debit less credit is {plain(difference)} {currency}.", field="lines"
            )


def check_amount(amount: Decimal, currency: str, *, field: str | None = None) -> None:
    """Refuse what a ledger line cannot hold.

    Raises `AmountHasTooManyDecimals`, and `AmountIsTooLarge` from a trillion on.
    """
    if abs(amount) >= LARGEST_AMOUNT:
        raise AmountIsTooLarge(f"{plain(amount)} {currency} is too much.", field=field)
    if Money(amount, currency).round().amount != amount:
        raise AmountHasTooManyDecimals(
            f"{plain(amount)} {currency} is not a whole number of minor units.", field=field
        )


def check_day_has_come(day: date, today: date, *, field: str) -> None:
    """Raise `BookedInTheFuture` for a business day after `today`, both of the UTC calendar."""
    if day > today:
        raise BookedInTheFuture(f"{day} has not come yet; today is {today} (UTC).", field=field)


def period_of(day: date) -> date:
    """The accounting period of a business day, named by its first day: the calendar month."""
    return day.replace(day=1)


def next_period(day: date) -> date:
    """The first day of the period after the one `day` lies in."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def series_of(prefix: str, day: date) -> str:
    """The number series of a business day: one per calendar year, such as `SAL-2026`."""
    return f"{prefix}-{day.year:04d}"


JOURNAL_PREFIX: dict[Journal, str] = {
    Journal.SALES: "SAL",
    Journal.CASH: "CSH",
    Journal.STOCK: "STK",
    Journal.GENERAL: "GEN",
}


def document_number(series: str, number: int) -> str:
    """A number as people read it: `SAL-2026-000042`."""
    return f"{series}-{number:06d}"


def reversal(lines: Sequence[EntryLine]) -> list[EntryLine]:
    """The same lines with debit and credit exchanged."""
    return [
        EntryLine(line.account, line.currency, line.credit, line.debit, line.text) for line in lines
    ]

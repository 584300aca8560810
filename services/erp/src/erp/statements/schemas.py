"""What the doors of statements give."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self
from urllib.parse import urlencode
from uuid import UUID

from erp.ledger.queries import Posting
from erp.receivables.queries import AdjustmentKind
from erp.statements.queries import TrialBalanceLine
from erp.statements.rules import Column, Standing, Statement, StatementLine
from servicekit.http.schemas import AmountOut, Out

READ_AT = {
    **{kind.value: "/v1/adjustments/" for kind in AdjustmentKind},
    "allocation": "/v1/allocations/",
    "bill": "/v1/bills/",
    "credit-note": "/v1/credit-notes/",
    "invoice": "/v1/invoices/",
    "payment": "/v1/payments/",
    "revaluation": "/v1/revaluations/",
    "revaluation-reversal": "/v1/revaluations/",
    "revaluation-reversal-undoing": "/v1/revaluations/",
    "revaluation-undoing": "/v1/revaluations/",
    "reversal": "/v1/journal-entries/",
    "shipment": "/v1/stock-moves?document_id=",
    "stock-move": "/v1/stock-moves?document_id=",
    "stock-revaluation": "/v1/stock-moves?document_id=",
    "supplier-allocation": "/v1/supplier-allocations/",
    "supplier-credit-note": "/v1/bills/",
    "supplier-payment": "/v1/supplier-payments/",
    "supplier-payment-return": "/v1/supplier-payments/",
}
"""Where the document of an entry is read, by type; of others only the id is told."""


class CellLinksOut(Out):
    """Where a figure comes from."""

    entries: str
    """The query that lists the postings whose sum it is."""


class CellOut(Out):
    """A figure of a statement."""

    amount: AmountOut
    """In the company's currency."""
    links: CellLinksOut | None
    """Where it comes from; null for sums, whose parts have links of their own."""


class StatementColumnOut(Out):
    """The days of a column."""

    starts_on: date
    """Its first day."""
    ends_on: date
    """Its last day."""
    year_starts_on: date
    """The first day of the fiscal year in which it ends."""
    known_at: datetime | None
    """The instant whose knowledge it shows; null: what is known now."""

    @classmethod
    def of(cls, column: Column) -> Self:
        """Render a column."""
        return cls.model_validate(column)


class StatementAccountOut(Out):
    """What an account adds to a line."""

    ledger_account_id: UUID
    """The account of the company's chart."""
    code: str
    name: str
    cells: list[CellOut]
    """A figure for each column."""


class StatementLineOut(Out):
    """A line of a statement."""

    code: str
    name: str
    level: int
    """How far inside it stands; 0 for totals."""
    standing: str
    """part, subtotal or total."""
    cells: list[CellOut]
    """A figure for each column."""
    accounts: list[StatementAccountOut]
    """The accounts of a part that have a figure, by code."""


class FinancialStatementOut(Out):
    """A statement in the company's currency."""

    statement: str
    """balance-sheet, profit-and-loss or cash-flow."""
    company_id: UUID
    currency: str
    columns: list[StatementColumnOut]
    """The columns, as asked and then going back."""
    lines: list[StatementLineOut]

    @classmethod
    def of(cls, made: Statement, company_id: UUID, currency: str) -> Self:
        """Render a statement with a link behind each figure of a part."""

        def cell(line: StatementLine, at: int, amount: Decimal, account: UUID | None) -> CellOut:
            if line.standing is not Standing.PART:
                return CellOut(amount=amount, links=None)
            column = made.columns[at]
            query = {
                "company_id": str(company_id),
                "statement": made.kind.value,
                "line": line.code,
                "starts_on": column.starts_on.isoformat(),
                "ends_on": column.ends_on.isoformat(),
            }
            if account is not None:
                query["account_id"] = str(account)
            if column.known_at is not None:
                query["known_at"] = column.known_at.isoformat()
            return CellOut(
                amount=amount,
                links=CellLinksOut(entries=f"/v1/statements/postings?{urlencode(query)}"),
            )

        return cls(
            statement=made.kind.value,
            company_id=company_id,
            currency=currency,
            columns=[StatementColumnOut.of(column) for column in made.columns],
            lines=[
                StatementLineOut(
                    code=line.code,
                    name=line.name,
                    level=line.level,
                    standing=line.standing.value,
                    cells=[cell(line, at, amount, None) for at, amount in enumerate(line.amounts)],
                    accounts=[
                        StatementAccountOut(
                            ledger_account_id=each.account.id,
                            code=each.account.code,
                            name=each.account.name,
                            cells=[
                                cell(line, at, amount, each.account.id)
                                for at, amount in enumerate(each.amounts)
                            ],
                        )
                        for each in line.accounts
                    ],
                )
                for line in made.lines
            ],
        )


class PeriodBalanceOut(Out):
    """An account over a period, in the company's currency."""

    ledger_account_id: UUID
    """The account of the company's chart."""
    code: str
    name: str
    opening: AmountOut
    """Debit less credit up to the day before the period."""
    debit: AmountOut
    credit: AmountOut
    closing: AmountOut
    """Debit less credit up to the last day of the period."""
    links: CellLinksOut
    """The general ledger of the account over the period."""


class PeriodTrialBalanceOut(Out):
    """Every account that was ever posted to, over a period, in the company's currency."""

    company_id: UUID
    currency: str
    column: StatementColumnOut
    """The period."""
    lines: list[PeriodBalanceOut]
    opening: AmountOut
    """The sum of the opening balances: zero."""
    debit: AmountOut
    credit: AmountOut
    closing: AmountOut
    """The sum of the closing balances: zero."""

    @classmethod
    def of(
        cls,
        lines: list[TrialBalanceLine],
        company_id: UUID,
        currency: str,
        column: Column,
    ) -> Self:
        """Render a trial balance with its sums."""
        nothing = Decimal(0)
        return cls(
            company_id=company_id,
            currency=currency,
            column=StatementColumnOut.of(column),
            lines=[
                PeriodBalanceOut(
                    ledger_account_id=line.account.id,
                    code=line.account.code,
                    name=line.account.name,
                    opening=line.opening,
                    debit=line.debit,
                    credit=line.credit,
                    closing=line.closing,
                    links=CellLinksOut(entries=_ledger_link(company_id, line.account.id, column)),
                )
                for line in lines
            ],
            opening=sum((line.opening for line in lines), start=nothing),
            debit=sum((line.debit for line in lines), start=nothing),
            credit=sum((line.credit for line in lines), start=nothing),
            closing=sum((line.closing for line in lines), start=nothing),
        )


def _ledger_link(company_id: UUID, account_id: UUID, column: Column) -> str:
    query = {
        "company_id": str(company_id),
        "account_id": str(account_id),
        "starts_on": column.starts_on.isoformat(),
        "ends_on": column.ends_on.isoformat(),
    }
    if column.known_at is not None:
        query["known_at"] = column.known_at.isoformat()
    return f"/v1/statements/general-ledger?{urlencode(query)}"


class PostingLinksOut(Out):
    """Where a posting comes from."""

    entry: str
    """The journal entry it is a line of."""
    document: str | None
    """The document that booked it; null: a person did, or its id says where."""
    history: str
    """The query that lists what was done to its document, or to the entry itself where none is."""


class PostingOut(Out):
    """A line of a journal entry; the first amounts in the company's currency."""

    entry_id: UUID
    position: int
    """Its place in the entry, from 1."""
    number: str | None
    journal: str
    effective_on: date
    origin_on: date | None
    """The day of its document, where that was closed already; null: the same day."""
    reference: str | None
    source_type: str
    source_id: UUID | None
    recorded_at: datetime
    ledger_account_id: UUID
    """The account of the company's chart."""
    account_code: str
    account_name: str
    debit: AmountOut
    credit: AmountOut
    currency: str
    currency_debit: AmountOut
    """The debit side in `currency`."""
    currency_credit: AmountOut
    """The credit side in `currency`."""
    text: str | None
    links: PostingLinksOut
    """The entry and the document behind it."""

    @classmethod
    def of(cls, posting: Posting) -> Self:
        """Render a posting."""
        return cls(**cls.members(posting))

    @staticmethod
    def members(posting: Posting) -> dict[str, Any]:
        """The members of a posting."""
        where = READ_AT.get(posting.source_type)
        return {
            "entry_id": posting.entry_id,
            "position": posting.position,
            "number": posting.number,
            "journal": posting.journal,
            "effective_on": posting.effective_on,
            "origin_on": posting.origin_on,
            "reference": posting.reference,
            "source_type": posting.source_type,
            "source_id": posting.source_id,
            "recorded_at": posting.recorded_at,
            "ledger_account_id": posting.account_id,
            "account_code": posting.account_code,
            "account_name": posting.account_name,
            "debit": posting.base_debit,
            "credit": posting.base_credit,
            "currency": posting.currency,
            "currency_debit": posting.debit,
            "currency_credit": posting.credit,
            "text": posting.text,
            "links": PostingLinksOut(
                entry=f"/v1/journal-entries/{posting.entry_id}",
                document=f"{where}{posting.source_id}" if where and posting.source_id else None,
                history=f"/v1/audit-entries?subject_id={posting.source_id or posting.entry_id}",
            ),
        }


class LedgerPostingOut(PostingOut):
    """A posting with the balance of its account after it."""

    balance: AmountOut
    """Debit less credit of the account after this posting, in the company's currency."""

"""What the doors of revaluations take and give."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from erp.revaluations.models import Revaluation, RevaluedItem
from erp.revaluations.rules import ItemKind, Method, Valuation
from erp.revaluations.service import Preview
from servicekit.http.schemas import AmountOut, DayIn, In, Out, Reason
from servicekit.values.decimals import round_half_away

_SHOWN_PLACES = 18


class RevaluationIn(In):
    """What is revalued, and what becomes of the differences."""

    company_id: UUID | None = None
    valued_on: DayIn
    """The day whose rates count, usually the last of a period; no later one stands revalued."""
    method: Method = Method.WITH_REVERSAL
    """With reversal: taken back on the first day of the next period; without: it stays."""
    dry_run: bool = False
    """True: say what would be booked, and book nothing."""


class RevaluationUndoingIn(In):
    """Why a revaluation is taken back."""

    reason: Reason
    """For the audit trail."""


class RevaluedItemOut(Out):
    """What an item is worth on the day; amounts are debit less credit."""

    kind: ItemKind
    """A customer's open item, a supplier's, or money on an account."""
    subject_id: UUID
    """The open item; for money the ledger account."""
    currency: str
    """The currency in which it is open (ISO 4217)."""
    open: AmountOut
    """What was open on the day, in `currency`."""
    carrying: AmountOut
    """What the books carried it at before, in the company's currency."""
    rate: AmountOut
    """Units of the company's currency for one of `currency`, shown at eighteen decimals."""
    value: AmountOut
    """What it is worth at that rate, in the company's currency."""
    delta: AmountOut
    """Value less carrying: above zero a gain."""
    kept: AmountOut
    """How much of it stays on the item until it is settled."""

    @classmethod
    def of(cls, row: RevaluedItem) -> Self:
        """Render what was booked."""
        return cls.model_validate(row)

    @classmethod
    def of_preview(cls, each: Valuation) -> Self:
        """Render what would be booked."""
        return cls(
            kind=each.item.kind,
            subject_id=each.item.subject_id,
            currency=each.item.currency,
            open=each.item.open,
            carrying=each.item.carrying,
            rate=round_half_away(each.rate, _SHOWN_PLACES),
            value=each.value,
            delta=each.delta,
            kept=each.kept,
        )


class RevaluationOut(Out):
    """A revaluation of a company on a day."""

    id: UUID | None
    """The revaluation; null: it was a dry run."""
    company_id: UUID
    valued_on: date
    """The day whose rates counted."""
    method: Method
    """What becomes of the differences after the day."""
    base_currency: str
    """The currency of the company (ISO 4217)."""
    gain: AmountOut
    """The unrealised gains together, in the company's currency."""
    loss: AmountOut
    """The unrealised losses together, in the company's currency, above zero."""
    reversed_on: date | None
    """The day on which what does not stay on the items is taken back; null: all of it stays."""
    recorded_at: datetime | None
    """When it was booked (UTC); null: it was a dry run."""
    undone_at: datetime | None
    """When it was taken back (UTC); null: it stands."""

    @classmethod
    def of(cls, row: Revaluation) -> Self:
        """Render a revaluation."""
        return cls.model_validate(row)


class RevaluationDetailOut(RevaluationOut):
    """A revaluation with what it found."""

    items: list[RevaluedItemOut]
    """Every item that was open in a foreign currency on the day."""

    @classmethod
    def of_booked(cls, row: Revaluation, items: list[RevaluedItem]) -> Self:
        """Render a revaluation with its items."""
        head = RevaluationOut.of(row).model_dump()
        return cls(**head, items=[RevaluedItemOut.of(each) for each in items])

    @classmethod
    def of_preview(cls, preview: Preview) -> Self:
        """Render what would be booked."""
        return cls(
            id=None,
            company_id=preview.company_id,
            valued_on=preview.valued_on,
            method=preview.method,
            base_currency=preview.base_currency,
            gain=preview.gain,
            loss=preview.loss,
            reversed_on=preview.reversed_on,
            recorded_at=None,
            undone_at=None,
            items=[RevaluedItemOut.of_preview(each) for each in preview.valuations],
        )

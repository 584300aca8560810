"""Reading payment proposals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from erp.payables import queries as payables
from erp.payables.queries import OpenToPay
from erp.payment_runs.rules import Candidate, Payout, Proposed, propose


@dataclass(frozen=True, slots=True)
class SupplierPayout:
    """What a supplier is paid, with what is known of each line's document."""

    payout: Payout
    items: Sequence[tuple[OpenToPay, Proposed]]


@dataclass(frozen=True, slots=True)
class PaymentProposal:
    """Every open item in `currency`, decided; amounts in it, at its minor units."""

    company_id: UUID
    currency: str
    pay_on: date
    next_pay_on: date
    suppliers: Sequence[SupplierPayout]

    @property
    def amount(self) -> Decimal:
        """What all suppliers are paid."""
        return sum((row.payout.amount for row in self.suppliers), start=Decimal(0))

    @property
    def discount(self) -> Decimal:
        """What is kept for paying early."""
        return sum((row.payout.discount for row in self.suppliers), start=Decimal(0))


async def proposal(
    session: AsyncSession, company_id: UUID, currency: str, pay_on: date, next_pay_on: date
) -> PaymentProposal:
    """What a run of `pay_on` pays if the next one is on `next_pay_on`, as things are now."""
    found = await payables.open_to_pay(session, company_id, currency)
    known = {row.item_id: row for row in found}
    payouts = propose(
        [
            Candidate(
                row.item_id,
                row.supplier_id,
                row.open_amount,
                row.due_on,
                row.discount_on,
                row.discount_rate,
                row.disputed,
            )
            for row in found
        ],
        currency=currency,
        pay_on=pay_on,
        next_pay_on=next_pay_on,
        payable={row.supplier_id for row in found if row.iban is not None},
    )
    return PaymentProposal(
        company_id,
        currency,
        pay_on,
        next_pay_on,
        [
            SupplierPayout(payout, [(known[line.candidate.item_id], line) for line in payout.lines])
            for payout in payouts
        ],
    )

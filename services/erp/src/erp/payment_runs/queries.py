"""Reading payment proposals."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from erp.payables import queries as payables
from erp.payables.queries import OpenToPay
from erp.payment_runs.models import (
    PaymentOutcome,
    PaymentRun,
    RunLineRow,
    RunPayment,
    StatusReportRow,
)
from erp.payment_runs.rules import (
    Candidate,
    PaymentRunNotFound,
    Payout,
    Proposed,
    Reason,
    StatusReportNotFound,
    propose,
)


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
    session: AsyncSession,
    company_id: UUID,
    currency: str,
    pay_on: date,
    next_pay_on: date,
    *,
    left_out: Collection[UUID] = (),
) -> PaymentProposal:
    """What a run of `pay_on` pays if the next one is on `next_pay_on`, as things are now.

    Items of `left_out` are not paid, nor are those that another run has.
    """
    flying = await in_flight(session, company_id)
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
                Reason.IN_A_RUN
                if row.item_id in flying
                else Reason.LEFT_OUT
                if row.item_id in left_out
                else None,
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


@dataclass(frozen=True, slots=True)
class RunDetail:
    """A run with what it pays each supplier, and the items of that."""

    run: PaymentRun
    payments: Sequence[RunPayment]
    lines: Sequence[RunLineRow]
    outcomes: Mapping[UUID, PaymentOutcome]
    """By payment, the last word of the bank on it."""


async def in_flight(session: AsyncSession, company_id: UUID) -> set[UUID]:
    """The open items that a run of the company has which is not finished."""
    rows = await session.scalars(
        select(RunLineRow.item_id)
        .join(PaymentRun, PaymentRun.id == RunLineRow.run_id)
        .where(PaymentRun.company_id == company_id, RunLineRow.in_flight)
    )
    return set(rows)


async def run(session: AsyncSession, run_id: UUID) -> RunDetail:
    """A run with everything in it; raises `PaymentRunNotFound`."""
    row = await session.scalar(
        select(PaymentRun).where(PaymentRun.id == run_id).execution_options(populate_existing=True)
    )
    if row is None:
        raise PaymentRunNotFound(f"No payment run {run_id}.")
    payments = await session.scalars(
        select(RunPayment).where(RunPayment.run_id == run_id).order_by(RunPayment.end_to_end_id)
    )
    lines = await session.scalars(
        select(RunLineRow)
        .where(RunLineRow.run_id == run_id)
        .order_by(RunLineRow.payment_id, RunLineRow.item_id)
        .execution_options(populate_existing=True)
    )
    told = await session.scalars(
        select(PaymentOutcome)
        .join(RunPayment, RunPayment.id == PaymentOutcome.payment_id)
        .where(RunPayment.run_id == run_id)
        .order_by(PaymentOutcome.told_at, PaymentOutcome.report_id)
    )
    return RunDetail(
        row, payments.all(), lines.all(), {outcome.payment_id: outcome for outcome in told}
    )


@dataclass(frozen=True, slots=True)
class ReportDetail:
    """A bank's report with what was new in it, and the end-to-end id of each payment."""

    report: StatusReportRow
    outcomes: Sequence[tuple[str, PaymentOutcome]]


async def report(session: AsyncSession, report_id: UUID) -> ReportDetail:
    """A bank's report; raises `StatusReportNotFound`."""
    row = await session.scalar(select(StatusReportRow).where(StatusReportRow.id == report_id))
    if row is None:
        raise StatusReportNotFound(f"No status report {report_id}.")
    told = await session.execute(
        select(RunPayment.end_to_end_id, PaymentOutcome)
        .join(RunPayment, RunPayment.id == PaymentOutcome.payment_id)
        .where(PaymentOutcome.report_id == report_id)
        .order_by(RunPayment.end_to_end_id)
    )
    return ReportDetail(row, [(name, outcome) for name, outcome in told])


async def run_with_file(session: AsyncSession, run_id: UUID) -> PaymentRun:
    """A run with the file that the bank takes; raises `PaymentRunNotFound`."""
    row = await session.scalar(
        select(PaymentRun).where(PaymentRun.id == run_id).options(undefer(PaymentRun.file))
    )
    if row is None:
        raise PaymentRunNotFound(f"No payment run {run_id}.")
    return row

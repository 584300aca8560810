"""Payment runs: made from what is open, approved over their file, released."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from sqlalchemy import update

from erp.ledger import queries as ledger_queries
from erp.ledger.service import series_of
from erp.payables import queries as payables_queries
from erp.payables import service as payables
from erp.payables.queries import OpenToPay
from erp.payment_runs import queries
from erp.payment_runs.models import CompanyBankAccount, PaymentRun, RunLineRow, RunPayment
from erp.payment_runs.queries import RunDetail, SupplierPayout
from erp.payment_runs.rules import (
    RUN_CURRENCY,
    BankAccountDoesNotPay,
    BooksHaveMoved,
    FileIsAnother,
    ItemIsInAnotherRun,
    ItemIsNotProposed,
    NothingToPay,
    Order,
    Proposed,
    RunIsNotInThatState,
    RunLine,
    Transfer,
    check_days,
    pain_001,
    settling,
)
from servicekit.uow import UnitOfWork

ZERO = Decimal(0)
SERIES = "PRU"


async def make_run(
    uow: UnitOfWork,
    bank_account_id: UUID,
    *,
    pay_on: date,
    next_pay_on: date,
    without: Sequence[UUID],
) -> RunDetail:
    """Make a run of what the proposal pays, but the items of `without`, and its file.

    Nothing is booked; until it is finished no other run takes the items. Raises
    `CompanyBankAccountNotFound`, `BankAccountDoesNotPay`, `PayDayIsPast`, `NextRunIsNotLater`,
    `ItemIsNotProposed`, `ItemIsInAnotherRun`, `NothingToPay`.
    """
    account = await uow.get(CompanyBankAccount, bank_account_id)
    if not account.active or account.currency != RUN_CURRENCY:
        raise BankAccountDoesNotPay(
            f"{account.iban} is in {account.currency}, in use: {account.active}.",
            field="bank_account_id",
        )
    check_days(pay_on, next_pay_on, uow.now.date())
    company = await ledger_queries.company(uow.session, account.company_id)
    await payables.lock_suppliers(uow, company.id)
    flying = await queries.in_flight(uow.session, company.id)
    proposed = await queries.proposal(
        uow.session, company.id, RUN_CURRENCY, pay_on, next_pay_on, left_out=without
    )
    asked = {
        item.item_id: item
        for item in await payables_queries.open_to_pay(uow.session, company.id, RUN_CURRENCY)
    }
    for at, item in enumerate(without):
        if item in flying:
            raise ItemIsInAnotherRun(f"Item {item}.", field=f"without.{at}")
        if item not in asked:
            raise ItemIsNotProposed(f"Item {item}.", field=f"without.{at}")
    paid = [row for row in proposed.suppliers if row.payout.amount > 0]
    if not paid:
        raise NothingToPay("No open item is paid by the day of the next run.")
    run_id = uow.new_id()
    payments = [(row, _payment(uow, run_id, at, row)) for at, row in enumerate(paid, 1)]
    file = pain_001(
        Order(
            run_id.hex,
            uow.now,
            pay_on,
            company.name,
            account.iban,
            account.bic,
            [_transfer(row, payment) for row, payment in payments],
        )
    )
    uow.add(
        PaymentRun(
            tenant=uow.tenant,
            id=run_id,
            company_id=company.id,
            bank_account_id=account.id,
            status="proposed",
            pay_on=pay_on,
            next_pay_on=next_pay_on,
            amount=sum((payment.amount for _, payment in payments), start=ZERO),
            discount=sum((payment.discount for _, payment in payments), start=ZERO),
            file=file,
            sha256=sha256(file).hexdigest(),
            made_by=uow.principal.subject,
            made_at=uow.now,
        )
    )
    await uow.flush()
    uow.add(*(payment for _, payment in payments))
    await uow.flush()
    uow.add(
        *(
            _line(uow, payment, item, line)
            for row, payment in payments
            for item, line in row.items
            if line.paid
        )
    )
    await uow.flush()
    uow.audit("payment_runs.run.made", "payment-run", run_id, {"sha256": sha256(file).hexdigest()})
    return await queries.run(uow.session, run_id)


def _payment(uow: UnitOfWork, run_id: UUID, at: int, row: SupplierPayout) -> RunPayment:
    first, _ = row.items[0]
    bills = [item for item, line in row.items if line.paid]
    named = [item.supplier_reference or item.document_kind for item in bills]
    return RunPayment(
        tenant=uow.tenant,
        id=uow.new_id(),
        run_id=run_id,
        supplier_id=first.supplier_id,
        supplier_name=first.supplier_name,
        iban=first.iban or "",
        bic=first.bic,
        amount=row.payout.amount,
        discount=row.payout.discount,
        end_to_end_id=f"{run_id.hex[:26]}-{at:06}",
        remittance=", ".join(named),
    )


def _transfer(row: SupplierPayout, payment: RunPayment) -> Transfer:
    paid = [item for item, line in row.items if line.paid]
    alone = paid[0] if len(paid) == 1 else None
    return Transfer(
        payment.end_to_end_id,
        payment.supplier_name,
        payment.iban,
        payment.bic,
        payment.amount,
        payment.remittance,
        # A reference stands for one bill: with several it would say too little.
        None if alone is None else alone.payment_reference,
    )


def _line(uow: UnitOfWork, payment: RunPayment, item: OpenToPay, line: Proposed) -> RunLineRow:
    return RunLineRow(
        tenant=uow.tenant,
        run_id=payment.run_id,
        item_id=item.item_id,
        payment_id=payment.id,
        document_id=item.document_id,
        document_kind=item.document_kind,
        supplier_reference=item.supplier_reference,
        open_amount=item.open_amount,
        discount=line.discount,
        reason=line.reason.value,
        in_flight=True,
    )


async def approve_run(
    uow: UnitOfWork, run_id: UUID, *, expected: int, file_sha256: str
) -> RunDetail:
    """Approve a run that somebody else made, by the hash of the file that was looked at.

    Raises `PaymentRunNotFound`, `Stale`, `RunIsNotInThatState`, `ApproverEnteredIt`,
    `FileIsAnother`, `ApprovalExceedsLimit`.
    """
    row = await _in_state(uow, run_id, expected, "proposed")
    payables.check_four_eyes(row.made_by, uow.principal.subject)
    if file_sha256 != row.sha256:
        raise FileIsAnother(f"The file's is {row.sha256}.", field="sha256")
    limits = await payables_queries.approval_limits(uow.session, row.company_id)
    payables.check_limit(row.amount, RUN_CURRENCY, limits, uow.principal.roles)
    row.status = "approved"
    row.approved_by, row.approved_at = uow.principal.subject, uow.now
    await uow.flush()
    uow.audit("payment_runs.run.approved", "payment-run", run_id, {"sha256": row.sha256})
    return await queries.run(uow.session, run_id)


async def cancel_run(uow: UnitOfWork, run_id: UUID, *, expected: int, reason: str) -> RunDetail:
    """Give a run up that is not released; its items are free again.

    Raises `PaymentRunNotFound`, `Stale`, `RunIsNotInThatState`.
    """
    row = await _in_state(uow, run_id, expected, "proposed", "approved")
    row.status = "cancelled"
    await uow.flush()
    await _landed(uow, run_id)
    uow.audit("payment_runs.run.cancelled", "payment-run", run_id, {"reason": reason})
    return await queries.run(uow.session, run_id)


async def release_run(uow: UnitOfWork, run_id: UUID, *, expected: int) -> RunDetail:
    """Book an approved run: a payment for each supplier, which settles what it was made for.

    The whole of it or nothing. Raises `PaymentRunNotFound`, `Stale`, `RunIsNotInThatState`,
    `BooksHaveMoved`, `ExchangeRateIsMissing`.
    """
    row = await _in_state(uow, run_id, expected, "approved")
    await payables.lock_suppliers(uow, row.company_id)
    detail = await queries.run(uow.session, run_id)
    opened = {
        item.item_id: item
        for item in await payables_queries.open_to_pay(uow.session, row.company_id, RUN_CURRENCY)
    }
    for line in detail.lines:
        now = opened.get(line.item_id)
        if now is None or now.open_amount != line.open_amount or now.disputed:
            raise BooksHaveMoved(
                f"{line.document_kind} {line.supplier_reference or line.document_id} was open "
                f"with {line.open_amount} when the run was made."
            )
    row.series = series_of(SERIES, row.pay_on)
    row.serial, row.number = 0, ""
    row.status = "released"
    row.released_by, row.released_at = uow.principal.subject, uow.now
    await uow.flush()
    await uow.session.refresh(row)
    for payment in detail.payments:
        now = next(opened[line.item_id] for line in detail.lines if line.payment_id == payment.id)
        if now.iban != payment.iban:
            raise BooksHaveMoved(f"{payment.supplier_name} has other bank details by now.")
        await _pay(uow, row, payment, [one for one in detail.lines if one.payment_id == payment.id])
    await _landed(uow, run_id)
    uow.audit("payment_runs.run.released", "payment-run", run_id, {"number": row.number})
    return await queries.run(uow.session, run_id)


async def _pay(
    uow: UnitOfWork, run: PaymentRun, payment: RunPayment, lines: Sequence[RunLineRow]
) -> None:
    plan = settling(
        [
            RunLine(
                line.item_id,
                line.document_id,
                line.document_kind != "bill",
                line.open_amount,
                line.discount,
            )
            for line in lines
        ]
    )
    for credit in dict.fromkeys(share.credit for share in plan.credits if share.credit):
        await payables.allocate(
            uow,
            credit,
            allocated_on=run.pay_on,
            wanted=[
                (share.bill_id, share.amount) for share in plan.credits if share.credit == credit
            ],
        )
    await payables.pay_by_run(
        uow,
        run_id=run.id,
        supplier_id=payment.supplier_id,
        currency=RUN_CURRENCY,
        paid_on=run.pay_on,
        reference=payment.end_to_end_id,
        money=[(share.bill_id, share.amount) for share in plan.money],
        discounts=[(share.bill_id, share.amount) for share in plan.discounts],
    )


async def _landed(uow: UnitOfWork, run_id: UUID) -> None:
    await uow.session.execute(
        update(RunLineRow).where(RunLineRow.run_id == run_id).values(in_flight=False)
    )


async def _in_state(uow: UnitOfWork, run_id: UUID, expected: int, *states: str) -> PaymentRun:
    row = await uow.lock(PaymentRun, run_id, expected)
    if row.status not in states:
        raise RunIsNotInThatState(f"The run is {row.status}.")
    return row

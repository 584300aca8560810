"""Taking what a bank says of a run: what it rejected comes back, the rest is settled or waits."""

from hashlib import sha256
from uuid import UUID

from sqlalchemy import select

from erp.payables import queries as payables_queries
from erp.payables import service as payables
from erp.payment_runs import queries
from erp.payment_runs.models import PaymentOutcome, PaymentRun, StatusReportRow
from erp.payment_runs.queries import ReportDetail
from erp.payment_runs.rules import (
    Outcome,
    RunIsNotInThatState,
    StatusReport,
    StatusReportIsAnother,
    StatusReportIsOfNoRun,
    Told,
    check_follows,
    outcomes,
    read_status_report,
)
from servicekit.uow import UnitOfWork


async def take_status_report(uow: UnitOfWork, content: bytes) -> ReportDetail:
    """Take a bank's report about a released run, whole or not at all; the same one once.

    A payment that it rejects comes back: its bills are owed again. Raises
    `StatusReportIsNotReadable`, `StatusReportIsOfNoRun`, `RunIsNotInThatState`,
    `StatusReportIsAnother`, `StatusReportNamesAnotherPayment`, `StatusReportContradicts`.
    """
    report = read_status_report(content)
    run = await _run_of(uow, report)
    digest = sha256(content).hexdigest()
    before = await uow.session.scalar(
        select(StatusReportRow).where(
            StatusReportRow.run_id == run.id, StatusReportRow.number == report.number
        )
    )
    if before is not None:
        if before.sha256 != digest:
            raise StatusReportIsAnother(f"{report.number} was taken at {before.received_at}.")
        return await queries.report(uow.session, before.id)
    detail = await queries.run(uow.session, run.id)
    told = outcomes(report, [payment.end_to_end_id for payment in detail.payments])
    row = StatusReportRow(
        tenant=uow.tenant,
        id=uow.new_id(),
        run_id=run.id,
        number=report.number,
        said_on=report.said_on,
        sha256=digest,
        received_by=uow.principal.subject,
        received_at=uow.now,
    )
    uow.add(row)
    await uow.flush()
    news: dict[UUID, Told] = {}
    for payment in detail.payments:
        known = detail.outcomes.get(payment.id)
        said = told.get(payment.end_to_end_id)
        if said is None or (known is not None and known.status == said.status):
            continue
        check_follows(
            None if known is None else Outcome(known.outcome), said.outcome, payment.end_to_end_id
        )
        if known is None or Outcome(known.outcome) is Outcome.PENDING:
            news[payment.id] = said
    uow.add(
        *(
            PaymentOutcome(
                tenant=uow.tenant,
                report_id=row.id,
                payment_id=payment,
                outcome=said.outcome.value,
                status=said.status,
                reason_code=said.reason_code,
                reason=said.reason,
                told_at=uow.now,
            )
            for payment, said in news.items()
        )
    )
    await uow.flush()
    rejected = [
        one
        for one in detail.payments
        if one.id in news and news[one.id].outcome is Outcome.REJECTED
    ]
    if rejected:
        await payables.lock_suppliers(uow, run.company_id)
    for payment in rejected:
        await _take_back(uow, run, payment.supplier_id, news[payment.id], report)
    uow.audit(
        "payment_runs.report.taken",
        "payment-run",
        run.id,
        {"report": report.number, "sha256": digest, "rejected": len(rejected)},
    )
    return await queries.report(uow.session, row.id)


async def _run_of(uow: UnitOfWork, report: StatusReport) -> PaymentRun:
    try:
        named = UUID(hex=report.message_id)
    except ValueError:
        named = None
    if named is None or await uow.session.get(PaymentRun, (uow.tenant, named)) is None:
        raise StatusReportIsOfNoRun(f"No run has sent {report.message_id}.")
    run = await uow.lock(PaymentRun, named)
    if run.status != "released":
        raise RunIsNotInThatState(f"The run is {run.status}: it has paid nobody.")
    return run


async def _take_back(
    uow: UnitOfWork, run: PaymentRun, supplier_id: UUID, said: Told, report: StatusReport
) -> None:
    paid = await payables_queries.paid_by(uow.session, run.id, supplier_id)
    if paid.returned is not None:
        # Somebody has heard of it before the bank's report came.
        return
    await payables.return_payment(
        uow,
        paid.payment.id,
        payables.CameBack(
            said.reason or f"The bank rejected it: {report.number}",
            max(min(report.said_on, uow.now.date()), paid.payment.paid_on),
            said.reason_code,
        ),
    )

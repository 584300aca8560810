"""The door of payment proposals."""

from uuid import UUID

from erp.ledger import queries as ledger
from erp.ledger.service import CompanyNotFound, NoCompanyYet
from erp.payment_runs import queries
from erp.payment_runs.rules import NextRunIsNotLater, PayDayIsPast, check_days
from erp.payment_runs.schemas import PaymentProposalOut
from servicekit.http.router import SliceRouter
from servicekit.http.schemas import CurrencyCode, DayIn
from servicekit.http.supplied import Reads

READ = "erp.payment_runs.read"

router = SliceRouter(prefix="/v1/payment-proposals", tags=["payables"])
routers = (router,)


@router.get(
    "",
    permission=READ,
    refusals=(CompanyNotFound, NoCompanyYet, PayDayIsPast, NextRunIsNotLater),
)
async def get_payment_proposal(
    reads: Reads,
    next_pay_on: DayIn,
    pay_on: DayIn | None = None,
    company_id: UUID | None = None,
    currency: CurrencyCode | None = None,
) -> PaymentProposalOut:
    """What to pay suppliers on a day (today in UTC), and why; the company's own currency if none.

    A bill is paid that would be late, or lose its early discount, on the day of the next run.
    """
    company = await ledger.company_or_default(reads.session, company_id)
    today = reads.now.date()
    check_days(pay_on or today, next_pay_on, today)
    return PaymentProposalOut.of(
        await queries.proposal(
            reads.session,
            company.id,
            currency or company.base_currency,
            pay_on or today,
            next_pay_on,
        )
    )

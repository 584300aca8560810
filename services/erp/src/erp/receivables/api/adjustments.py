"""Write-offs, refunds and their reversal; payment terms; a company's policy."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from erp.exchange_rates.queries import ExchangeRateIsMissing
from erp.ledger.service import (
    AmountHasTooManyDecimals,
    AmountIsTooLarge,
    BookedInTheFuture,
    RoleHasNoAccount,
    check_day_has_come,
)
from erp.receivables import queries, service
from erp.receivables.api.documents import invoices
from erp.receivables.models import Adjustment, PaymentTermsRow
from erp.receivables.rules import (
    AccountForItIsMissing,
    AdjustmentIsReversed,
    AdjustmentKind,
    AdjustmentNotFound,
    DiscountIsGivenTwice,
    DiscountsAreOutOfOrder,
    DownPaymentBelongsToItsOrder,
    DunningPolicyNotFound,
    InvoiceNotFound,
    NothingIsOpen,
    PaymentCameBack,
    PaymentTermsCodeIsTaken,
    PaymentTermsNotFound,
    PolicyNotFound,
    SettlementBelongsToItsInvoice,
    SharesAreNotTheWhole,
    WriteOffExceedsLimit,
)
from erp.receivables.schemas import (
    AdjustmentDetailOut,
    AdjustmentOut,
    PaymentTermsIn,
    PaymentTermsOut,
    PaymentTermsPatch,
    PolicyOut,
    PolicyPatch,
    RefundIn,
    ReversalIn,
    WriteOffIn,
)
from servicekit.http.filters import choice, prefixed
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.supplied import IfMatch, Reads, Writes

READ, WRITE = "erp.receivables.read", "erp.receivables.write"
WRITE_OFF, REFUND = "erp.receivables.write_off", "erp.receivables.refund"
SET_POLICY = "erp.receivables.set_policy"

adjustments = SliceRouter(prefix="/v1/adjustments", tags=["receivables"])
refunds = SliceRouter(prefix="/v1/refunds", tags=["receivables"])
payment_terms = SliceRouter(prefix="/v1/payment-terms", tags=["receivables"])
policies = SliceRouter(prefix="/v1/receivables-policies", tags=["receivables"])

ADJUSTMENTS = Listing(
    Adjustment,
    sorts={"issued_on": Adjustment.issued_on, "number": Adjustment.number},
    filters={
        "company_id": Adjustment.company_id,
        "account_id": Adjustment.account_id,
        "customer_id": Adjustment.customer_id,
        "about_id": Adjustment.about_id,
        "settles_id": Adjustment.settles_id,
        "kind": choice(Adjustment.kind, tuple(kind.value for kind in AdjustmentKind)),
        "number": prefixed(Adjustment.number, insensitive=False),
        "issued_on": Adjustment.issued_on,
    },
    default_sort="-issued_on",
)
PAYMENT_TERMS = Listing(
    PaymentTermsRow,
    sorts={"code": PaymentTermsRow.code},
    filters={"code": prefixed(PaymentTermsRow.code), "active": PaymentTermsRow.active},
    default_sort="code",
)


@invoices.post(
    "/{invoice_id}/write-offs",
    permission=WRITE_OFF,
    status_code=201,
    refusals=(
        InvoiceNotFound,
        DownPaymentBelongsToItsOrder,
        NothingIsOpen,
        WriteOffExceedsLimit,
        AccountForItIsMissing,
        AmountHasTooManyDecimals,
        AmountIsTooLarge,
        BookedInTheFuture,
        ExchangeRateIsMissing,
        RoleHasNoAccount,
    ),
)
async def write_off(invoice_id: UUID, body: WriteOffIn, uow: Writes) -> AdjustmentDetailOut:
    """Give up what is open on an invoice; above the company's limit with a permission more."""
    day = body.written_off_on or uow.now.date()
    check_day_has_come(day, uow.now.date(), field="written_off_on")
    return AdjustmentDetailOut.of_detail(
        await service.write_off(
            uow,
            invoice_id,
            amount=body.amount,
            on=day,
            reason=body.reason,
            lowers_tax=body.lowers_tax,
        )
    )


@refunds.post(
    "",
    permission=REFUND,
    status_code=201,
    refusals=(
        NothingIsOpen,
        AccountForItIsMissing,
        AmountHasTooManyDecimals,
        AmountIsTooLarge,
        BookedInTheFuture,
        ExchangeRateIsMissing,
        RoleHasNoAccount,
    ),
)
async def refund(body: RefundIn, uow: Writes) -> AdjustmentDetailOut:
    """Pay back what a payment or credit note has left: out of the bank, off the account."""
    day = body.refunded_on or uow.now.date()
    check_day_has_come(day, uow.now.date(), field="refunded_on")
    return AdjustmentDetailOut.of_detail(
        await service.refund(
            uow,
            body.document_id,
            amount=body.amount,
            on=day,
            reason=body.reason,
            reference=body.reference,
        )
    )


@adjustments.get("", permission=READ)
async def list_adjustments(
    page: Annotated[Page, Depends(ADJUSTMENTS)], reads: Reads
) -> PageOut[AdjustmentOut]:
    """Write-offs, discounts, refunds, fees and interest, latest first unless sorted otherwise."""
    return PageOut.of(await page.fetch(reads, ADJUSTMENTS.select()), AdjustmentOut.of)


@adjustments.get("/{adjustment_id}", permission=READ, refusals=(AdjustmentNotFound,))
async def get_adjustment(adjustment_id: UUID, reads: Reads) -> AdjustmentDetailOut:
    """An adjustment with its share of the tax and what is open on it."""
    return AdjustmentDetailOut.of_detail(await queries.adjustment(reads.session, adjustment_id))


@adjustments.post(
    "/{adjustment_id}/reversals",
    permission=WRITE_OFF,
    status_code=201,
    refusals=(
        AdjustmentNotFound,
        AdjustmentIsReversed,
        SettlementBelongsToItsInvoice,
        PaymentCameBack,
        AccountForItIsMissing,
        BookedInTheFuture,
        ExchangeRateIsMissing,
        RoleHasNoAccount,
    ),
)
async def reverse_adjustment(
    adjustment_id: UUID, body: ReversalIn, uow: Writes
) -> AdjustmentDetailOut:
    """Take an adjustment back by its opposite: what it settled is open again."""
    if body.reversed_on is not None:
        check_day_has_come(body.reversed_on, uow.now.date(), field="reversed_on")
    return AdjustmentDetailOut.of_detail(
        await service.reverse_adjustment(
            uow, adjustment_id, on=body.reversed_on, reason=body.reason
        )
    )


@payment_terms.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(
        SharesAreNotTheWhole,
        DiscountIsGivenTwice,
        DiscountsAreOutOfOrder,
        PaymentTermsCodeIsTaken,
    ),
)
async def add_payment_terms(body: PaymentTermsIn, uow: Writes) -> PaymentTermsOut:
    """Write payment terms: instalments, days, discounts."""
    row = await service.add_payment_terms(uow, code=body.code, name=body.name, terms=body.terms())
    return PaymentTermsOut.of(row)


@payment_terms.get("", permission=READ)
async def list_payment_terms(
    page: Annotated[Page, Depends(PAYMENT_TERMS)], reads: Reads
) -> PageOut[PaymentTermsOut]:
    """Payment terms by code."""
    return PageOut.of(await page.fetch(reads, PAYMENT_TERMS.select()), PaymentTermsOut.of)


@payment_terms.get("/{terms_id}", permission=READ, refusals=(PaymentTermsNotFound,))
async def get_payment_terms(terms_id: UUID, reads: Reads) -> PaymentTermsOut:
    """Payment terms."""
    return PaymentTermsOut.of(await reads.get(PaymentTermsRow, terms_id))


@payment_terms.patch("/{terms_id}", permission=WRITE, refusals=(PaymentTermsNotFound,))
async def change_payment_terms(
    terms_id: UUID, body: PaymentTermsPatch, expected: IfMatch, uow: Writes
) -> PaymentTermsOut:
    """Rename payment terms, or take them out of use."""
    return PaymentTermsOut.of(
        await service.change_payment_terms(uow, terms_id, expected=expected, changes=body.changes())
    )


@policies.get("/{company_id}", permission=READ, refusals=(PolicyNotFound,))
async def get_policy(company_id: UUID, reads: Reads) -> PolicyOut:
    """How a company treats what customers owe it."""
    return PolicyOut.of(await queries.policy(reads.session, company_id))


@policies.patch(
    "/{company_id}", permission=SET_POLICY, refusals=(PolicyNotFound, DunningPolicyNotFound)
)
async def change_policy(
    company_id: UUID, body: PolicyPatch, expected: IfMatch, uow: Writes
) -> PolicyOut:
    """Change limits, interest or dunning."""
    await service.check_dunning_policy(uow, body.dunning_policy_id)
    return PolicyOut.of(
        await service.change_policy(uow, company_id, expected=expected, changes=body.changes())
    )

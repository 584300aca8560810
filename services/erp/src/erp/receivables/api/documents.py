"""Invoices and payments."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlalchemy import ColumnElement, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from erp.exchange_rates.queries import ExchangeRateIsMissing
from erp.items import queries as items
from erp.ledger import queries as ledger
from erp.ledger.service import (
    AmountHasTooManyDecimals,
    AmountIsTooLarge,
    BookedInTheFuture,
    CompanyNotFound,
    NoCompanyYet,
    RoleHasNoAccount,
    check_day_has_come,
)
from erp.receivables import queries, service
from erp.receivables.models import Invoice, InvoiceOrder, Payment
from erp.receivables.rules import (
    AccountForItIsMissing,
    AccountNotFound,
    AllocationExceedsOpenItem,
    AllocationExceedsPayment,
    CurrencyIsNotTheAccounts,
    DiscountIsNotDue,
    DocumentHasNoAccount,
    InvoiceHasNoLines,
    InvoiceIsAllocatedTwice,
    InvoiceIsNegative,
    InvoiceNotFound,
    ItemIsNotOpen,
    PaidInTheAccountsCurrency,
    PaymentCameBack,
    PaymentIsUsedElsewhere,
    PaymentNotFound,
    ReceivedAfterReturn,
)
from erp.receivables.schemas import (
    AllocatePaymentIn,
    InvoiceDetailOut,
    InvoiceIn,
    InvoiceOut,
    PaymentIn,
    PaymentOut,
    PaymentReturnIn,
    discounted,
    wanted,
)
from erp.taxes.queries import TaxRateIsMissing
from servicekit.http.filters import Filter, choice, prefixed
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.supplied import Reads, Writes

READ, WRITE = "erp.receivables.read", "erp.receivables.write"

invoices = SliceRouter(prefix="/v1/invoices", tags=["receivables"])
payments = SliceRouter(prefix="/v1/payments", tags=["receivables"])


class _OfOrder(Filter):
    """The order of an invoice, or one of those that it collects. By its own index each."""

    __slots__ = ()

    def condition(self, key: str, operator: str, text: str) -> ColumnElement[bool]:
        own = select(_ALSO.id).where(super().condition(key, operator, text))
        collected = Filter(InvoiceOrder.order_id, self.operators).condition(key, operator, text)
        return Invoice.id.in_(
            union_all(own, select(InvoiceOrder.invoice_id).where(collected)).scalar_subquery()
        )


_ALSO = aliased(Invoice)
INVOICES = Listing(
    Invoice,
    sorts={"issued_on": Invoice.issued_on, "due_on": Invoice.due_on, "number": Invoice.number},
    filters={
        "company_id": Invoice.company_id,
        "account_id": Invoice.account_id,
        "customer_id": Invoice.customer_id,
        "order_id": _OfOrder(_ALSO.order_id, ("eq", "in")),
        "kind": choice(Invoice.kind, ("invoice", "down-payment")),
        "prepays_order_id": Invoice.prepays_order_id,
        "number": prefixed(Invoice.number, insensitive=False),
        "status": choice(Invoice.status, ("open", "partially-paid", "paid", "overdue")),
        "currency": Invoice.currency,
        "issued_on": Invoice.issued_on,
        "due_on": Invoice.due_on,
        "reference": Invoice.reference,
    },
    default_sort="-issued_on",
)
PAYMENTS = Listing(
    Payment,
    sorts={"received_on": Payment.received_on, "number": Payment.number},
    filters={
        "company_id": Payment.company_id,
        "account_id": Payment.account_id,
        "customer_id": Payment.customer_id,
        "number": prefixed(Payment.number, insensitive=False),
        "received_on": Payment.received_on,
        "reference": Payment.reference,
    },
    default_sort="-received_on",
)


async def account_meant(
    session: AsyncSession,
    account_id: UUID | None,
    customer_id: UUID | None,
    company_id: UUID | None,
) -> UUID:
    """The account that a document means."""
    if account_id is not None:
        return account_id
    if customer_id is None:
        raise DocumentHasNoAccount("Neither account nor customer is given.", field="account_id")
    company = await ledger.company_or_default(session, company_id)
    account = await queries.account_for(session, customer_id, company.id)
    if account is None:
        raise AccountNotFound(
            f"Customer {customer_id} has no account in {company.code}.", field="customer_id"
        )
    return account.id


@invoices.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(
        DocumentHasNoAccount,
        AccountNotFound,
        CompanyNotFound,
        NoCompanyYet,
        CurrencyIsNotTheAccounts,
        InvoiceHasNoLines,
        InvoiceIsNegative,
        items.QuantityIsTooFine,
        TaxRateIsMissing,
        AmountIsTooLarge,
        BookedInTheFuture,
        ExchangeRateIsMissing,
        RoleHasNoAccount,
    ),
)
async def issue_invoice(body: InvoiceIn, uow: Writes) -> InvoiceDetailOut:
    """Issue an invoice that belongs to no order: numbered, owed and booked at once."""
    account_id = await account_meant(
        uow.session, body.account_id, body.customer_id, body.company_id
    )
    issued_on = body.issued_on or uow.now.date()
    check_day_has_come(issued_on, uow.now.date(), field="issued_on")
    invoice = await service.issue_free_invoice(
        uow,
        account_id,
        issued_on,
        [line.line() for line in body.lines],
        currency=body.currency,
        reference=body.reference,
    )
    return InvoiceDetailOut.of_detail(await queries.invoice(uow.session, invoice.id))


@invoices.get("", permission=READ)
async def list_invoices(
    page: Annotated[Page, Depends(INVOICES)], reads: Reads
) -> PageOut[InvoiceOut]:
    """Invoices, latest first unless sorted otherwise."""
    return PageOut.of(await page.fetch(reads, INVOICES.select()), InvoiceOut.of)


@invoices.get("/{invoice_id}", permission=READ, refusals=(InvoiceNotFound,))
async def get_invoice(invoice_id: UUID, reads: Reads) -> InvoiceDetailOut:
    """An invoice with its lines and tax by rate."""
    return InvoiceDetailOut.of_detail(await queries.invoice(reads.session, invoice_id))


@payments.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(
        DocumentHasNoAccount,
        AccountNotFound,
        CompanyNotFound,
        NoCompanyYet,
        CurrencyIsNotTheAccounts,
        PaidInTheAccountsCurrency,
        ExchangeRateIsMissing,
        RoleHasNoAccount,
        AmountHasTooManyDecimals,
        AmountIsTooLarge,
        ItemIsNotOpen,
        AllocationExceedsOpenItem,
        AllocationExceedsPayment,
        InvoiceIsAllocatedTwice,
        DiscountIsNotDue,
        AccountForItIsMissing,
        BookedInTheFuture,
    ),
)
async def receive_payment(body: PaymentIn, uow: Writes) -> PaymentOut:
    """Book money that arrived and settle invoices with it: the oldest first, or those named."""
    account_id = await account_meant(
        uow.session, body.account_id, body.customer_id, body.company_id
    )
    received_on = body.received_on or uow.now.date()
    check_day_has_come(received_on, uow.now.date(), field="received_on")
    payment = await service.receive_payment(
        uow,
        account_id=account_id,
        amount=body.amount,
        currency=body.currency,
        arrived=None if body.paid is None else body.paid.money(),
        received_on=received_on,
        method=body.method,
        reference=body.reference,
        wanted=wanted(body.allocations),
        discounted=discounted(body.allocations),
        tolerates=body.tolerate_difference,
    )
    return PaymentOut.of(payment)


@payments.get("", permission=READ)
async def list_payments(
    page: Annotated[Page, Depends(PAYMENTS)], reads: Reads
) -> PageOut[PaymentOut]:
    """Payments with what they settled, latest first unless sorted otherwise."""
    found = await page.fetch(reads, PAYMENTS.select())
    rows = await queries.payments(reads.session, [row.id for row in found.rows])
    return PageOut[PaymentOut](
        items=[PaymentOut.of(row) for row in rows], next_cursor=found.next_cursor
    )


@payments.get("/{payment_id}", permission=READ, refusals=(PaymentNotFound,))
async def get_payment(payment_id: UUID, reads: Reads) -> PaymentOut:
    """A payment with what it settled."""
    return PaymentOut.of(await queries.payment(reads.session, payment_id))


@payments.post(
    "/{payment_id}/return",
    permission=WRITE,
    refusals=(
        PaymentNotFound,
        PaymentCameBack,
        PaymentIsUsedElsewhere,
        ReceivedAfterReturn,
        AccountForItIsMissing,
        BookedInTheFuture,
        RoleHasNoAccount,
    ),
)
async def return_payment(payment_id: UUID, body: PaymentReturnIn, uow: Writes) -> PaymentOut:
    """Book that a payment came back: what it settled is owed again, its discounts are not given."""
    if body.returned_on is not None:
        check_day_has_come(body.returned_on, uow.now.date(), field="returned_on")
    return PaymentOut.of(
        await service.return_payment(
            uow, payment_id, on=body.returned_on, reason=body.reason, code=body.reason_code
        )
    )


@payments.post(
    "/{payment_id}/allocations",
    permission=WRITE,
    refusals=(
        PaymentNotFound,
        AmountHasTooManyDecimals,
        AmountIsTooLarge,
        ItemIsNotOpen,
        AllocationExceedsOpenItem,
        AllocationExceedsPayment,
        InvoiceIsAllocatedTwice,
        BookedInTheFuture,
        RoleHasNoAccount,
    ),
)
async def allocate_payment(payment_id: UUID, body: AllocatePaymentIn, uow: Writes) -> PaymentOut:
    """Settle invoices with what is left of a payment."""
    allocated_on = body.allocated_on or uow.now.date()
    check_day_has_come(allocated_on, uow.now.date(), field="allocated_on")
    return PaymentOut.of(
        await service.allocate_payment(
            uow,
            payment_id,
            allocated_on=allocated_on,
            wanted=wanted(body.allocations),
        )
    )

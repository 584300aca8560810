"""The HTTP door of receivables."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession

from erp.ledger import queries as ledger
from erp.ledger.service import (
    AmountHasTooManyDecimals,
    AmountIsTooLarge,
    BookedInTheFuture,
    CompanyNotFound,
    NoCompanyYet,
    check_day_has_come,
)
from erp.receivables import queries, service
from erp.receivables.models import Account, Invoice, Payment, TaxRate
from erp.receivables.rules import (
    AccountExistsAlready,
    AccountNotFound,
    AllocationExceedsOpenItem,
    AllocationExceedsPayment,
    CurrencyIsNotTheAccounts,
    CustomerIsUnknown,
    DocumentHasNoAccount,
    InvoiceHasNoLines,
    InvoiceIsAllocatedTwice,
    InvoiceIsNegative,
    InvoiceNotFound,
    ItemIsNotOpen,
    PaymentNotFound,
    TaxRateExistsAlready,
    TaxRateIsMissing,
)
from erp.receivables.schemas import (
    AccountIn,
    AccountOut,
    AccountPatch,
    AgeingOut,
    AllocatePaymentIn,
    InvoiceDetailOut,
    InvoiceIn,
    InvoiceOut,
    OpenItemsOut,
    PaymentIn,
    PaymentOut,
    ReceivablesProofsOut,
    TaxRateIn,
    TaxRateOut,
    wanted,
)
from servicekit.http.filters import choice, prefixed
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.schemas import DayIn
from servicekit.http.supplied import IfMatch, Reads, Writes

READ, WRITE = "erp.receivables.read", "erp.receivables.write"

accounts = SliceRouter(prefix="/v1/accounts", tags=["receivables"])
tax_rates = SliceRouter(prefix="/v1/tax-rates", tags=["receivables"])
invoices = SliceRouter(prefix="/v1/invoices", tags=["receivables"])
payments = SliceRouter(prefix="/v1/payments", tags=["receivables"])
ageing = SliceRouter(prefix="/v1/ageing", tags=["receivables"])
proofs = SliceRouter(prefix="/v1/receivables-proofs", tags=["receivables"])
routers = (accounts, tax_rates, invoices, payments, ageing, proofs)

ACCOUNTS = Listing(
    Account,
    sorts={"created_at": Account.created_at},
    filters={
        "company_id": Account.company_id,
        "customer_id": Account.customer_id,
        "currency": Account.currency,
        "credit_stop": Account.credit_stop,
        "created_at": Account.created_at,
    },
    default_sort="created_at",
)
TAX_RATES = Listing(
    TaxRate,
    sorts={"country": TaxRate.country, "valid_from": TaxRate.valid_from},
    filters={
        "country": TaxRate.country,
        "category": prefixed(TaxRate.category),
        "valid_from": TaxRate.valid_from,
    },
    default_sort="country",
)
INVOICES = Listing(
    Invoice,
    sorts={"issued_on": Invoice.issued_on, "due_on": Invoice.due_on, "number": Invoice.number},
    filters={
        "company_id": Invoice.company_id,
        "account_id": Invoice.account_id,
        "customer_id": Invoice.customer_id,
        "order_id": Invoice.order_id,
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


async def _account_id(
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


@accounts.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(
        CompanyNotFound,
        NoCompanyYet,
        CustomerIsUnknown,
        AccountExistsAlready,
        AmountHasTooManyDecimals,
        AmountIsTooLarge,
    ),
)
async def open_account(body: AccountIn, uow: Writes) -> AccountOut:
    """Open an account by hand; in the default company a customer gets one by itself."""
    company = await ledger.company_or_default(uow.session, body.company_id)
    account = await service.open_account(
        uow,
        customer_id=body.customer_id,
        company_id=company.id,
        currency=body.currency,
        payment_terms_days=body.payment_terms_days,
        credit_limit=body.credit_limit,
    )
    return AccountOut.of(account)


@accounts.get("", permission=READ)
async def list_accounts(
    page: Annotated[Page, Depends(ACCOUNTS)], reads: Reads
) -> PageOut[AccountOut]:
    """Accounts with their exposure, oldest first unless sorted otherwise."""
    found = await page.fetch(reads, ACCOUNTS.select())
    ids = [row.id for row in found.rows]
    rows = await queries.accounts(reads.session, ids)
    return PageOut[AccountOut](
        items=[AccountOut.of(rows[id_]) for id_ in ids], next_cursor=found.next_cursor
    )


@accounts.get("/{account_id}", permission=READ, refusals=(AccountNotFound,))
async def get_account(account_id: UUID, reads: Reads) -> AccountOut:
    """An account with its exposure, headroom and state."""
    return AccountOut.of(await queries.account(reads.session, account_id))


@accounts.patch(
    "/{account_id}",
    permission=WRITE,
    refusals=(AccountNotFound, AmountHasTooManyDecimals, AmountIsTooLarge),
)
async def change_account(
    account_id: UUID, body: AccountPatch, expected: IfMatch, uow: Writes
) -> AccountOut:
    """Change payment terms or credit limit, or stop the account's credit by hand."""
    return AccountOut.of(
        await service.change_account(uow, account_id, expected=expected, changes=body.changes())
    )


@accounts.get("/{account_id}/open-items", permission=READ, refusals=(AccountNotFound,))
async def list_open_items(account_id: UUID, reads: Reads) -> OpenItemsOut:
    """Invoices on which the account owes something, oldest due date first."""
    await queries.account(reads.session, account_id)
    rows = await queries.open_items(reads.session, account_id)
    return OpenItemsOut(items=[InvoiceOut.of(row) for row in rows])


@tax_rates.post("", permission=WRITE, status_code=201, refusals=(TaxRateExistsAlready,))
async def add_tax_rate(body: TaxRateIn, uow: Writes) -> TaxRateOut:
    """Let a rate hold in a country from a day on. Posted invoices keep theirs."""
    row = await service.add_tax_rate(
        uow,
        country=body.country,
        category=body.category,
        name=body.name,
        rate=body.rate,
        valid_from=body.valid_from,
    )
    return TaxRateOut.of(row)


@tax_rates.get("", permission=READ)
async def list_tax_rates(
    page: Annotated[Page, Depends(TAX_RATES)], reads: Reads
) -> PageOut[TaxRateOut]:
    """Tax rates by country unless sorted otherwise."""
    return PageOut.of(await page.fetch(reads, TAX_RATES.select()), TaxRateOut.of)


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
        TaxRateIsMissing,
        AmountIsTooLarge,
        BookedInTheFuture,
    ),
)
async def issue_invoice(body: InvoiceIn, uow: Writes) -> InvoiceDetailOut:
    """Issue an invoice that belongs to no order: numbered, owed and booked at once."""
    account_id = await _account_id(uow.session, body.account_id, body.customer_id, body.company_id)
    issued_on = body.issued_on or uow.now.date()
    check_day_has_come(issued_on, uow.now.date(), field="issued_on")
    invoice = await service.issue_invoice(
        uow,
        account_id,
        None,
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
        AmountHasTooManyDecimals,
        AmountIsTooLarge,
        ItemIsNotOpen,
        AllocationExceedsOpenItem,
        AllocationExceedsPayment,
        InvoiceIsAllocatedTwice,
        BookedInTheFuture,
    ),
)
async def receive_payment(body: PaymentIn, uow: Writes) -> PaymentOut:
    """Book money that arrived and settle invoices with it: the oldest first, or those named."""
    account_id = await _account_id(uow.session, body.account_id, body.customer_id, body.company_id)
    received_on = body.received_on or uow.now.date()
    check_day_has_come(received_on, uow.now.date(), field="received_on")
    payment = await service.receive_payment(
        uow,
        account_id=account_id,
        amount=body.amount,
        currency=body.currency,
        received_on=received_on,
        method=body.method,
        reference=body.reference,
        wanted=wanted(body.allocations),
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


@ageing.get("", permission=READ, refusals=(CompanyNotFound, NoCompanyYet))
async def get_ageing(
    reads: Reads, company_id: UUID | None = None, as_of: DayIn | None = None
) -> AgeingOut:
    """Open items by days past due, as they stood on a day (today in UTC unless given)."""
    company = await ledger.company_or_default(reads.session, company_id)
    day = as_of or reads.now.date()
    return AgeingOut.of(company.id, await queries.ageing(reads.session, company.id, day))


@proofs.get("", permission=READ, refusals=(CompanyNotFound, NoCompanyYet))
async def prove_receivables(reads: Reads, company_id: UUID | None = None) -> ReceivablesProofsOut:
    """Compare documents, accounts and the control account; reads every open document."""
    company = await ledger.company_or_default(reads.session, company_id)
    found = await queries.proofs(reads.session, company.id)
    return ReceivablesProofsOut.of(company.id, found)

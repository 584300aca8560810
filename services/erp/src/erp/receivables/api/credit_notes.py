"""Credit notes."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from erp.exchange_rates.queries import ExchangeRateIsMissing
from erp.items import queries as items
from erp.ledger.service import (
    AmountHasTooManyDecimals,
    AmountIsTooLarge,
    BookedInTheFuture,
    CompanyNotFound,
    NoCompanyYet,
    RoleHasNoAccount,
    check_day_has_come,
)
from erp.receivables import service
from erp.receivables.api.documents import account_meant, invoices
from erp.receivables.models import CreditNote
from erp.receivables.queries import credit_note
from erp.receivables.rules import (
    AccountNotFound,
    AllocationExceedsOpenItem,
    AllocationExceedsPayment,
    CreditedBeforeInvoiced,
    CreditExceedsInvoice,
    CreditNoteNotFound,
    CurrencyIsNotTheAccounts,
    DocumentHasNoAccount,
    DownPaymentBelongsToItsOrder,
    InvoiceHasNoLines,
    InvoiceIsAllocatedTwice,
    InvoiceIsNegative,
    InvoiceNotFound,
    ItemIsNotOpen,
    LineIsNotOnInvoice,
    NothingToCredit,
)
from erp.receivables.schemas import (
    AllocatePaymentIn,
    CreditNoteDetailOut,
    CreditNoteIn,
    CreditNoteOut,
    InvoiceCreditIn,
    wanted,
)
from erp.taxes.queries import TaxRateIsMissing
from servicekit.http.filters import prefixed
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.supplied import Reads, Writes

READ, WRITE = "erp.receivables.read", "erp.receivables.write"

credit_notes = SliceRouter(prefix="/v1/credit-notes", tags=["receivables"])

CREDIT_NOTES = Listing(
    CreditNote,
    sorts={"issued_on": CreditNote.issued_on, "number": CreditNote.number},
    filters={
        "company_id": CreditNote.company_id,
        "account_id": CreditNote.account_id,
        "customer_id": CreditNote.customer_id,
        "invoice_id": CreditNote.invoice_id,
        "order_id": CreditNote.order_id,
        "number": prefixed(CreditNote.number, insensitive=False),
        "currency": CreditNote.currency,
        "issued_on": CreditNote.issued_on,
    },
    default_sort="-issued_on",
)


@invoices.post(
    "/{invoice_id}/credit-notes",
    permission=WRITE,
    status_code=201,
    refusals=(
        InvoiceNotFound,
        DownPaymentBelongsToItsOrder,
        LineIsNotOnInvoice,
        CreditExceedsInvoice,
        CreditedBeforeInvoiced,
        NothingToCredit,
        AmountHasTooManyDecimals,
        AmountIsTooLarge,
        BookedInTheFuture,
        ExchangeRateIsMissing,
        RoleHasNoAccount,
    ),
)
async def credit_invoice(
    invoice_id: UUID, body: InvoiceCreditIn, uow: Writes
) -> CreditNoteDetailOut:
    """Credit an invoice, in full or in part; what is open on it is settled first."""
    issued_on = body.issued_on or uow.now.date()
    check_day_has_come(issued_on, uow.now.date(), field="issued_on")
    return CreditNoteDetailOut.of_detail(
        await service.credit_invoice(
            uow,
            invoice_id,
            issued_on=issued_on,
            wishes=body.wishes(),
            reason=body.reason,
            reference=body.reference,
        )
    )


@credit_notes.post(
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
        NothingToCredit,
        BookedInTheFuture,
        ExchangeRateIsMissing,
        RoleHasNoAccount,
    ),
)
async def issue_credit_note(body: CreditNoteIn, uow: Writes) -> CreditNoteDetailOut:
    """Issue a credit note that belongs to no invoice; allocate or refund it afterwards."""
    account_id = await account_meant(
        uow.session, body.account_id, body.customer_id, body.company_id
    )
    issued_on = body.issued_on or uow.now.date()
    check_day_has_come(issued_on, uow.now.date(), field="issued_on")
    return CreditNoteDetailOut.of_detail(
        await service.issue_free_credit_note(
            uow,
            account_id,
            issued_on,
            [line.line() for line in body.lines],
            reason=body.reason,
            currency=body.currency,
            reference=body.reference,
        )
    )


@credit_notes.get("", permission=READ)
async def list_credit_notes(
    page: Annotated[Page, Depends(CREDIT_NOTES)], reads: Reads
) -> PageOut[CreditNoteOut]:
    """Credit notes, latest first unless sorted otherwise."""
    return PageOut.of(await page.fetch(reads, CREDIT_NOTES.select()), CreditNoteOut.of)


@credit_notes.get("/{credit_note_id}", permission=READ, refusals=(CreditNoteNotFound,))
async def get_credit_note(credit_note_id: UUID, reads: Reads) -> CreditNoteDetailOut:
    """A credit note with its lines, tax by rate and what it settled."""
    return CreditNoteDetailOut.of_detail(await credit_note(reads.session, credit_note_id))


@credit_notes.post(
    "/{credit_note_id}/allocations",
    permission=WRITE,
    refusals=(
        CreditNoteNotFound,
        AmountHasTooManyDecimals,
        AmountIsTooLarge,
        ItemIsNotOpen,
        AllocationExceedsOpenItem,
        AllocationExceedsPayment,
        InvoiceIsAllocatedTwice,
        BookedInTheFuture,
        ExchangeRateIsMissing,
        RoleHasNoAccount,
    ),
)
async def allocate_credit_note(
    credit_note_id: UUID, body: AllocatePaymentIn, uow: Writes
) -> CreditNoteDetailOut:
    """Settle invoices with what is left of a credit note."""
    allocated_on = body.allocated_on or uow.now.date()
    check_day_has_come(allocated_on, uow.now.date(), field="allocated_on")
    return CreditNoteDetailOut.of_detail(
        await service.allocate_credit_note(
            uow, credit_note_id, allocated_on=allocated_on, wanted=wanted(body.allocations)
        )
    )

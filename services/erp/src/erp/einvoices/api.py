"""E-invoices over HTTP: XML, PDF and Factur-X of what is booked, and who is named on them."""

from hashlib import sha256
from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from erp.einvoices import queries, service
from erp.einvoices.rules import (
    AmountIsTooFineForEinvoice,
    DetailsHaveChanged,
    DocumentIsNotReadable,
    EinvoiceIsIncomplete,
    EinvoiceIsNotValid,
    Language,
    NumberIsWrong,
    Syntax,
)
from erp.einvoices.schemas import (
    BillingDetailsIn,
    BillingDetailsOut,
    EinvoiceCheckIn,
    EinvoiceCheckOut,
    LegalDetailsIn,
    LegalDetailsOut,
)
from erp.einvoices.service import DocumentIsTooLong, Shown
from erp.ledger import queries as ledger
from erp.ledger.service import CompanyNotFound
from erp.receivables import queries as receivables
from servicekit.errors import Refusal
from servicekit.http.bulk import BULK_BODY_BYTES
from servicekit.http.router import SliceRouter
from servicekit.http.supplied import IfMatch, Reading, Reads, Writes
from servicekit.workshop import TooMuchWork

READ, WRITE = "erp.einvoices.read", "erp.einvoices.write"

invoices = SliceRouter(prefix="/v1/invoices", tags=["e-invoices"])
credit_notes = SliceRouter(prefix="/v1/credit-notes", tags=["e-invoices"])
companies = SliceRouter(prefix="/v1/companies", tags=["e-invoices"])
accounts = SliceRouter(prefix="/v1/accounts", tags=["e-invoices"])
checks = SliceRouter(prefix="/v1/einvoice-checks", tags=["e-invoices"])
routers = (invoices, credit_notes, companies, accounts, checks)

_COMPOSING: tuple[type[Refusal], ...] = (EinvoiceIsIncomplete, TooMuchWork)
_XML = (*_COMPOSING, AmountIsTooFineForEinvoice, EinvoiceIsNotValid)
_PAGE = (*_COMPOSING, DocumentIsTooLong)
_BOTH = (*_XML, DocumentIsTooLong)

SyntaxAsked = Annotated[Syntax, Query(description="UBL 2.1, or UN/CEFACT CII D16B.")]
LanguageAsked = Annotated[
    Language | None,
    Query(description="The language; null: the customer's own, or that of its country."),
]


@invoices.get(
    "/{invoice_id}/einvoice",
    permission=READ,
    refusals=(receivables.InvoiceNotFound, *_XML),
    produces=("application/xml",),
)
async def read_einvoice(
    invoice_id: UUID, reading: Reading, syntax: SyntaxAsked = Syntax.UBL
) -> Response:
    """The invoice as EN 16931, passed by the official rules."""
    async with reading() as reads:
        shown = await service.invoice_document(reads, invoice_id)
    return await _xml(shown, syntax)


@invoices.get(
    "/{invoice_id}/document",
    permission=READ,
    refusals=(receivables.InvoiceNotFound, *_PAGE),
    produces=("application/pdf",),
)
async def read_invoice_document(
    invoice_id: UUID, reading: Reading, language: LanguageAsked = None
) -> Response:
    """The invoice as its customer reads it, as PDF."""
    async with reading() as reads:
        shown = await service.invoice_document(reads, invoice_id, language)
    return _answer(shown, await service.pdf(shown), "pdf")


@invoices.get(
    "/{invoice_id}/factur-x",
    permission=READ,
    refusals=(receivables.InvoiceNotFound, *_BOTH),
    produces=("application/pdf",),
)
async def read_factur_x(
    invoice_id: UUID, reading: Reading, language: LanguageAsked = None
) -> Response:
    """The invoice as Factur-X (ZUGFeRD): PDF/A-3 with the CII inside, both of the same figures."""
    async with reading() as reads:
        shown = await service.invoice_document(reads, invoice_id, language)
    return _answer(shown, await service.factur_x(shown), "pdf")


@credit_notes.get(
    "/{credit_note_id}/einvoice",
    permission=READ,
    refusals=(receivables.CreditNoteNotFound, *_XML),
    produces=("application/xml",),
)
async def read_credit_note_einvoice(
    credit_note_id: UUID, reading: Reading, syntax: SyntaxAsked = Syntax.UBL
) -> Response:
    """The credit note as EN 16931, passed by the official rules."""
    async with reading() as reads:
        shown = await service.credit_note_document(reads, credit_note_id)
    return await _xml(shown, syntax)


@credit_notes.get(
    "/{credit_note_id}/document",
    permission=READ,
    refusals=(receivables.CreditNoteNotFound, *_PAGE),
    produces=("application/pdf",),
)
async def read_credit_note_document(
    credit_note_id: UUID, reading: Reading, language: LanguageAsked = None
) -> Response:
    """The credit note as its customer reads it, as PDF."""
    async with reading() as reads:
        shown = await service.credit_note_document(reads, credit_note_id, language)
    return _answer(shown, await service.pdf(shown), "pdf")


@credit_notes.get(
    "/{credit_note_id}/factur-x",
    permission=READ,
    refusals=(receivables.CreditNoteNotFound, *_BOTH),
    produces=("application/pdf",),
)
async def read_credit_note_factur_x(
    credit_note_id: UUID, reading: Reading, language: LanguageAsked = None
) -> Response:
    """The credit note as Factur-X (ZUGFeRD)."""
    async with reading() as reads:
        shown = await service.credit_note_document(reads, credit_note_id, language)
    return _answer(shown, await service.factur_x(shown), "pdf")


async def _xml(shown: Shown, syntax: Syntax) -> Response:
    return _answer(shown, await service.einvoice(shown.document, syntax), "xml")


def _answer(shown: Shown, content: bytes, kind: str) -> Response:
    headers = {
        "Content-Disposition": f'inline; filename="{shown.document.number}.{kind}"',
        "Content-Language": shown.language.value,
        "ETag": f'"{sha256(content).hexdigest()[:32]}"',
    }
    return Response(content, headers=headers, media_type=f"application/{kind}")


@checks.query(
    "",
    permission=READ,
    refusals=(DocumentIsNotReadable, TooMuchWork),
    max_body_bytes=BULK_BODY_BYTES,
)
async def check_einvoice(body: EinvoiceCheckIn) -> EinvoiceCheckOut:
    """Hold any UBL or CII document against its schema and the official rules of EN 16931."""
    return EinvoiceCheckOut.of(*await service.check(body.file()))


@companies.get("/{company_id}/legal-details", permission=READ, refusals=(CompanyNotFound,))
async def read_legal_details(company_id: UUID, reads: Reads) -> LegalDetailsOut:
    """What the company's documents say of it; version 0: nothing has been told yet."""
    await ledger.company(reads.session, company_id)
    return LegalDetailsOut.of(await queries.seller(reads.session, company_id))


@companies.put(
    "/{company_id}/legal-details",
    permission=WRITE,
    refusals=(CompanyNotFound, NumberIsWrong, DetailsHaveChanged),
)
async def change_legal_details(
    company_id: UUID, body: LegalDetailsIn, expected: IfMatch, uow: Writes
) -> LegalDetailsOut:
    """Replace what the company's documents say of it. The first time with `If-Match: "0"`."""
    return LegalDetailsOut.of(
        await service.tell_seller(uow, company_id, body.details(), expected=expected)
    )


@accounts.get(
    "/{account_id}/billing-details", permission=READ, refusals=(receivables.AccountNotFound,)
)
async def read_billing_details(account_id: UUID, reads: Reads) -> BillingDetailsOut:
    """What documents say of the account's customer; version 0: nothing has been told yet."""
    await receivables.account(reads.session, account_id)
    return BillingDetailsOut.of(await queries.buyer(reads.session, account_id))


@accounts.put(
    "/{account_id}/billing-details",
    permission=WRITE,
    refusals=(receivables.AccountNotFound, NumberIsWrong, DetailsHaveChanged),
)
async def change_billing_details(
    account_id: UUID, body: BillingDetailsIn, expected: IfMatch, uow: Writes
) -> BillingDetailsOut:
    """Replace what documents say of the customer. The first time with `If-Match: "0"`."""
    return BillingDetailsOut.of(
        await service.tell_buyer(uow, account_id, body.details(), expected=expected)
    )

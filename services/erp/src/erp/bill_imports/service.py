"""Reading a supplier's file into a draft."""

import asyncio
from dataclasses import asdict, dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from erp.bill_imports.models import BillImport
from erp.bill_imports.rules import (
    CATEGORIES,
    LONGEST_DESCRIPTION,
    ZERO,
    BillFileDoesNotTie,
    BillFileIsNotReadable,
    BillIsForSomebodyElse,
    BillIsImportedAlready,
    KnownSupplier,
    Match,
    ReadBill,
    ReadLine,
    ReadTax,
    Seller,
    SellerIsNotKnown,
    check_bookable,
    compact,
    match_seller,
    with_rounding,
)
from erp.einvoices import queries as einvoices
from erp.einvoices.service import (
    Document,
    DocumentIsNotReadable,
    check,
    differences,
    read_document,
    xml_of,
)
from erp.payables import queries as payables_queries
from erp.payables import service as payables
from erp.payables.queries import BillDetail, payees
from erp.payables.service import BillInput, BillKind, BillLineInput, BillVatCode, StatedTax
from servicekit.uow import UnitOfWork
from servicekit.values.decimals import plain


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the file does not say: where it is booked, and who the supplier is.

    `supplier_id` None: whoever the seller is; `add_supplier_as` is the number under which a seller
    that nobody knows is added.
    """

    account_id: UUID
    supplier_id: UUID | None = None
    add_supplier_as: str | None = None
    cost_center: str | None = None
    project: str | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """The import and the draft that it made."""

    row: BillImport
    bill: BillDetail
    payable: Decimal


async def import_bill(
    uow: UnitOfWork, company_id: UUID, content: bytes, wishes: Wishes
) -> Imported:
    """Read a file into a draft bill or credit note; nothing is booked.

    Raises `BillFileIsNotReadable`, `BillIsImportedAlready`, `BillFileDoesNotTie`,
    `BillFileIsNotForImport`, `BillIsForSomebodyElse`, `SellerIsNotKnown`, `TooMuchWork` and what
    `payables.enter_bill` and `payables.add_supplier` raise.
    """
    digest = sha256(content).hexdigest()
    before = await payables_queries.bill_of_file(uow.session, company_id, digest)
    if before is not None:
        raise BillIsImportedAlready(f"It is bill {before}.", field="content", bill_id=str(before))
    try:
        xml = await asyncio.to_thread(xml_of, content)
        document = await asyncio.to_thread(read_document, xml)
        syntax, findings = await check(xml)
    except DocumentIsNotReadable as refused:
        raise BillFileIsNotReadable(refused.detail, field="content") from refused
    bill = read_bill(document)
    warnings: list[str] = []
    await _check_buyer(uow, company_id, document, warnings)
    match = await _supplier(uow, company_id, document, wishes, warnings)
    if bill.prepaid:
        paid, due = plain(bill.prepaid), plain(bill.payable)
        warnings.append(f"{paid} {bill.currency} were paid before: {due} are due.")
    entered = await payables.enter_bill(
        uow, _input(bill, match.supplier_id, document, digest, wishes)
    )
    row = BillImport(
        tenant=uow.tenant,
        id=uow.new_id(),
        company_id=company_id,
        supplier_id=match.supplier_id,
        bill_id=entered.bill.id,
        matched_by=match.by,
        syntax=syntax.value,
        sha256=digest,
        content=content,
        findings=[asdict(each) for each in findings],
        warnings=warnings,
        imported_at=uow.now,
        imported_by=uow.principal.subject,
    )
    uow.add(row)
    await uow.flush()
    uow.audit("bill_imports.imported", "bill", entered.bill.id, {"sha256": digest, "by": match.by})
    return Imported(row, entered, bill.payable)


def read_bill(document: Document) -> ReadBill:
    """What a document says of what is owed.

    Raises `BillFileDoesNotTie`, `BillFileIsNotForImport`.
    """
    # What a category's VAT may be off by rounding, the draft decides.
    off = [each for each in differences(document) if each.rule != "BR-CO-17"]
    if off:
        raise BillFileDoesNotTie(
            "; ".join(str(each) for each in off[:10]),
            field="content",
            rules=sorted({each.rule for each in off}),
        )
    lines = [
        ReadLine(
            (line.name or line.description or line.identifier)[:LONGEST_DESCRIPTION],
            line.net_amount,
            line.category.code,
            line.category.percent or ZERO,
        )
        for line in document.lines
    ] + [
        ReadLine(
            (each.reason or ("Charge" if each.charge else "Allowance"))[:LONGEST_DESCRIPTION],
            each.signed,
            each.category.code,
            each.category.percent or ZERO,
        )
        for each in document.allowances
        if each.category is not None
    ]
    totals = document.totals
    bill = with_rounding(
        ReadBill(
            document.number,
            document.is_credit_note,
            document.issued_on,
            document.due_on,
            document.currency,
            tuple(lines),
            tuple(
                ReadTax(part.category.code, part.category.percent or ZERO, part.base, part.tax)
                for part in document.vat
            ),
            totals.gross,
            totals.prepaid,
            totals.payable,
        ),
        totals.rounding,
    )
    check_bookable(bill)
    return bill.turned() if bill.gross < 0 else bill


def _input(
    bill: ReadBill, supplier_id: UUID, document: Document, digest: str, wishes: Wishes
) -> BillInput:
    reference = document.payment_reference
    return BillInput(
        supplier_id=supplier_id,
        kind=BillKind.CREDIT_NOTE if bill.is_credit_note else BillKind.BILL,
        supplier_reference=bill.number,
        issued_on=bill.issued_on,
        currency=bill.currency,
        due_on=bill.due_on,
        # Others than ISO 11649 have no check digits that could be held against them.
        payment_reference=reference if (reference or "").upper().startswith("RF") else None,
        lines=[
            BillLineInput(
                description=line.description,
                net_amount=line.net_amount,
                tax_category=CATEGORIES[line.code],
                tax_rate=line.percent.scaleb(-2),
                account_id=wishes.account_id,
                cost_center=wishes.cost_center,
                project=wishes.project,
                vat_code=BillVatCode(line.code),
            )
            for line in bill.lines
        ],
        taxes=[
            StatedTax(CATEGORIES[tax.code], tax.rate, tax.base, tax.tax, BillVatCode(tax.code))
            for tax in bill.taxes
        ],
        source_sha256=digest,
        tax_country=(document.seller.vat_id or "")[:2] or document.seller.address.country,
    )


async def _check_buyer(
    uow: UnitOfWork, company_id: UUID, document: Document, warnings: list[str]
) -> None:
    own = compact((await einvoices.seller(uow.session, company_id)).details.vat_id)
    told = compact(document.buyer.vat_id)
    if own and told and own != told:
        raise BillIsForSomebodyElse(
            f"The buyer is {document.buyer.name}, {told}; the company is {own}.", field="content"
        )
    if not told or not own:
        warnings.append(f"Nothing but the name says who the buyer is: {document.buyer.name}.")


async def _supplier(
    uow: UnitOfWork, company_id: UUID, document: Document, wishes: Wishes, warnings: list[str]
) -> Match:
    seller = Seller(
        document.seller.name,
        document.seller.address.country,
        document.seller.vat_id,
        None if document.payment is None else document.payment.iban,
    )
    known = {row.supplier_id: row for row in await payees(uow.session, company_id)}
    found = match_seller(
        seller,
        [
            KnownSupplier(row.supplier_id, row.name, row.vat_number, row.ibans)
            for row in known.values()
        ],
    )
    if wishes.supplier_id is not None:
        if found is None or found.supplier_id != wishes.supplier_id:
            warnings.append(f"The file names another seller: {seller.name}.")
        found = Match(wishes.supplier_id, "named")
    if found is None:
        if wishes.add_supplier_as is None:
            raise SellerIsNotKnown(
                f"The seller is {seller.name}, VAT number {seller.vat_id or 'none'}.",
                field="supplier_id",
            )
        found = await _added(uow, company_id, seller, wishes.add_supplier_as, warnings)
    row = known.get(found.supplier_id)
    if seller.iban and (row is None or compact(seller.iban) not in row.ibans):
        warnings.append(
            f"The file asks for payment to {seller.iban}, which is no approved account of the "
            "supplier: ask them on a number that you know."
        )
    return found


async def _added(
    uow: UnitOfWork, company_id: UUID, seller: Seller, number: str, warnings: list[str]
) -> Match:
    values: dict[str, Any] = {
        "name": seller.name,
        "country": seller.country or (seller.vat_id or "")[:2],
        "vat_number": seller.vat_id,
        "payment_terms_days": 30,
        "discount_days": None,
        "discount_rate": None,
    }
    try:
        if seller.vat_id is not None:
            payables.checked_vat_number(seller.vat_id)
    except payables.VatNumberIsWrong:
        warnings.append(f"The seller's VAT number {seller.vat_id} fails its check digits.")
        values["vat_number"] = None
    row = await payables.add_supplier(uow, company_id, number=number, currency=None, values=values)
    return Match(row.id, "added")

"""The doors of imports of bills."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from erp.bill_imports import queries, service
from erp.bill_imports.models import BillImport
from erp.bill_imports.rules import (
    BillFileDoesNotTie,
    BillFileIsNotForImport,
    BillFileIsNotReadable,
    BillImportNotFound,
    BillIsForSomebodyElse,
    BillIsImportedAlready,
    SellerIsNotKnown,
)
from erp.bill_imports.schemas import BillImportIn, BillImportOut, ImportedBillOut
from erp.einvoices.service import TooMuchWork
from erp.ledger import queries as ledger
from erp.ledger.service import CompanyNotFound, NoCompanyYet
from erp.payables.service import ENTERING, SupplierNumberIsTaken
from servicekit.http.bulk import BULK_BODY_BYTES
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.supplied import Reads, Writes

READ, WRITE = "erp.bill_imports.read", "erp.bill_imports.write"

router = SliceRouter(prefix="/v1/bill-imports", tags=["payables"])
routers = (router,)

IMPORTS = Listing(
    BillImport,
    sorts={"imported_at": BillImport.imported_at},
    filters={
        "company_id": BillImport.company_id,
        "supplier_id": BillImport.supplier_id,
        "bill_id": BillImport.bill_id,
        "sha256": BillImport.sha256,
        "imported_at": BillImport.imported_at,
    },
    default_sort="-imported_at",
)


@router.post(
    "",
    permission=WRITE,
    status_code=201,
    max_body_bytes=BULK_BODY_BYTES,
    refusals=(
        CompanyNotFound,
        NoCompanyYet,
        BillFileIsNotReadable,
        BillIsImportedAlready,
        BillFileDoesNotTie,
        BillFileIsNotForImport,
        BillIsForSomebodyElse,
        SellerIsNotKnown,
        SupplierNumberIsTaken,
        TooMuchWork,
        *ENTERING,
    ),
)
async def import_bill(body: BillImportIn, uow: Writes) -> ImportedBillOut:
    """Read a supplier's electronic invoice into a draft, which somebody else approves."""
    company = await ledger.company_or_default(uow.session, body.company_id)
    return ImportedBillOut.of_imported(
        await service.import_bill(uow, company.id, body.file(), body.wishes())
    )


@router.get("", permission=READ)
async def list_bill_imports(
    page: Annotated[Page, Depends(IMPORTS)], reads: Reads
) -> PageOut[BillImportOut]:
    """Files that were read, the latest first."""
    return PageOut.of(await page.fetch(reads, IMPORTS.select()), BillImportOut.of)


@router.get("/{import_id}", permission=READ, refusals=(BillImportNotFound,))
async def get_bill_import(import_id: UUID, reads: Reads) -> BillImportOut:
    """A file that was read, what was found in it, and the draft that it became."""
    return BillImportOut.of(await reads.get(BillImport, import_id))


@router.get(
    "/{import_id}/file",
    permission=READ,
    refusals=(BillImportNotFound,),
    produces=("application/xml", "application/pdf"),
)
async def get_bill_import_file(import_id: UUID, reads: Reads) -> Response:
    """The file as it came, byte by byte."""
    row = await queries.with_content(reads.session, import_id)
    kind = "pdf" if row.content.startswith(b"%PDF") else "xml"
    return Response(
        row.content,
        headers={"Content-Disposition": f'attachment; filename="{row.sha256[:16]}.{kind}"'},
        media_type=f"application/{kind}",
    )

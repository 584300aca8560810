"""Requests and answers of imports of bills."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from erp.bill_imports.models import BillImport
from erp.bill_imports.service import Imported, Wishes
from servicekit.http.files import Base64Content, FileIn
from servicekit.http.schemas import AmountOut, Code, Out


class BillImportIn(FileIn):
    """A supplier's file, and what it does not say."""

    content: Base64Content
    """UBL 2.1, CII, or a PDF with CII inside (Factur-X), in Base64; 5 MB at most."""
    company_id: UUID | None = None
    account_id: UUID
    """The account of the cost, for every line."""
    supplier_id: UUID | None = None
    """The supplier; left out: the one of the seller's VAT number, bank account or name."""
    add_supplier_as: Code | None = None
    """The number under which a seller that nobody knows is added as a supplier."""
    cost_center: Code | None = None
    project: Code | None = None

    def wishes(self) -> Wishes:
        """What the service takes."""
        return Wishes(
            self.account_id,
            self.supplier_id,
            self.add_supplier_as,
            self.cost_center,
            self.project,
        )


class BillFindingOut(Out):
    """A rule of EN 16931 that the file breaks."""

    rule: str
    """The rule, such as BR-CO-15; XSD where the schema refuses it."""
    severity: str
    """fatal or warning."""
    location: str
    """Where, as an XPath."""
    text: str
    """The rule in words."""


class BillImportOut(Out):
    """A file that was read, and the draft that it became."""

    id: UUID
    company_id: UUID
    supplier_id: UUID
    bill_id: UUID
    """The draft."""
    matched_by: str
    """What said who the supplier is: vat-number, iban, name, named or added."""
    syntax: str
    """ubl or cii."""
    sha256: str
    """The SHA-256 of the file, in hexadecimal."""
    findings: list[BillFindingOut]
    """What the official rules of EN 16931 found."""
    warnings: list[str]
    """What should be looked at before the bill is approved."""
    imported_at: datetime
    """When it was read, in UTC."""
    imported_by: str
    """Who sent it."""

    @classmethod
    def of(cls, row: BillImport) -> Self:
        """Render an import."""
        return cls(**cls.members(row))

    @classmethod
    def members(cls, row: BillImport) -> dict[str, Any]:
        """The members of an import."""
        return {
            name: getattr(row, name) for name in BillImportOut.model_fields if name != "findings"
        } | {"findings": [BillFindingOut(**each) for each in row.findings]}


class ImportedBillOut(BillImportOut):
    """A file that was just read."""

    number: str
    """The supplier's number of the document."""
    kind: str
    """bill or credit-note."""
    currency: str
    net: AmountOut
    """Without tax."""
    tax: AmountOut
    """The tax that the file states."""
    gross: AmountOut
    """With tax, and the rounding of what is payable."""
    payable: AmountOut
    """What the file says is still to be paid."""

    @classmethod
    def of_imported(cls, imported: Imported) -> Self:
        """Render what was just read."""
        bill = imported.bill.bill
        return cls(
            **cls.members(imported.row),
            number=bill.supplier_reference,
            kind=bill.kind,
            currency=bill.currency,
            net=bill.net,
            tax=bill.tax,
            gross=bill.gross,
            payable=imported.payable,
        )

"""The table of imported files."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from erp.bill_imports.rules import BillImportNotFound, BillIsImportedAlready
from erp.tables import Base
from servicekit.tables import Identified


class BillImport(Identified, Base):
    """A file as it came, and the draft that it became; append-only.

    `findings` are those of the official rules, `warnings` what should be looked at before the bill
    is approved.
    """

    __tablename__ = "bill_imports_import"
    __missing__ = BillImportNotFound
    __refusals__: ClassVar = {
        "uq_bill_imports_import_tenant_bill_id": lambda: BillIsImportedAlready(
            "Somebody else has just imported it.", field="content"
        ),
    }
    __table_args__ = (
        UniqueConstraint("tenant", "bill_id"),
        ForeignKeyConstraint(["tenant", "bill_id"], ["payables_bill.tenant", "payables_bill.id"]),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        CheckConstraint("octet_length(content) BETWEEN 1 AND 5000000", name="content"),
        Index("ix_bill_imports_import_sha256", "tenant", "company_id", "sha256"),
        Index("ix_bill_imports_import_imported_at", "tenant", "imported_at", "id"),
    )

    company_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    bill_id: Mapped[UUID]
    matched_by: Mapped[str]
    syntax: Mapped[str]
    sha256: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    findings: Mapped[list[Any]]
    warnings: Mapped[list[Any]]
    imported_at: Mapped[datetime]
    imported_by: Mapped[str]

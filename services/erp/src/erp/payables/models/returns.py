"""Payments to suppliers that came back. Triggers stand in the migration."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from erp.payables.rules import SupplierPaymentCameBack
from erp.tables import Base
from servicekit.tables import Identified


class PaymentReturn(Identified, Base):
    """A payment that came back, whole; append-only.

    `reason_code` is the bank's (ISO 20022 external code, such as AC04), where it gave one.
    """

    __tablename__ = "payables_payment_return"
    __refusals__: ClassVar = {
        "uq_payables_payment_return_tenant_payment_id": lambda: SupplierPaymentCameBack(
            "Somebody else has just said so."
        )
    }
    __table_args__ = (
        UniqueConstraint("tenant", "company_id", "series", "serial"),
        UniqueConstraint("tenant", "payment_id"),
        ForeignKeyConstraint(
            ["tenant", "payment_id"], ["payables_payment.tenant", "payables_payment.id"]
        ),
        CheckConstraint("reason_code ~ '^[A-Z0-9]{4}$'", name="reason_code"),
    )

    company_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    series: Mapped[str]
    serial: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[str]
    returned_on: Mapped[date]
    posted_on: Mapped[date]
    reason_code: Mapped[str | None]
    reason: Mapped[str]
    created_at: Mapped[datetime]

"""Declarative base, column types and mixins that every service's tables share."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, MetaData, Numeric, PrimaryKeyConstraint, Text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from servicekit.errors import NotFound, Refusal
from servicekit.ids import new_id
from servicekit.tenancy import current_tenant

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

# Quantities and unrounded working amounts: 14 digits before the point, 10 after.
Amount = Annotated[Decimal, mapped_column(Numeric(24, 10))]
# Amounts at a currency's minor units; pair with `minor_units_check` so that the database agrees.
PostedAmount = Annotated[Decimal, mapped_column(Numeric(20, 4))]


class ServiceBase(DeclarativeBase):
    """Each service subclasses this once, in its `tables.py`, with a metadata of its own:

        class Base(ServiceBase):
            metadata = MetaData(naming_convention=NAMING)

    A model may name the refusals that its constraints stand for, so that a race that slips past
    the check in the use case is still answered as a refusal:

        __refusals__ = {"uq_crm_customer_tenant_tax_id": lambda: TaxIdIsTaken("…")}

    and the refusal for a missing row: `__missing__ = CustomerNotFound`.
    """

    __abstract__ = True
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: TIMESTAMP(timezone=True),
        UUID: PG_UUID(as_uuid=True),
        str: Text(),
        int: BigInteger(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
    }
    __missing__: ClassVar[type[Refusal]] = NotFound
    __refusals__: ClassVar[dict[str, Callable[[], Refusal]]] = {}


class TenantRow:
    """A row that belongs to a tenant: `tenant` is the first part of its primary key."""

    tenant: Mapped[str] = mapped_column(
        Text, primary_key=True, default=current_tenant, sort_order=-20
    )


class Identified(TenantRow):
    """A tenant's row with an identifier of its own: PRIMARY KEY (tenant, id)."""

    id: Mapped[UUID] = mapped_column(
        PG_UUID(as_uuid=True), primary_key=True, default=new_id, sort_order=-19
    )


class Versioned:
    """A row that people edit: optimistic version (the ETag, from 1) and when it was written.

    `created_at` and `updated_at` are aware UTC instants set from the unit of work's `now`.
    """

    version: Mapped[int] = mapped_column(BigInteger, nullable=False, sort_order=90)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), sort_order=91)
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), sort_order=92)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {"version_id_col": cls.__table__.c.version}  # type: ignore[attr-defined]


def minor_units_check(amount: str, currency: str, *, nullable: bool = False) -> str:
    """Return the SQL of a CHECK that a posted amount has no more places than its currency.

    An unknown currency has no minor units, so the comparison is NULL, which a CHECK would let
    pass: IS TRUE refuses it. A nullable amount may be missing.
    """
    rule = f"({amount} = round({amount}, currency_minor_units({currency}))) IS TRUE"
    return f"{amount} IS NULL OR {rule}" if nullable else rule


__all__ = [
    "NAMING",
    "Amount",
    "Identified",
    "MetaData",
    "PostedAmount",
    "PrimaryKeyConstraint",
    "ServiceBase",
    "TenantRow",
    "Versioned",
    "minor_units_check",
]

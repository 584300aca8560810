"""Suppliers, their bank details, and approval limits."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from erp.payables.models import ApprovalLimit, BankDetails, Supplier
from servicekit.http.schemas import (
    AmountIn,
    AmountOut,
    Code,
    CountryCode,
    CurrencyCode,
    FractionIn,
    FractionOut,
    In,
    Name,
    Out,
    ShortText,
)

DaysIn = Annotated[int, Field(ge=0, le=365)]


class SupplierIn(In):
    """Adds a supplier to a company. `number` is our own for it."""

    company_id: UUID | None = None
    number: Code
    name: Name
    country: CountryCode
    currency: CurrencyCode | None = None
    vat_number: ShortText | None = None
    payment_terms_days: DaysIn = 30
    discount_days: DaysIn | None = None
    discount_rate: FractionIn | None = None
    withholding_kind: Code | None = None

    @model_validator(mode="after")
    def _whole_discount(self) -> Self:
        _check_discount(self.discount_days, self.discount_rate, self.payment_terms_days)
        return self

    def values(self) -> dict[str, Any]:
        """What the service takes beside company, number and currency."""
        return self.model_dump(exclude={"company_id", "number", "currency"})


def _check_discount(days: int | None, rate: object, terms: int) -> None:
    if (days is None) != (rate is None):
        raise ValueError("give discount_days and discount_rate together")
    if days is not None and (days > terms or not rate or rate == 1):
        raise ValueError("a discount is above 0, below 1, and taken before the bill is due")


class SupplierPatch(In):
    """What to change; a member that is left out stays."""

    name: Name | None = None
    country: CountryCode | None = None
    currency: CurrencyCode | None = None
    vat_number: ShortText | None = None
    withholding_kind: Code | None = None
    active: bool | None = None

    @model_validator(mode="after")
    def _required_stay(self) -> Self:
        for field in self.model_fields_set - {"vat_number", "withholding_kind"}:
            if getattr(self, field) is None:
                raise ValueError(f"{field} cannot be emptied")
        return self

    def changes(self) -> dict[str, Any]:
        """The members that were sent."""
        return self.model_dump(exclude_unset=True)


class SupplierTermsIn(In):
    """The terms of payment of bills that are entered from now on."""

    payment_terms_days: DaysIn
    discount_days: DaysIn | None = None
    discount_rate: FractionIn | None = None

    @model_validator(mode="after")
    def _whole_discount(self) -> Self:
        _check_discount(self.discount_days, self.discount_rate, self.payment_terms_days)
        return self


class SupplierOut(Out):
    """A supplier of a company."""

    id: UUID
    company_id: UUID
    number: str
    """Our number for the supplier."""
    name: str
    country: str
    """Where it sits (ISO 3166)."""
    currency: str
    """The currency proposed for its bills."""
    vat_number: str | None
    payment_terms_days: int
    discount_days: int | None
    discount_rate: FractionOut | None
    withholding_kind: str | None
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: Supplier) -> Self:
        """Render a supplier."""
        return cls.model_validate(row)


class BankDetailsIn(In):
    """Where the supplier is to be paid; somebody else approves it before anything is."""

    iban: ShortText
    bic: ShortText | None = None


class BankDetailsOut(Out):
    """Bank details, and who entered and decided on them."""

    id: UUID
    supplier_id: UUID
    iban: str
    bic: str | None
    status: str
    """waiting, approved or rejected."""
    entered_by: str
    entered_at: datetime
    decided_by: str | None
    decided_at: datetime | None

    @classmethod
    def of(cls, row: BankDetails) -> Self:
        """Render bank details."""
        return cls.model_validate(row)


class BankDetailsListOut(Out):
    """A supplier's bank details, newest first: only the first may be paid to."""

    items: list[BankDetailsOut]


class ApprovalLimitIn(In):
    """Up to which gross amount a role approves bills in a currency; null: without limit."""

    company_id: UUID | None = None
    role: Code
    currency: CurrencyCode
    amount: AmountIn | None
    """In `currency`; null: without limit."""


class ApprovalLimitOut(Out):
    """An approval limit. While a company has none at all, permissions alone decide."""

    id: UUID
    company_id: UUID
    role: str
    currency: str
    amount: AmountOut | None
    """In `currency`; null: without limit."""
    version: int

    @classmethod
    def of(cls, row: ApprovalLimit) -> Self:
        """Render a limit."""
        return cls.model_validate(row)

"""Topic `erp.credit`: what a customer owes a company and may still owe. Whole state."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from contracts.base import CurrencyCode, Event, Known, MoneyV1


class CreditEvent(Event):
    """What all events of `erp.credit` carry."""

    topic: ClassVar[str] = "erp.credit"
    key_field: ClassVar[str] = "account_id"

    account_id: UUID
    """The receivables account: one customer in one company."""
    customer_id: UUID
    company_id: UUID


class CreditStatusChangedV1(CreditEvent):
    """The account was opened, or its limit, balance, orders or state changed."""

    currency: CurrencyCode
    """The account's currency; every amount is in it."""
    credit_limit: MoneyV1 | None = None
    """None: no limit is set."""
    open_items: MoneyV1
    """Posted invoices less what was paid on them."""
    open_orders: MoneyV1
    """Confirmed or held orders that are not invoiced yet, with tax.

    Those that are due within the company's horizon, and of any what has left.
    """
    delivered: MoneyV1 | None = None
    """The part of the open orders that has left, and will be invoiced next."""
    exposure: MoneyV1
    """Open items plus open orders."""
    overdue: MoneyV1
    """The part of the open items that is past its due date."""
    headroom: MoneyV1 | None = None
    """Limit and released, less exposure, negative when exceeded; none without a limit."""
    released: MoneyV1 | None = None
    """What somebody lets the account owe beyond its limit for a while; none: nothing."""
    state: Annotated[str, Known("ok", "warning", "blocked")]
    payment_terms_days: int
    """Days from invoice date to due date."""
    as_of: AwareDatetime

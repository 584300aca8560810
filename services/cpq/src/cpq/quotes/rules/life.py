"""The life of a quote.

draft -> (pending -> approved) -> sent -> accepted | declined | expired
pending | approved | sent | declined | expired -> draft (the next revision)
everything but accepted -> cancelled
"""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum

from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.values.decimals import fits_places, plain


class Status(StrEnum):
    """Where a quote stands."""

    DRAFT = "draft"
    PENDING = "pending"
    """Somebody is asked to approve it."""
    APPROVED = "approved"
    """Whoever had to approve it has."""
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"

    @property
    def tmf_state(self) -> str:
        """The state of TM Forum's quote management API (TMF648, QuoteStateType)."""
        return _TMF_STATES[self]


_TMF_STATES = {
    Status.DRAFT: "inProgress",
    Status.PENDING: "pending",
    Status.APPROVED: "approved",
    Status.SENT: "approved",
    Status.ACCEPTED: "accepted",
    Status.DECLINED: "rejected",
    Status.EXPIRED: "cancelled",
    Status.CANCELLED: "cancelled",
}
REVISABLE = frozenset(
    {Status.PENDING, Status.APPROVED, Status.SENT, Status.DECLINED, Status.EXPIRED}
)


class QuoteNotFound(NotFound):
    """The quote does not exist in this tenant."""

    code = "quote-not-found"
    title = "There is no such quote"
    hint = "List the quotes to see their ids."


class SelectionNeedsApproval(RuleBroken):
    """What the customer picks is as approved as what they were offered."""

    code = "selection-needs-approval"
    title = "The seller has to approve this selection first"
    hint = "Take another selection, or ask the seller for an offer with this one."


class QuoteIsNotDraft(RuleBroken):
    """Only a draft changes; what the customer has in hand stays as it is."""

    code = "quote-is-not-draft"
    title = "Only a draft can be changed, priced or sent"
    hint = "Revise the quote first: POST /v1/quotes/{id}/revise makes it a draft again."


class QuoteCannotBeRevised(RuleBroken):
    """A draft changes as it is; what was accepted is a deal, what was cancelled is over."""

    code = "quote-cannot-be-revised"
    title = "A draft, an accepted or a cancelled quote cannot be revised"
    hint = "Change a draft directly; clone an accepted or cancelled quote."


class QuoteCannotBeCancelled(RuleBroken):
    """A deal is undone by its order, not by its quote."""

    code = "quote-cannot-be-cancelled"
    title = "An accepted or cancelled quote cannot be cancelled"
    hint = "Cancel the order in the ERP."


class QuoteIsNotPending(RuleBroken):
    """Only what is asked for can be taken back."""

    code = "quote-is-not-pending"
    title = "The quote is not waiting for an approval"
    hint = "Revise a quote that is approved or sent."


class QuoteNeedsApproval(RuleBroken):
    """What the policy asks about is not sent before somebody said yes."""

    code = "quote-needs-approval"
    title = "The quote needs an approval before it can be sent"
    hint = "Submit it: POST /v1/quotes/{id}/submit asks whoever must approve."


class ApprovedOfferIsFixed(RuleBroken):
    """What was approved is sent as it was approved."""

    code = "approved-offer-is-fixed"
    title = "An approved quote is sent with the validity that was approved"
    hint = "Leave valid_until out, or revise the quote and submit it again."


class QuoteVersionNotFound(NotFound):
    """Nobody kept this revision of the quote."""

    code = "quote-version-not-found"
    title = "This revision of the quote was not kept"
    hint = "List the quote's versions to see which were."


class QuoteIsNotSent(RuleBroken):
    """A customer can answer only an offer that was sent and is still open."""

    code = "quote-is-not-sent"
    title = "The quote is not out: only one that was sent can be answered"
    hint = (
        "Read the quote's status: a draft is sent first, and what is answered, expired or "
        "cancelled stays so until the seller makes another offer."
    )


class QuoteHasExpired(RuleBroken):
    """An offer holds up to its last day."""

    code = "quote-has-expired"
    title = "The quote is no longer valid on the day of acceptance"
    hint = "Make a new quote at today's prices."


class OfferHasChanged(RuleBroken):
    """The customer accepts exactly what the hash names, and nothing else."""

    code = "offer-differs"
    title = "The content hash is not the one of the offer that was sent"
    hint = "Read the quote again and show the customer what it says now."


class QuoteNeedsLines(RuleBroken):
    """An offer of nothing is no offer."""

    code = "quote-needs-lines"
    title = "A quote needs at least one line to be sent"
    hint = "Add lines to the draft first."


class OfferIsTooLarge(RuleBroken):
    """What is accepted must reach the ERP in one message."""

    code = "offer-too-large"
    title = "The offer is too large to become one order"
    hint = "Split it into several quotes, or give lines shorter texts and smaller configurations."


class ValidityIsOver(InvalidInput):
    """An offer holds for at least the day on which it is sent."""

    code = "validity-is-over"
    title = "valid_until must not be before the day on which the quote is sent"
    hint = "Choose a later day, or leave it out for thirty days."


class AcceptanceIsInTheFuture(InvalidInput):
    """What has not happened cannot be recorded."""

    code = "acceptance-in-the-future"
    title = "accepted_on must not be after today"
    hint = "Leave accepted_on out to accept today."


class AcceptanceIsBeforeOffer(RuleBroken):
    """Nobody accepts an offer before it is made; the day dates and taxes the order."""

    code = "acceptance-before-offer"
    title = "accepted_on must not be before the day on which the quote was sent"
    hint = "Leave accepted_on out to accept today; take over old deals with POST /v1/quotes/bulk."


class PricingDayIsInTheFuture(InvalidInput):
    """Prices of a day to come may still change."""

    code = "priced-in-the-future"
    title = "A quote is priced on a day that has come"
    hint = "Leave the day out to price today."


class CustomerIsNotKnown(InvalidInput):
    """A quote needs a customer that the CRM has announced."""

    code = "customer-not-known"
    title = "CPQ has not heard of this customer"
    hint = "Check the id. If the customer was created just now, try again in a moment."


class PromotionIsNotKnown(InvalidInput):
    """A code that nobody knows would promise what the price does not keep."""

    code = "promotion-not-known"
    title = "No promotion with this code runs on the day of pricing"
    hint = "Check how the code is written and when the promotion runs, or leave the code out."


class CustomerIsNotActive(RuleBroken):
    """Nothing is offered to a customer that was deactivated."""

    code = "customer-not-active"
    title = "The customer is not active"
    hint = "Activate the customer in the CRM first."


class ItemIsNotKnown(InvalidInput):
    """A line needs an item that the ERP has announced."""

    code = "item-not-known"
    title = "CPQ has not heard of this item"
    hint = "Check the id or SKU. If the item was released just now, try again in a moment."


class QuantityIsTooFine(InvalidInput):
    """Half an each is nothing: the ERP would reject the order."""

    code = "quantity-is-too-fine"
    title = "A quantity has no more decimal places than the item's unit"
    hint = "Round it: GET /v1/units of the ERP shows the places of each unit."


class ItemIsNotForSale(RuleBroken):
    """Only released, sellable items are offered."""

    code = "item-not-for-sale"
    title = "The item is discontinued or not for sale"
    hint = "Choose another item, or have the item released for sale in the ERP."


class QuoteNeedsCurrency(InvalidInput):
    """A price has a currency."""

    code = "quote-needs-currency"
    title = "Neither the quote nor the customer names a currency"
    hint = "Give the quote a currency."


class QuoteCurrencyDiffers(RuleBroken):
    """The ERP rejects an order in another currency than the customer's account."""

    code = "quote-currency-differs"
    title = "The quote is not in the currency of the customer's account at the selling company"
    hint = "Make a new quote in the account's currency, which the detail names."


class ExternalReferenceIsTaken(RuleBroken):
    """An external reference names one quote."""

    code = "quote-reference-taken"
    title = "Another quote has this external reference"
    hint = "Use POST /v1/quotes/bulk to import: it answers `unchanged` for a known reference."


def check_draft(status: str, number: str) -> None:
    """Raise `QuoteIsNotDraft` unless the quote may still change."""
    if status != Status.DRAFT:
        raise QuoteIsNotDraft(f"quote {number} is {status}")


def check_pending(status: str, number: str) -> None:
    """Raise `QuoteIsNotPending` unless approvers are asked."""
    if status != Status.PENDING:
        raise QuoteIsNotPending(f"quote {number} is {status}")


def check_revisable(status: str, number: str) -> None:
    """Raise `QuoteCannotBeRevised` unless the quote may become a draft again."""
    if status not in REVISABLE:
        raise QuoteCannotBeRevised(f"quote {number} is {status}")


def check_cancellable(status: str, number: str) -> None:
    """Raise `QuoteCannotBeCancelled` for a quote that is a deal, or over."""
    if status in (Status.ACCEPTED, Status.CANCELLED):
        raise QuoteCannotBeCancelled(f"quote {number} is {status}")


def check_sent(status: str, number: str) -> None:
    """Raise `QuoteHasExpired` or `QuoteIsNotSent` unless the customer may still answer."""
    if status == Status.EXPIRED:
        raise QuoteHasExpired(f"quote {number} has expired")
    if status != Status.SENT:
        raise QuoteIsNotSent(f"quote {number} is {status}")


def check_answerable(status: str, number: str, valid_until: date | None, today: date) -> None:
    """Raise `QuoteHasExpired` or `QuoteIsNotSent` unless the customer may answer today."""
    check_sent(status, number)
    if valid_until is not None and valid_until < today:
        raise QuoteHasExpired(f"quote {number} was valid until {valid_until}")


def check_promotions(named: Sequence[str], running: Collection[str], day: date) -> None:
    """Raise `PromotionIsNotKnown` for a code of no promotion that runs on the day."""
    for place, code in enumerate(named):
        if code not in running:
            raise PromotionIsNotKnown(f"{code!r} on {day}", field=f"promotions.{place}")


def check_validity(valid_until: date, sent_on: date) -> None:
    """Raise `ValidityIsOver` if the offer would be over before the customer has it."""
    if valid_until < sent_on:
        raise ValidityIsOver(f"valid_until {valid_until} is before {sent_on}", field="valid_until")


def check_quantity(
    quantity: Decimal, places: int | None, *, sku: str, unit: str, field: str
) -> None:
    """Raise `QuantityIsTooFine` unless the quantity fits the places of the item's unit.

    None places: the ERP has not said them. `field` names the quantity in the request.
    """
    if places is not None and not fits_places(quantity, places):
        raise QuantityIsTooFine(
            f"{plain(quantity)} {unit} of {sku} has more than {places} decimal places", field=field
        )


def check_pricing_day(day: date, today: date, *, field: str = "priced_on") -> None:
    """Raise `PricingDayIsInTheFuture` for a day after today (UTC)."""
    if day > today:
        raise PricingDayIsInTheFuture(f"{day} is after today, {today}", field=field)


def check_active(number: str, *, active: bool) -> None:
    """Raise `CustomerIsNotActive` for a customer that was deactivated."""
    if not active:
        raise CustomerIsNotActive(f"customer {number} is not active", field="customer_id")


def check_currency(number: str, currency: str, account_currency: str | None) -> None:
    """Raise `QuoteCurrencyDiffers` unless the customer's account takes it; None: not known."""
    if account_currency is not None and currency != account_currency:
        raise QuoteCurrencyDiffers(
            f"quote {number} is in {currency}, the customer's account in {account_currency}: "
            f"quote in {account_currency}",
            quote_currency=currency,
            account_currency=account_currency,
        )


def check_acceptance(
    *,
    number: str,
    offered_on: date,
    valid_until: date,
    accepted_on: date,
    today: date,
    signed: str,
    offered: str,
) -> None:
    """Check that this offer can be accepted on that day with that hash.

    Days are business days of the seller. Raises `OfferHasChanged`, `AcceptanceIsInTheFuture`,
    `AcceptanceIsBeforeOffer`, `QuoteHasExpired`.
    """
    if signed != offered:
        raise OfferHasChanged(
            f"quote {number} was sent with content hash {offered}, not {signed}",
            field="content_hash",
        )
    if accepted_on > today:
        raise AcceptanceIsInTheFuture(f"{accepted_on} is after today, {today}", field="accepted_on")
    if accepted_on < offered_on:
        raise AcceptanceIsBeforeOffer(
            f"quote {number} was offered on {offered_on}, after {accepted_on}", field="accepted_on"
        )
    if accepted_on > valid_until:
        raise QuoteHasExpired(f"quote {number} was valid until {valid_until}", field="accepted_on")

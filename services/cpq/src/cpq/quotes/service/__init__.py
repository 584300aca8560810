"""The use cases of quotes."""

from cpq.configurator.service import LINE_REFUSALS
from cpq.contracts.service import AmendmentLineIsFixed, ContractHasChanged
from cpq.pricing.service import PRICING_REFUSALS
from cpq.promotions.service import PromotionBudgetIsExhausted
from cpq.quotes.rules import (
    MOST_SEGMENTS,
    AcceptanceIsBeforeOffer,
    AcceptanceIsInTheFuture,
    AlternativesNeedOne,
    AskedTerm,
    CustomerIsNotActive,
    CustomerIsNotKnown,
    GroupIsNotThere,
    ItemIsNotForSale,
    ItemIsNotKnown,
    LineIsNotOptional,
    LineIsNotThere,
    LineKeyIsTaken,
    LinesGoInCircles,
    OfferHasChanged,
    PricingDayIsInTheFuture,
    QuantityIsTooFine,
    QuoteHasExpired,
    QuoteIsNotSent,
    QuoteNeedsCurrency,
    QuoteNotFound,
    RampIsNoRamp,
    RampPlace,
    RampSegment,
    SelectionNeedsApproval,
    SellingModelDoesNotFit,
    Term,
    TermIsNoTerm,
    TooManyLines,
)
from cpq.quotes.service.answering import (
    accept_quote,
    decline_quote,
    expire_quotes,
)
from cpq.quotes.service.approving import decide_on_quote, submit_quote, withdraw_quote
from cpq.quotes.service.contracting import credit_of, credits_of, written_credits
from cpq.quotes.service.drafting import (
    QuoteChange,
    Written,
    change_quote,
    create_quote,
    create_quotes,
    price_again,
    replace_lines,
)
from cpq.quotes.service.editing import LineEdits, LineSelector, edit_lines, select_options
from cpq.quotes.service.importing import Imported, ImportedQuote, import_quotes
from cpq.quotes.service.offering import VALIDITY, OfferSeen, offer_seen
from cpq.quotes.service.ordering import OrderNews, remember_order
from cpq.quotes.service.picking import (
    CustomersAnswer,
    OfferedOption,
    check_known,
    check_offered,
    customers_answer,
    offered_options,
    pick_offered,
)
from cpq.quotes.service.previewing import Previewed, preview_quote
from cpq.quotes.service.sending import send_quote
from cpq.quotes.service.sheets import (
    AskedRow,
    CheckedRow,
    add_sheet,
    check_sheet,
    net_of,
    read_sheet,
)
from cpq.quotes.service.using import rate_usage
from cpq.quotes.service.versions import (
    Replay,
    cancel_quote,
    clone_quote,
    compare_versions,
    keep_version,
    replay_quote,
    revise_quote,
)
from cpq.quotes.service.wishes import ConfigurationWish, LineWish, QuoteWish
from servicekit.errors import Refusal

ANSWERING_REFUSALS: tuple[type[Refusal], ...] = (
    QuoteNotFound,
    QuoteIsNotSent,
    QuoteHasExpired,
    OfferHasChanged,
    AcceptanceIsInTheFuture,
    AcceptanceIsBeforeOffer,
    ContractHasChanged,
)
"""Why a customer's yes may not be taken."""
PICKING_REFUSALS: tuple[type[Refusal], ...] = (
    QuoteNotFound,
    QuoteIsNotSent,
    QuoteHasExpired,
    LineIsNotThere,
    LineIsNotOptional,
    AlternativesNeedOne,
    PromotionBudgetIsExhausted,
    SelectionNeedsApproval,
    *PRICING_REFUSALS,
)
"""Why options may not be picked."""
QUOTING_REFUSALS: tuple[type[Refusal], ...] = (
    CustomerIsNotKnown,
    CustomerIsNotActive,
    ItemIsNotKnown,
    ItemIsNotForSale,
    QuantityIsTooFine,
    QuoteNeedsCurrency,
    PricingDayIsInTheFuture,
    LineKeyIsTaken,
    LineIsNotThere,
    LinesGoInCircles,
    GroupIsNotThere,
    AlternativesNeedOne,
    TooManyLines,
    TermIsNoTerm,
    RampIsNoRamp,
    SellingModelDoesNotFit,
    AmendmentLineIsFixed,
    *PRICING_REFUSALS,
    *LINE_REFUSALS,
)
"""Why something may not be quoted."""

__all__ = [
    "ANSWERING_REFUSALS",
    "MOST_SEGMENTS",
    "PICKING_REFUSALS",
    "QUOTING_REFUSALS",
    "VALIDITY",
    "AskedRow",
    "AskedTerm",
    "CheckedRow",
    "ConfigurationWish",
    "CustomersAnswer",
    "Imported",
    "ImportedQuote",
    "LineEdits",
    "LineSelector",
    "LineWish",
    "OfferSeen",
    "OfferedOption",
    "OrderNews",
    "Previewed",
    "QuoteChange",
    "QuoteHasExpired",
    "QuoteIsNotSent",
    "QuoteNotFound",
    "QuoteWish",
    "RampPlace",
    "RampSegment",
    "Replay",
    "Term",
    "Written",
    "accept_quote",
    "add_sheet",
    "cancel_quote",
    "change_quote",
    "check_known",
    "check_offered",
    "check_sheet",
    "clone_quote",
    "compare_versions",
    "create_quote",
    "create_quotes",
    "credit_of",
    "credits_of",
    "customers_answer",
    "decide_on_quote",
    "decline_quote",
    "edit_lines",
    "expire_quotes",
    "import_quotes",
    "keep_version",
    "net_of",
    "offer_seen",
    "offered_options",
    "pick_offered",
    "preview_quote",
    "price_again",
    "rate_usage",
    "read_sheet",
    "remember_order",
    "replace_lines",
    "replay_quote",
    "revise_quote",
    "select_options",
    "send_quote",
    "submit_quote",
    "withdraw_quote",
    "written_credits",
]

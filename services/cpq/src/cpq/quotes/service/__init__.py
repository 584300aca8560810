"""The use cases of quotes."""

from cpq.quotes.rules import QuoteNotFound
from cpq.quotes.service.answering import (
    accept_quote,
    decline_quote,
    expire_quotes,
    send_quote,
)
from cpq.quotes.service.drafting import (
    QuoteChange,
    Written,
    change_quote,
    create_quote,
    create_quotes,
    price_again,
    replace_lines,
)
from cpq.quotes.service.importing import Imported, ImportedQuote, import_quotes
from cpq.quotes.service.offering import VALIDITY, OfferSeen, offer_seen
from cpq.quotes.service.ordering import OrderNews, remember_order
from cpq.quotes.service.wishes import ConfigurationWish, LineWish, QuoteWish

__all__ = [
    "VALIDITY",
    "ConfigurationWish",
    "Imported",
    "ImportedQuote",
    "LineWish",
    "OfferSeen",
    "OrderNews",
    "QuoteChange",
    "QuoteNotFound",
    "QuoteWish",
    "Written",
    "accept_quote",
    "change_quote",
    "create_quote",
    "create_quotes",
    "decline_quote",
    "expire_quotes",
    "import_quotes",
    "offer_seen",
    "price_again",
    "remember_order",
    "replace_lines",
    "send_quote",
]

"""The use cases of offers."""

from cpq.offers.service.answering import (
    OfferShown,
    accept_offer,
    decline_offer,
    offer_pdf,
    pick_options,
    show_offer,
)
from cpq.offers.service.links import (
    ANSWERS,
    create_link,
    links_of,
    open_link,
    revoke_link,
)

__all__ = [
    "ANSWERS",
    "OfferShown",
    "accept_offer",
    "create_link",
    "decline_offer",
    "links_of",
    "offer_pdf",
    "open_link",
    "pick_options",
    "revoke_link",
    "show_offer",
]

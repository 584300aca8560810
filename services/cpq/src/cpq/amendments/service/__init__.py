"""The use cases of amendments."""

from cpq.amendments.service.amending import (
    Addition,
    Amendment,
    Plan,
    Preview,
    Setting,
    amend,
    cancel_contract,
    line_wish,
    preview_amendment,
    reduce_contract,
)
from cpq.amendments.service.renewing import Renewal, RenewedLine, preview_renewal, renew

__all__ = [
    "Addition",
    "Amendment",
    "Plan",
    "Preview",
    "Renewal",
    "RenewedLine",
    "Setting",
    "amend",
    "cancel_contract",
    "line_wish",
    "preview_amendment",
    "preview_renewal",
    "reduce_contract",
    "renew",
]

"""HTTP payloads of contracts."""

from cpq.amendments.schemas.answers import (
    AmendmentQuoteOut,
    ContractOut,
    ContractSummaryOut,
    PreviewOut,
)
from cpq.amendments.schemas.requests import AmendmentIn, CancelContractIn, RenewalIn

__all__ = [
    "AmendmentIn",
    "AmendmentQuoteOut",
    "CancelContractIn",
    "ContractOut",
    "ContractSummaryOut",
    "PreviewOut",
    "RenewalIn",
]

"""What configure-price-quote announces."""

from contracts.cpq.configuration import (
    ConfigurationModelEvent,
    ConfigurationModelPublishedV1,
    ConfigurationModelRetiredV1,
    ConfigurationModelStateV1,
)
from contracts.cpq.contract import (
    ContractAmendedV1,
    ContractEntryV1,
    ContractEvent,
    ContractStartedV1,
)
from contracts.cpq.quote import (
    ChoiceV1,
    ConfigurationV1,
    ConfiguredPartV1,
    QuoteAcceptedV1,
    QuoteApprovedV1,
    QuoteCancelledV1,
    QuoteCreatedV1,
    QuoteDeclinedV1,
    QuotedLineV1,
    QuoteEvent,
    QuoteExpiredV1,
    QuotePricedV1,
    QuoteRevisedV1,
    QuoteSentV1,
    QuoteSubmittedV1,
)

__all__ = [
    "ChoiceV1",
    "ConfigurationModelEvent",
    "ConfigurationModelPublishedV1",
    "ConfigurationModelRetiredV1",
    "ConfigurationModelStateV1",
    "ConfigurationV1",
    "ConfiguredPartV1",
    "ContractAmendedV1",
    "ContractEntryV1",
    "ContractEvent",
    "ContractStartedV1",
    "QuoteAcceptedV1",
    "QuoteApprovedV1",
    "QuoteCancelledV1",
    "QuoteCreatedV1",
    "QuoteDeclinedV1",
    "QuoteEvent",
    "QuoteExpiredV1",
    "QuotePricedV1",
    "QuoteRevisedV1",
    "QuoteSentV1",
    "QuoteSubmittedV1",
    "QuotedLineV1",
]

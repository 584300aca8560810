"""Topic `cpq.configuration_model`: what can be configured, from which day on."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from contracts.base import CurrencyCode, Event, Known, WireModel


class ConfigurationModelStateV1(WireModel):
    """Everything that other services may know about a version of a configuration model.

    The document itself, which never changes, is read from CPQ by the version's id.
    """

    version_id: UUID
    model_key: str
    """Names the model; its versions share it."""
    model_version: int
    """1, 2, 3 ... of this key."""
    name: str
    sku: str | None = None
    """The item that a configuration of it sells; none: it sells nothing by itself."""
    currency: CurrencyCode | None = None
    """Of the amounts in the model; none: it has none of its own."""
    status: Annotated[str, Known("published", "retired")]
    valid_from: date
    """First day on which it is configured from."""
    valid_to: date | None = None
    """First day on which it no longer is; none: until further notice."""
    content_hash: str
    """SHA-256, in hex, over the canonical JSON of the document."""


class ConfigurationModelEvent(Event):
    """What all events of `cpq.configuration_model` carry."""

    topic: ClassVar[str] = "cpq.configuration_model"
    key_field: ClassVar[str] = "version_id"

    version_id: UUID
    model: ConfigurationModelStateV1


class ConfigurationModelPublishedV1(ConfigurationModelEvent):
    """The version can be configured from its first day on, or ends on another day than before."""


class ConfigurationModelRetiredV1(ConfigurationModelEvent):
    """Nothing new is configured with the version; what was stays as it is."""

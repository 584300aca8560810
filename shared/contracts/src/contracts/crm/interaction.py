"""Topic `crm.interaction`: what passed between us and the customer."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from contracts.base import Event, Known

InteractionKind = Annotated[str, Known("call", "mail", "meeting", "note", "visit")]


class InteractionEvent(Event):
    """What all events of `crm.interaction` carry."""

    topic: ClassVar[str] = "crm.interaction"
    key_field: ClassVar[str] = "interaction_id"

    interaction_id: UUID
    customer_id: UUID


class InteractionLoggedV1(InteractionEvent):
    """Somebody wrote down a call, mail, meeting, note or visit."""

    contact_id: UUID | None = None
    kind: InteractionKind
    direction: Annotated[str, Known("inbound", "outbound")] | None = None
    subject: str
    occurred_at: AwareDatetime
    """When it happened (UTC), which may be long before it was logged."""
    logged_by: str
    """Subject of the person who logged it."""

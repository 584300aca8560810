"""What the slice announces, as contract events."""

from contracts.crm import InteractionLoggedV1
from crm.interactions.models import Interaction


def logged(interaction: Interaction) -> InteractionLoggedV1:
    """Something was written down. The text stays at home: it is between us and the customer."""
    return InteractionLoggedV1(
        interaction_id=interaction.id,
        customer_id=interaction.customer_id,
        contact_id=interaction.contact_id,
        kind=interaction.kind,
        direction=interaction.direction,
        subject=interaction.subject,
        occurred_at=interaction.occurred_at,
        logged_by=interaction.logged_by,
    )

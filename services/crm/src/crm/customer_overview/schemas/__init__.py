"""What the customer's page looks like on the wire."""

from crm.customer_overview.schemas.page import OverviewOut

__all__ = ["OverviewOut"]

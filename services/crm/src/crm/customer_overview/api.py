"""The address of the customer's page."""

from uuid import UUID

from crm.customer_overview import queries
from crm.customer_overview.schemas import OverviewOut
from crm.customers.queries import CustomerNotFound
from crm.settings import crm_settings
from servicekit.http import Reads, SliceRouter

router = SliceRouter(prefix="/v1/customers", tags=["customer overview"])


@router.get(
    "/{customer_id}/overview",
    permission="crm.customer_overview.read",
    refusals=(CustomerNotFound,),
)
async def customer_overview(customer_id: UUID, reads: Reads) -> OverviewOut:
    """Everything about a customer: ours, and what CPQ and ERP told, with source, age and doubt."""
    return OverviewOut.of(await queries.overview(reads, customer_id), reads.now, crm_settings())

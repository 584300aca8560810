"""Addresses of the customer value slice."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from crm.customer_value import queries, service
from crm.customer_value.models import ValueEstimate, ValueModel
from crm.customer_value.rules import CustomerHasNoValue, LevelsAreOutOfOrder, ValuePolicyNotFound
from crm.customer_value.schemas import (
    CustomerValueOut,
    CustomerWorthOut,
    ValueModelOut,
    ValuePolicyIn,
    ValuePolicyOut,
    ValueRunIn,
    ValueRunOut,
)
from servicekit.http import IfMatch, Listing, Page, PageOut, Reads, SliceRouter, Writes

READ, CONFIGURE = "crm.customer_value.read", "crm.customer_value.configure"

policies = SliceRouter(prefix="/v1/value-policy", tags=["customer value"])
runs = SliceRouter(prefix="/v1/value-runs", tags=["customer value"])
models = SliceRouter(prefix="/v1/value-models", tags=["customer value"])
values = SliceRouter(prefix="/v1/customer-values", tags=["customer value"])
routers = (policies, runs, models, values)

MODELS = Listing(
    ValueModel,
    sorts={"fitted_at": ValueModel.fitted_at},
    filters={"currency": ValueModel.currency},
    default_sort="-fitted_at",
)
VALUES = Listing(
    ValueEstimate,
    sorts={"value": ValueEstimate.value},
    filters={
        "currency": ValueEstimate.currency,
        "ranked": ValueEstimate.ranked,
        "value": ValueEstimate.value,
        "alive": ValueEstimate.alive,
    },
    default_sort="-value",
    keys=(ValueEstimate.customer_id, ValueEstimate.currency),
)


@policies.get("", permission=READ, refusals=(ValuePolicyNotFound,))
async def get_value_policy(reads: Reads) -> ValuePolicyOut:
    """How values are counted, and which tier they give."""
    found = await queries.policy(reads.session)
    if found is None:
        raise ValuePolicyNotFound("This tenant has no policy of values.")
    return ValuePolicyOut.of(found)


@policies.put("", permission=CONFIGURE, refusals=(LevelsAreOutOfOrder,))
async def set_value_policy(body: ValuePolicyIn, expected: IfMatch, uow: Writes) -> ValuePolicyOut:
    """Set the policy; `If-Match: "0"` for the first. Nothing moves before the next run."""
    return ValuePolicyOut.of(
        await service.set_policy(
            uow,
            expected,
            currency=body.currency,
            levels=body.rule_levels(),
            years=body.years,
            margin=body.margin,
            discount=body.discount,
            pipeline_share=body.pipeline_share,
            overrides_hand=body.overrides_hand,
        )
    )


@runs.post("", permission=CONFIGURE)
async def run_customer_values(body: ValueRunIn, uow: Writes) -> ValueRunOut:
    """Estimate every customer from the payments, and move tiers; each day does it by itself."""
    return ValueRunOut.of(
        await service.run(uow, body.until or uow.now.date(), dry_run=body.dry_run)
    )


@models.get("", permission=READ)
async def list_value_models(
    page: Annotated[Page, Depends(MODELS)], reads: Reads
) -> PageOut[ValueModelOut]:
    """The fitted models, the newest first, each with how well it foretold what it had not seen."""
    return PageOut.of(await page.fetch(reads, MODELS.select()), ValueModelOut.model_validate)


@values.get("", permission=READ)
async def list_customer_values(
    page: Annotated[Page, Depends(VALUES)], reads: Reads
) -> PageOut[CustomerValueOut]:
    """What customers are worth, the most first; give a `currency`, since they do not compare."""
    return PageOut.of(await page.fetch(reads, VALUES.select()), CustomerValueOut.model_validate)


@values.get("/{customer_id}", permission=READ, refusals=(CustomerHasNoValue,))
async def get_customer_value(customer_id: UUID, reads: Reads) -> CustomerWorthOut:
    """What a customer is worth by currency, and the tier that the policy last gave."""
    found = await queries.estimates_of_customer(reads.session, customer_id)
    given = await queries.assignment_of(reads.session, customer_id)
    if not found and given is None:
        raise CustomerHasNoValue(f"Nothing is estimated for customer {customer_id}.")
    return CustomerWorthOut.render(list(found), given)

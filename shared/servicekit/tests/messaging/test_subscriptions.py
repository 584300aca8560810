"""Declaring who hears what."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.crm.customer import CustomerChangedV1, CustomerCreatedV1, CustomerEvent
from contracts.crm.opportunity import OpportunityOpenedV1
from servicekit.messaging.arrivals import EventIsUnreadable, Router
from servicekit.messaging.envelope import address, parse
from servicekit.messaging.subscriptions import BadSubscription, Subscriptions, merged
from servicekit.testing.tally.publishing import CUSTOMER, customer_state
from servicekit.testing.tally.records import record


async def remember(received: Any, uow: Any) -> None: ...


async def react(event: Any, uow: Any) -> None: ...


def test_slices_that_name_the_same_consumer_share_it() -> None:
    first, second = Subscriptions("erp.reactions"), Subscriptions("erp.reactions", rebuild=["t"])
    first.on(OpportunityOpenedV1)(react)
    second.on_state(CustomerCreatedV1, CustomerChangedV1)(remember)
    (whole,) = merged([first, second])

    assert whole.topics == ("crm.customer", "crm.opportunity")
    assert len(whole.handlers) == 2
    assert whole.rebuild_tables == ("t",)


@pytest.mark.parametrize("name", ["", "reactions", "ERP.reactions", "erp.", "erp reactions"])
def test_a_consumer_is_named_after_its_service(name: str) -> None:
    with pytest.raises(BadSubscription):
        Subscriptions(name)


def test_a_log_topic_cannot_be_heard_newest_only() -> None:
    with pytest.raises(BadSubscription, match="log topic"):
        Subscriptions("erp.reactions").on_state(OpportunityOpenedV1)


def test_what_is_no_published_event_cannot_be_heard() -> None:
    with pytest.raises(BadSubscription):
        Subscriptions("erp.reactions").on(CustomerEvent)
    with pytest.raises(BadSubscription):
        Subscriptions("erp.reactions").on()


def test_a_type_is_routed_to_all_who_hear_it_passed_over_or_refused() -> None:
    subscriptions = Subscriptions("erp.reactions")
    subscriptions.on(CustomerCreatedV1)(react)
    subscriptions.on_state(CustomerCreatedV1)(remember)
    router = Router(subscriptions)

    def routed(event_type: str | None = None) -> Any:
        sent = record(customer_state(CUSTOMER, 1), 1, event_type=event_type)
        return router.route(address(parse(sent.headers, sent.value)))

    found = routed()
    assert found is not None
    assert (found.ones, found.newest) == ((react,), (remember,))
    assert routed("tradewind.crm.customer-changed.v1") is None
    with pytest.raises(EventIsUnreadable, match="major"):
        routed("tradewind.crm.customer-created.v2")

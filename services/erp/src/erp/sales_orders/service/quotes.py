"""Turning accepted quotes into orders."""

from decimal import Decimal

from contracts.cpq.quote import QuoteAcceptedV1, QuotedLineV1
from erp.items import queries as items
from erp.receivables import queries as accounts
from erp.receivables import service as receivables
from erp.sales_orders.queries import OrderDetail
from erp.sales_orders.rules import (
    AS_SIGNED,
    CUSTOMER_INACTIVE,
    CompanyIsUnknown,
    OrderedLine,
    OrderStatus,
    Reason,
    fits,
    line_objections,
    objections,
    total_objections,
)
from erp.sales_orders.service.opening import (
    claim_and_open,
    find_terms,
    find_warehouse,
    item_facts,
    reject,
    totalled,
)
from servicekit.uow import UnitOfWork

_TAKEN = """
    SELECT quote_id, number FROM sales_orders_order WHERE tenant = $1 AND quote_id = $2
    UNION ALL
    SELECT quote_id, number FROM sales_orders_order WHERE tenant = $1 AND external_reference = $3
"""


async def open_order_of_quote(uow: UnitOfWork, quote: QuoteAcceptedV1) -> OrderDetail | None:
    """Turn an accepted quote into an order: confirmed, held or rejected, with every reason.

    None if the quote has its order already. A customer that CRM has not told of yet gets its
    account here, since events of two topics come in no order; what can never be delivered as
    signed is rejected, and the rejection is an order of its own that people can look at. Raises
    `CompanyIsUnknown` while the tenant has no company at all: that parks the event, since no
    order can be written anywhere.
    """
    taken = await uow.connection.fetch(_TAKEN, uow.tenant, quote.quote_id, quote.external_reference)
    if any(row["quote_id"] == quote.quote_id for row in taken):
        return None
    reasons = list[Reason]()
    if taken:
        reasons.append(
            Reason(
                "reference-taken",
                f"The external reference {quote.external_reference} is order {taken[0]['number']}.",
            )
        )
    terms, against_company = await _terms(uow, quote)
    reasons += against_company
    warehouse_id = await find_warehouse(uow, terms.company_id, None)
    account = terms.account or await receivables.ensure_account(
        uow, quote.customer_id, terms.company_id, currency=quote.currency
    )
    known = await items.order_items(
        uow.connection,
        uow.tenant,
        ids=[line.item_id for line in quote.lines],
        currency=quote.currency,
        on=quote.accepted_on,
    )
    facts = item_facts(known)
    reasons += objections(
        [(line.item_id, line.sku, line.unit) for line in quote.lines],
        facts,
        currency=quote.currency,
        account_currency=account.currency,
    )
    by_id = {item.item_id: item for item in known}
    lines = [
        _line(uow, quote, line, position, by_id.get(line.item_id))
        for position, line in enumerate(
            sorted(quote.lines, key=lambda line: (line.position, line.line_id)), start=1
        )
    ]
    reasons += line_objections(lines, terms.rates)
    net, tax = quote.net.amount, quote.tax_estimate.amount
    if total_objections(net + tax, quote.currency):
        net = tax = Decimal(0)
    order = OrderDetail(
        id=uow.new_id(),
        number="",
        company_id=terms.company_id,
        warehouse_id=warehouse_id,
        customer_id=quote.customer_id,
        account_id=account.id,
        quote_id=quote.quote_id,
        quote_number=quote.quote_number,
        opportunity_id=quote.opportunity_id,
        currency=quote.currency,
        ordered_on=quote.accepted_on,
        requested_on=quote.requested_on,
        promised_on=None,
        status=OrderStatus.PLACED,
        holds=(),
        net=net,
        tax=tax,
        gross=net + tax,
        exposure=Decimal(0),
        invoiced_net=Decimal(0),
        prepaid=Decimal(0),
        customer_reference=quote.customer_reference,
        external_reference=None if taken else quote.external_reference,
        placed_by=uow.principal.subject,
        released_by=None,
        released_at=None,
        release_reason=None,
        cancel_reason=None,
        version=1,
        created_at=uow.now,
        updated_at=uow.now,
    )
    if not reasons:
        whole = totalled(order, lines, terms)
        reasons = total_objections(whole.gross, whole.currency)
        if not reasons:
            holds = () if terms.customer_active else (CUSTOMER_INACTIVE,)
            return await claim_and_open(uow, whole, holds)
    # A line that the books have no room for is only in the reason.
    return await reject(uow, order, [line for line in lines if fits(line)], reasons)


def _line(
    uow: UnitOfWork,
    quote: QuoteAcceptedV1,
    line: QuotedLineV1,
    position: int,
    item: items.OrderItem | None,
) -> OrderedLine:
    """The line as signed, with what is known of its item."""
    list_price = item.list_price if item else None
    return OrderedLine(
        line_id=uow.new_id(),
        position=position,
        item_id=line.item_id,
        sku=line.sku,
        name=line.name,
        unit=line.unit,
        stocked=item.stocked if item else True,
        quantity=line.quantity,
        net_unit_price=line.net_unit_price,
        net_amount=line.net_amount,
        tax_category=line.tax_category,
        list_unit_price=list_price,
        price_reason=None
        if line.net_unit_price == list_price
        else f"As accepted in quote {quote.quote_number}.",
        # Another unit is an objection of its own, and its places say nothing of this one.
        quantity_places=item.quantity_places if item and item.unit == line.unit else AS_SIGNED,
    )


async def _terms(
    uow: UnitOfWork, quote: QuoteAcceptedV1
) -> tuple[accounts.SellingTerms, list[Reason]]:
    """The selling company's terms; those of the default one, with the reason, if it is unknown."""
    try:
        terms = await find_terms(
            uow,
            customer_id=quote.customer_id,
            company_id=quote.selling_company_id,
            on=quote.accepted_on,
        )
    except CompanyIsUnknown:
        if quote.selling_company_id is None:
            raise
    else:
        return terms, []
    default = await find_terms(
        uow, customer_id=quote.customer_id, company_id=None, on=quote.accepted_on
    )
    message = f"The quote is of the company {quote.selling_company_id}, which does not exist."
    return default, [Reason("company-unknown", message)]

"""Every no of sales orders, named after the law it states."""

from servicekit.errors import Forbidden, InvalidInput, NotFound, RuleBroken


class OrderNotFound(NotFound):
    code = "order-not-found"
    title = "The order must exist"
    hint = "GET /v1/orders?number=... finds it; ids are not shared between tenants."


class CompanyIsUnknown(RuleBroken):
    code = "selling-company-is-unknown"
    title = "An order is sold by a company that exists"
    hint = "GET /v1/companies lists them; POST /v1/companies opens the first one."


class WarehouseIsUnknown(RuleBroken):
    code = "selling-warehouse-is-unknown"
    title = "An order leaves from a warehouse of the selling company"
    hint = "GET /v1/warehouses lists them; left out, it is the company's MAIN warehouse."


class CustomerHasNoAccount(RuleBroken):
    code = "customer-has-no-account"
    title = "Only a customer with a receivables account can order"
    hint = "A customer created in CRM gets its account within moments; GET /v1/accounts shows it."


class CustomerIsInactive(RuleBroken):
    code = "customer-is-inactive"
    title = "An inactive customer is sold nothing"
    hint = "Activate the customer in CRM with PATCH /v1/customers/{id}; the ERP hears in a moment."


class OrderedItemIsUnknown(InvalidInput):
    code = "ordered-item-is-unknown"
    title = "An order line names an item that exists"
    hint = "GET /v1/items?sku=... finds it."


class OrderIsOnHold(RuleBroken):
    code = "order-is-on-hold"
    title = "An order on hold does not ship"
    hint = "Release it with POST /v1/orders/{id}/release, stating why, or resolve the reasons."


class OrderIsNotHeld(RuleBroken):
    code = "order-is-not-held"
    title = "Only an order on hold can be released"
    hint = "Read the order's status first."


class OrderIsClosed(RuleBroken):
    code = "order-is-closed"
    title = "A rejected, cancelled, fully shipped or invoiced order takes no more of this"
    hint = "Read the order's status first; place a new order if more is wanted."


class NothingToShip(RuleBroken):
    code = "nothing-to-ship"
    title = "A shipment takes at least one reserved quantity along"
    hint = "Wait for stock: what is short is reserved as soon as it is received."


class QuantityIsNotReserved(RuleBroken):
    code = "quantity-is-not-reserved"
    title = "Only what is open and reserved for a line can be shipped"
    hint = "Ship less, or leave the lines out to ship all that is reserved."


class LineIsNotOnOrder(InvalidInput):
    code = "line-is-not-on-order"
    title = "A shipment names lines of its own order, each once"
    hint = "GET /v1/orders/{id} shows the lines and their ids."


class ShippedBeforeOrdered(RuleBroken):
    code = "shipped-before-ordered"
    title = "Goods leave on or after the day of the order"
    hint = "Correct shipped_on."


class InvoicedBeforeOrdered(RuleBroken):
    code = "invoiced-before-ordered"
    title = "An invoice is dated on or after the day of the order"
    hint = "Correct issued_on."


class DayIsInTheFuture(RuleBroken):
    code = "day-is-in-the-future"
    title = "Orders, shipments and invoices are dated today or earlier"
    hint = "Record them on the day they happen."


class NothingToInvoice(RuleBroken):
    code = "nothing-to-invoice"
    title = "Only what has been shipped and not yet invoiced can be invoiced"
    hint = "Ship first."


class ReleaseHasPassed(RuleBroken):
    code = "release-has-passed"
    title = "An order is released until today (UTC) or later"
    hint = "Give a day that has not passed, or none: the release then does not end."


class OrderHasNothingOpen(RuleBroken):
    code = "order-has-nothing-open"
    title = "Only what has not been shipped can be cancelled"
    hint = "Take shipped goods back with a return instead."


class ItemCannotBeOrdered(RuleBroken):
    code = "item-cannot-be-ordered"
    title = "Only released, sellable items are ordered, in their own unit"
    hint = "Read the item; choose another one or correct the unit."


class ItemHasNoListPrice(RuleBroken):
    code = "item-has-no-list-price"
    title = "An order line without a price takes the list price, and there is none"
    hint = "State net_unit_price and its price_reason, or add a list price in the order's currency."


class PriceNeedsReason(InvalidInput):
    code = "price-needs-reason"
    title = "A price that is not the list price has a reason"
    hint = "State price_reason, or leave net_unit_price out to take the list price."


class PriceOverrideIsNotPermitted(Forbidden):
    code = "price-override-is-not-permitted"
    title = "Only who may override prices orders at another price than the list price"
    hint = (
        "Leave net_unit_price out, agree the price in a quote, or ask for a role that grants "
        "erp.sales_orders.override_price."
    )


class OrderIsInAnotherCurrency(RuleBroken):
    code = "order-is-in-another-currency"
    title = "An order is in the currency of the customer's account"
    hint = "Leave the currency out, or use the account's."


class LineAmountIsTooLarge(InvalidInput):
    code = "line-amount-is-too-large"
    title = "A line and an order are worth less than a trillion"
    hint = "Check quantity and price."


class OrderReferenceIsTaken(RuleBroken):
    code = "order-reference-is-taken"
    title = "An external reference names one order"
    hint = "Look the order up with GET /v1/orders?external_reference=..."

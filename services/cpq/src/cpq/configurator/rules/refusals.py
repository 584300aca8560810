"""What configuring refuses beside what an engine refuses."""

from servicekit.errors import InvalidInput, RuleBroken


class ConfigurationIsInConflict(RuleBroken):
    """What is sold is valid; the detail names the choices and rules that clash."""

    code = "configuration-in-conflict"
    title = "The choices of the configuration clash"
    hint = "Ask for the repairs of the configuration and take one of them."


class ConfigurationSellsNothing(RuleBroken):
    """A line sells an item; a model whose root names none cannot be a line."""

    code = "configuration-sells-nothing"
    title = "The configuration model names no item that it sells"
    hint = "Give the root of the model the SKU of the item, and publish that as a new version."


class ConfigurationSellsAnotherItem(InvalidInput):
    """A configured line is of the item that its model sells."""

    code = "configuration-sells-another-item"
    title = "The configuration model sells another item than the line names"
    hint = "Leave the item out: the model's own is taken."


class ConfigurationCurrencyDiffers(InvalidInput):
    """Amounts of a model are in one currency; adding another's makes no sense."""

    code = "configuration-currency-differs"
    title = "The amounts of the configuration model are in another currency"
    hint = "Ask in the model's currency, or publish a model for the other one."


class ConfigurationNeedsCurrency(InvalidInput):
    """List prices are looked up in a currency."""

    code = "configuration-needs-currency"
    title = "Neither the request, the customer nor the model names a currency"
    hint = "Give the request a currency."


class ConfigurationCustomerNotKnown(InvalidInput):
    """Tier, country and credit are those of a customer that the CRM has announced."""

    code = "configuration-customer-not-known"
    title = "CPQ has not heard of this customer"
    hint = "Check the id. If the customer was created just now, try again in a moment."

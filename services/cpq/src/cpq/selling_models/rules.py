"""What selling models refuse."""

from servicekit.errors import NotFound, RuleBroken


class SellingModelNotFound(NotFound):
    """The model does not exist in this tenant."""

    code = "selling-model-not-found"
    title = "There is no such selling model"
    hint = "List the selling models to see their ids and keys."


class SellingModelExists(RuleBroken):
    """Prices and quotes know a model by its key."""

    code = "selling-model-exists"
    title = "There is a selling model with this key"
    hint = "Change the one that there is, or choose another key."


class SellingModelIsUsed(RuleBroken):
    """What items are sold by is not taken from under them."""

    code = "selling-model-is-used"
    title = "Items are sold by this model"
    hint = "Remove these ways to sell first, or make the model inactive."


class WayToSellNotFound(NotFound):
    """The way to sell does not exist in this tenant."""

    code = "way-to-sell-not-found"
    title = "There is no such way to sell"
    hint = "List the ways to sell, by item or by model, to see their ids."


class WayToSellExists(RuleBroken):
    """An item is sold in a model once, and by default in one."""

    code = "way-to-sell-exists"
    title = "The item is sold in this way already, or by default in another"
    hint = "Change the way that there is."

"""What amendments refuse."""

from servicekit.errors import InvalidInput, RuleBroken


class AmendmentOnlyGivesBack(RuleBroken):
    """Nobody signs an offer of nothing."""

    code = "amendment-only-gives-back"
    title = "The amendment charges nothing, so there is nothing to accept"
    hint = "Write it at once: POST /v1/contracts/{id}/reductions, or /cancel for everything."


class ReductionChargesSomething(RuleBroken):
    """What costs the customer something needs their acceptance."""

    code = "reduction-charges-something"
    title = "Only what gives back can be written without the customer's acceptance"
    hint = "Make an amendment: POST /v1/contracts/{id}/amendments."


class AmendmentIsEmpty(InvalidInput):
    """An amendment changes something."""

    code = "amendment-is-empty"
    title = "The amendment changes nothing"
    hint = "Name what to add, to set, to swap, to extend or to remove."

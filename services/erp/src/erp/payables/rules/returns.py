"""Payments that come back: the bank could not pay, or the supplier sent the money back."""

from servicekit.errors import RuleBroken


class SupplierPaymentCameBack(RuleBroken):
    """A payment comes back once, and then it settles nothing."""

    code = "supplier-payment-came-back"
    title = "The payment has come back already"
    hint = "Its bills are open again: pay them anew."


class ReturnedBeforePaid(RuleBroken):
    """Money comes back after it went."""

    code = "returned-before-paid"
    title = "A payment comes back on its own day or later"
    hint = "Give a later day, or none for today."

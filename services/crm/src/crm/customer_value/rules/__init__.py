"""How customers buy, what they are worth, and which tier that gives. Pure."""

from crm.customer_value.rules.buying import (
    Buying,
    BuyingCannotBeFitted,
    Histories,
    fit_buying,
    log_likelihood,
)
from crm.customer_value.rules.histories import (
    CustomerHistory,
    Purchase,
    histories_of,
    in_weeks,
    means_of,
)
from crm.customer_value.rules.spending import Spending, SpendingCannotBeFitted, fit_spending
from crm.customer_value.rules.tiers import (
    CustomerHasNoValue,
    Decision,
    Level,
    LevelsAreOutOfOrder,
    ValuePolicyNotFound,
    check_levels,
    decide,
)
from crm.customer_value.rules.worth import Estimate, Fit, HoldOut, Outlook, estimates_of, fit

__all__ = [
    "Buying",
    "BuyingCannotBeFitted",
    "CustomerHasNoValue",
    "CustomerHistory",
    "Decision",
    "Estimate",
    "Fit",
    "Histories",
    "HoldOut",
    "Level",
    "LevelsAreOutOfOrder",
    "Outlook",
    "Purchase",
    "Spending",
    "SpendingCannotBeFitted",
    "ValuePolicyNotFound",
    "check_levels",
    "decide",
    "estimates_of",
    "fit",
    "fit_buying",
    "fit_spending",
    "histories_of",
    "in_weeks",
    "log_likelihood",
    "means_of",
]

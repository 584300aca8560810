"""What a purchase of a customer is worth on average: Gamma-Gamma.

P. S. Fader and B. G. S. Hardie, "The Gamma-Gamma Model of Monetary Value" (2013): values of a
customer's purchases are gamma distributed around a mean, which is gamma distributed over
customers. It is about customers who came again: the first purchase is left out of their mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln

from crm.customer_value.rules.buying import MOST_STEPS

Values = NDArray[np.float64]


class SpendingCannotBeFitted(ValueError):
    """Too few customers came again."""


@dataclass(frozen=True, slots=True)
class Spending:
    """The three parameters, all above zero; `v` is in units of the currency."""

    p: float
    q: float
    v: float

    def expected(self, repeats: Values, mean: Values) -> Values:
        """The expected mean value of a purchase: between the customer's own and everybody's."""
        return self.p * (self.v + repeats * mean) / (self.p * repeats + self.q - 1)


def log_likelihood(spending: Spending, repeats: Values, mean: Values) -> float:
    """The logarithm of the probability of the means (equation 1)."""
    p, q, v, x = spending.p, spending.q, spending.v, repeats
    return float(
        (
            gammaln(p * x + q)
            - gammaln(p * x)
            - gammaln(q)
            + q * np.log(v)
            + (p * x - 1) * np.log(mean)
            + p * x * np.log(x)
            - (p * x + q) * np.log(x * mean + v)
        ).sum()
    )


def fit_spending(repeats: Values, mean: Values) -> Spending:
    """The parameters of the greatest likelihood over customers who came again.

    Raises SpendingCannotBeFitted for fewer than two of them, or when the search does not end.
    """
    came = (repeats > 0) & (mean > 0)
    x, m = repeats[came], mean[came]
    if len(x) < 2:
        raise SpendingCannotBeFitted("fewer than two customers came again")
    # Amounts in units of their median: the search then starts near, whatever the currency.
    unit = float(np.median(m))
    found = minimize(
        lambda logs: -log_likelihood(Spending(*np.exp(logs)), x, m / unit),
        np.zeros(3),
        method="L-BFGS-B",
        bounds=[(-12.0, 12.0)] * 3,
        options={"maxiter": MOST_STEPS},
    )
    if not found.success or not np.isfinite(found.fun):
        raise SpendingCannotBeFitted(str(found.message))
    p, q, v = (float(each) for each in np.exp(found.x))
    if q <= 1:
        raise SpendingCannotBeFitted("the mean of the fitted values is infinite")
    return Spending(p, q, v * unit)

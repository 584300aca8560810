"""How often customers buy and whether they still do: BG/NBD.

P. S. Fader, B. G. S. Hardie and K. L. Lee, "'Counting Your Customers' the Easy Way: An Alternative
to the Pareto/NBD Model", Marketing Science 24 (2005). While alive a customer buys at a rate that is
gamma distributed over customers (shape r, scale alpha), and after each purchase goes away with a
probability that is beta distributed (a, b). Times are in weeks. Binary floating point stays in
here: what leaves is rounded where it is written down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

Weeks = NDArray[np.float64]
MOST_STEPS = 4_000


class BuyingCannotBeFitted(ValueError):
    """The histories do not say enough to tell rates and departures apart."""


@dataclass(frozen=True, slots=True)
class Histories:
    """Purchases of customers, one place each: repeats, weeks to the last one, weeks of knowing.

    A customer whose only purchase was the first has no repeat and zero weeks to the last one.
    """

    repeats: Weeks
    last: Weeks
    known: Weeks


@dataclass(frozen=True, slots=True)
class Buying:
    """The four parameters, all above zero."""

    r: float
    alpha: float
    a: float
    b: float

    def alive(self, of: Histories) -> Weeks:
        """P(alive) at the end of each history, equation 7 of Fader and Hardie's note on it.

        1 for a customer who never came again: nobody leaves before a second purchase.
        """
        came = of.repeats > 0
        times = np.where(came, of.repeats, 1.0)
        gone = (
            self.a
            / (self.b + times - 1)
            * np.exp(
                (self.r + times) * (np.log(self.alpha + of.known) - np.log(self.alpha + of.last))
            )
        )
        chances: Weeks = np.where(came, 1 / (1 + gone), 1.0)
        return chances

    def expected(self, of: Histories, weeks: float) -> Weeks:
        """Expected purchases of each customer in the `weeks` after their history (equation 10)."""
        with np.errstate(over="ignore"):
            z = weeks / (self.alpha + of.known + weeks)
            series = hyp2f1(
                self.r + of.repeats, self.b + of.repeats, self.a + self.b + of.repeats - 1, z
            )
            shrinking = (self.alpha + of.known) / (self.alpha + of.known + weeks)
            front = (self.a + self.b + of.repeats - 1) / (self.a - 1)
            body = 1 - shrinking ** (self.r + of.repeats) * series
        purchases: Weeks = np.maximum(front * body * self.alive(of), 0.0)
        return purchases


def log_likelihood(buying: Buying, of: Histories) -> float:
    """The logarithm of the probability of all histories (equation 6)."""
    x, r, alpha, a, b = of.repeats, buying.r, buying.alpha, buying.a, buying.b
    rate = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    stays = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + of.known)
    with np.errstate(divide="ignore"):
        leaves = np.where(
            x > 0,
            betaln(a + 1, b + np.maximum(x, 1) - 1)
            - betaln(a, b)
            - (r + x) * np.log(alpha + of.last),
            -np.inf,
        )
    return float((rate + np.logaddexp(stays, leaves)).sum())


def fit_buying(of: Histories) -> Buying:
    """The parameters of the greatest likelihood.

    Raises BuyingCannotBeFitted when nobody came again or the search does not end.
    """
    if not (of.repeats > 0).any():
        raise BuyingCannotBeFitted("no customer bought a second time")
    found = minimize(
        lambda logs: -log_likelihood(Buying(*np.exp(logs)), of),
        np.zeros(4),
        method="L-BFGS-B",
        bounds=[(-12.0, 12.0)] * 4,
        options={"maxiter": MOST_STEPS},
    )
    if not found.success or not np.isfinite(found.fun):
        raise BuyingCannotBeFitted(str(found.message))
    return Buying(*(float(each) for each in np.exp(found.x)))

"""Price books of special offers: one for the offers of a category that hold on the same days."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import Any, Final, TypeAlias

from cpq.readers import fitting
from cpq.readers.findings import Findings
from cpq.readers.revenue_cloud.pricing.books import LONGEST_NAME, MOST_RULES, Book, Entry
from cpq.readers.special_offers.offers import Offer
from cpq.readers.special_offers.together import Case, Reach, Stretch, stretches
from servicekit.values import plain

LONGEST_NOTE: Final = 500
_SHOWN: Final = 3
_NOT_OF_A_KEY = re.compile(r"[^a-z0-9]+")
_Tier: TypeAlias = tuple[Offer, str]
"""An offer, and the row that gives it to the product."""


@dataclass(frozen=True, slots=True)
class Audience:
    """For whom the offers of a category are; one that is not named here: for everybody."""

    tiers: Mapping[str, str] = field(default_factory=dict)
    """Tiers of customers, by category."""
    partner_levels: Mapping[str, str] = field(default_factory=dict)
    """Levels of partners, by category."""

    def scope(self, category: str) -> dict[str, str]:
        """The case of a category's rules, as rules of price books say it."""
        said = {
            "tier": self.tiers.get(category),
            "partner_level": self.partner_levels.get(category),
        }
        return {name: value for name, value in said.items() if value is not None}


EVERYBODY: Final = Audience()


class Shelf:
    """The books, while products are put into them."""

    def __init__(self, audience: Audience, findings: Findings) -> None:
        self._audience = audience
        self._findings = findings
        self._cases: dict[Case, dict[str, list[_Tier]]] = {}
        self._categories: set[str] = set()

    def put(self, offer: Offer, sku: str, place: str) -> None:
        """Give an offer to a product; the place is the row that says so."""
        if offer.percent:
            case = (offer.first, offer.end, offer.category)
            self._cases.setdefault(case, {}).setdefault(sku, []).append((offer, place))

    def tell(self, offer: Offer, products: int) -> None:
        """Say of an offer what its rules do not."""
        self._categories.add(offer.category)
        if not products:
            self._findings.noted("SpecialOfferID", offer.place, "No row gives it to a product.")
        if not offer.percent:
            self._findings.noted(
                "DiscountPct",
                offer.place,
                f"Nothing is taken off: it makes no rule for its {products} products.",
            )
        elif not self._audience.scope(offer.category):
            self._findings.changed(
                "Category",
                offer.place,
                f"Nothing says who {offer.category} is: its rules are for everybody.",
            )

    def books(self) -> Iterator[Book]:
        """The books in the order of their offers' numbers, long ones in parts."""
        cases = sorted(self._cases, key=self._order)
        keys = _keys(cases)
        overlapping = self._refuse_overlaps()
        schedules = self._schedules(cases, keys, overlapping)
        self._refuse_categories()
        for case in cases:
            name = f"Special offers {case[0]} until {case[1]}, {case[2]}"
            book = Book(keys[case], fitting.name(name)[:LONGEST_NAME].strip(), active=True)
            for sku, tiers in sorted(self._cases[case].items()):
                for stretch in schedules[case, sku]:
                    words = (sku, *_days_beside(stretch, case))
                    book.add(tiers[0][1], *words, **self._rule(case[2], sku, stretch))
            entries = book.sorted()
            for at in range(0, len(entries), MOST_RULES):
                yield _part(book, entries[at : at + MOST_RULES], at // MOST_RULES + 1)

    def _order(self, case: Case) -> tuple[tuple[int, str], Case]:
        tiers = self._cases[case].values()
        return min(offer.order for some in tiers for offer, _ in some), case

    def _rule(self, category: str, sku: str, stretch: Stretch) -> dict[str, Any]:
        offers = list(dict.fromkeys(reach.offer for reach in stretch.reaches))
        said = [f"{one.type}: {one.description}".strip(": ") for one in offers]
        note = fitting.line("; ".join(one for one in said if one))[:LONGEST_NOTE].strip()
        return {
            "kind": "quantity",
            "method": "range",
            "sku": sku,
            **self._audience.scope(category),
            "valid_from": stretch.first.isoformat(),
            "valid_to": stretch.end.isoformat(),
            **({"note": note} if note else {}),
            "tiers": [_tier(one) for one in stretch.reaches],
        }

    def _refuse_overlaps(self) -> set[tuple[Case, str]]:
        """Ranges of one product and book that overlap, told once for each two offers."""
        found: dict[tuple[Offer, Offer], list[str]] = {}
        refused: set[tuple[Case, str]] = set()
        for case, products in self._cases.items():
            for sku, tiers in sorted(products.items()):
                for before, after in pairwise(_rising(tiers)):
                    if before.upper is None or after.lower < before.upper:
                        found.setdefault((before, after), []).append(sku)
                        refused.add((case, sku))
        for (before, after), skus in found.items():
            more = ", ..." if len(skus) > _SHOWN else ""
            self._findings.lost(
                "MinQty",
                after.place,
                f"The range overlaps that of offer {before.id} ({before.place}) for {len(skus)}"
                f" products ({', '.join(skus[:_SHOWN])}{more}): their schedules are refused.",
            )
        return refused

    def _schedules(
        self, cases: list[Case], keys: Mapping[Case, str], overlapping: set[tuple[Case, str]]
    ) -> dict[tuple[Case, str], list[Stretch]]:
        """What stands in each book for each product: on one day a product is in one of them."""
        found: dict[tuple[Case, str], list[Stretch]] = {}
        held: dict[tuple[str, frozenset[tuple[str, str]]], dict[Case, list[Offer]]] = {}
        for case in cases:
            who = frozenset(self._audience.scope(case[2]).items())
            for sku, tiers in self._cases[case].items():
                offers = _rising(tiers)
                if (case, sku) in overlapping:  # As it is said, to be refused as it is.
                    reaches = [Reach(one.lower, one.upper, one) for one in offers]
                    found[case, sku] = [Stretch(case[0], case[1], reaches)]
                else:
                    held.setdefault((sku, who), {})[case] = offers
        meeting: dict[tuple[Case, Case], list[str]] = {}
        for (sku, _), by_case in sorted(held.items(), key=lambda one: one[0][0]):
            found |= {(case, sku): some for case, some in stretches(by_case).items()}
            for one, other in combinations(by_case, 2):
                if one[0] < other[1] and other[0] < one[1]:
                    meeting.setdefault((one, other), []).append(sku)
        for (one, other), skus in meeting.items():
            more = ", ..." if len(skus) > _SHOWN else ""
            self._findings.changed(
                "ProductID",
                self._cases[other][skus[0]][0][1],
                f"{len(skus)} products ({', '.join(skus[:_SHOWN])}{more}) of {keys[other]} have"
                f" offers of {keys[one]} on some of the days: then a quantity gets the larger.",
            )
        return found

    def _refuse_categories(self) -> None:
        named = {*self._audience.tiers, *self._audience.partner_levels}
        for category in sorted(named - self._categories):
            self._findings.noted(
                "Category", "SpecialOffer.csv:1", f"No offer has the category {category!r}."
            )


def _rising(tiers: list[_Tier]) -> list[Offer]:
    return sorted((one for one, _ in tiers), key=lambda one: (one.lower, one.order))


def _tier(reach: Reach) -> dict[str, Any]:
    upper = {} if reach.upper is None else {"upper": plain(reach.upper)}
    change = {"percent": plain(reach.offer.percent)}
    return {"lower": plain(reach.lower), **upper, "change": change}


def _days_beside(stretch: Stretch, case: Case) -> tuple[str, ...]:
    """Words of a schedule that does not hold on all days of its book, for its key."""
    return () if stretch.first == case[0] else (f"from {stretch.first}",)


def _keys(cases: list[Case]) -> dict[Case, str]:
    """A key for each book: its first day and category, where that is taken its last day too.

    The book of the earliest offer has the short one, so that later offers rename no book.
    """
    found: dict[Case, str] = {}
    taken: set[str] = set()
    for case in cases:
        first, end, category = case
        word = _NOT_OF_A_KEY.sub("-", category.lower()).strip("-") or fitting.digest(category)
        ways = (f"special-offers-{first}-{word}", f"special-offers-{first}-until-{end}-{word}")
        keys = [fitting.key(one, fitting.LONGEST_KEY - 16) for one in ways]
        keys.append(f"{keys[1][: fitting.LONGEST_KEY - 32]}-{fitting.digest(category)}")
        found[case] = next(one for one in keys if one not in taken)
        taken.add(found[case])
    return found


def _part(book: Book, entries: list[Entry], part: int) -> Book:
    """A part of a book that may be too long for one document."""
    key = book.key if part == 1 else f"{book.key} #{part}"
    return Book(key, book.name, book.active, entries)

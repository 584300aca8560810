"""For whom the offers of each category are, as a command line says it."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from cpq.readers.special_offers.shelving import Audience


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options that name an audience."""
    for option, what in (("--tier-of", "TIER"), ("--partner-level-of", "LEVEL")):
        parser.add_argument(
            option,
            nargs="+",
            action="extend",
            default=[],
            metavar=f"CATEGORY={what}",
            help="special-offers: whom the offers of a category are for; otherwise everybody",
        )


def audience(arguments: argparse.Namespace) -> Audience:
    """The audience that the options name. Raises ValueError in plain words."""
    return Audience(
        _named("--tier-of", arguments.tier_of),
        _named("--partner-level-of", arguments.partner_level_of),
    )


def _named(option: str, said: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in said:
        category, _, who = (part.strip() for part in one.rpartition("="))
        if not category or not who:
            raise ValueError(f"{option} takes a category and whom it is for: Reseller=gold.")
        if found.setdefault(category, who) != who:
            raise ValueError(f"{option} names {category} twice.")
    return found

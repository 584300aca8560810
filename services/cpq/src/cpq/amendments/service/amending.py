"""Amending a contract: more of something, less, something else, longer, or nothing more."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from cpq.amendments.rules import (
    AmendmentIsEmpty,
    AmendmentOnlyGivesBack,
    ReductionChargesSomething,
)
from cpq.contracts import service as contracts
from cpq.contracts.queries import Contract, entries_of
from cpq.contracts.service import (
    ChangedLine,
    ChangeIsNoChange,
    Entry,
    Holding,
    HoldingIsNotThere,
)
from cpq.quotes import service as quotes
from cpq.quotes.service import LineWish, QuoteWish, Term, Written
from servicekit.uow import ReadSession, UnitOfWork
from servicekit.values import Money


@dataclass(frozen=True, slots=True)
class Setting:
    """Have so much of something from a day on; zero removes it."""

    key: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Addition:
    """Something that the customer has not yet; it ends with the contract."""

    line: LineWish
    swaps: str | None = None
    """The key of what it takes the place of."""
    until_on: date | None = None
    """The last day; None: that of the contract."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """What is to change from a day on."""

    effective_on: date
    settings: Sequence[Setting] = ()
    additions: Sequence[Addition] = ()
    extend_until: date | None = None
    """Everything that is held at the end runs on up to and with this day, at its price."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An amendment as lines to quote and entries that give back."""

    contract: Contract
    made_from: int
    lines: Sequence[LineWish]
    mapped: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By the key of the line: `{key, kind, replaces}` of its entry."""
    given_back: Sequence[ChangedLine] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What an amendment would charge and give back."""

    priced: quotes.Previewed | None
    """None: it charges nothing."""
    given_back: Sequence[ChangedLine]


async def preview_amendment(reads: ReadSession, contract_id: UUID, amendment: Amendment) -> Preview:
    """What it would cost, line by line; nothing is written.

    Raises `ContractNotFound`, `ContractIsOver`, `HoldingIsNotThere`, `ChangeIsNoChange`,
    `AmendmentIsEmpty`, and what pricing raises.
    """
    plan = await _plan(reads, contract_id, amendment)
    priced = await quotes.preview_quote(reads, _wish(plan)) if plan.lines else None
    return Preview(priced, plan.given_back)


async def amend(uow: UnitOfWork, contract_id: UUID, amendment: Amendment) -> Written:
    """Start a quote for an amendment; the contract changes when the customer accepts it.

    Raises what `preview_amendment` raises, and `AmendmentOnlyGivesBack`.
    """
    plan = await _plan(uow, contract_id, amendment)
    if not plan.lines:
        raise AmendmentOnlyGivesBack(f"contract {plan.contract.number}")
    return await quotes.create_quote(uow, _wish(plan))


async def reduce_contract(
    uow: UnitOfWork, contract_id: UUID, amendment: Amendment, *, expected: int
) -> Contract:
    """Write what only gives back. Raises `Stale`, `ReductionChargesSomething`, and as above."""
    plan = await _plan(uow, contract_id, amendment)
    if plan.lines:
        raise ReductionChargesSomething(f"{len(plan.lines)} lines would be charged")
    return await contracts.amend_contract(
        uow,
        contract_id,
        [line.entry for line in plan.given_back],
        quote_id=None,
        expected=expected,
    )


async def cancel_contract(
    uow: UnitOfWork, contract_id: UUID, *, effective_on: date, expected: int
) -> Contract:
    """Have nothing more from a day on; what was paid for later days is given back.

    Raises `ContractNotFound`, `Stale`, `ContractIsOver`.
    """
    contract = await uow.get(Contract, contract_id)
    entries = await entries_of(uow.session, contract_id)
    contracts.change_is_outside(entries, effective_on)
    given_back = [
        line.entry
        for key, held in _held_from(entries, effective_on).items()
        for line in contracts.credited(entries, key, held.quantity, effective_on)
    ]
    return await contracts.amend_contract(
        uow, contract.id, given_back, quote_id=None, expected=expected, cancels=True
    )


def _held_from(entries: Sequence[Entry], day: date) -> dict[str, Holding]:
    return contracts.holdings(entries, day)


async def _plan(reads: ReadSession | UnitOfWork, contract_id: UUID, amendment: Amendment) -> Plan:
    contract = await reads.get(Contract, contract_id)
    entries = await entries_of(reads.session, contract_id)
    day = amendment.effective_on
    contracts.change_is_outside(entries, day)
    planner = _Planner(contract, entries, day)
    for place, setting in enumerate(amendment.settings):
        planner.set_quantity(setting, f"set.{place}")
    for place, addition in enumerate(amendment.additions):
        planner.add(addition, f"add.{place}")
    if amendment.extend_until is not None:
        planner.extend(amendment.extend_until)
    if not planner.lines and not planner.given_back:
        raise AmendmentIsEmpty("it names no change", field="set")
    return Plan(contract, len(entries), planner.lines, planner.mapped, planner.given_back)


class _Planner:
    """Turns changes into lines and entries, each against what is held on the day."""

    def __init__(self, contract: Contract, entries: Sequence[Entry], day: date) -> None:
        self.contract, self.entries, self.day = contract, list(entries), day
        self.held = contracts.holdings(entries, day)
        self.lines: list[LineWish] = []
        self.mapped: dict[str, dict[str, Any]] = {}
        self.given_back: list[ChangedLine] = []

    def set_quantity(self, setting: Setting, field_: str) -> None:
        held = self._holding(setting.key, f"{field_}.key")
        more = setting.quantity - held.quantity
        if not more:
            raise ChangeIsNoChange(
                f"{setting.key!r} is {held.quantity} already", field=f"{field_}.quantity"
            )
        if more < 0:
            self.given_back += contracts.credited(self.entries, setting.key, -more, self.day)
            return
        # What was locked for later terms is bought more of as well, each at its own price.
        for number, window in enumerate(
            contracts.windows(self.entries, setting.key, self.day), start=1
        ):
            like = window.like
            self._charge(
                f"{setting.key}+{number}", like, more, window.from_on, window.until_on, "add"
            )

    def add(self, addition: Addition, field_: str) -> None:
        line = addition.line
        if addition.swaps is not None:
            held = self._holding(addition.swaps, f"{field_}.swaps")
            self.given_back += contracts.credited(
                self.entries, addition.swaps, held.quantity, self.day
            )
        taken = {entry.key for entry in self.entries} | self.mapped.keys()
        key = contracts.new_key(line.key or addition.swaps or "new", taken)
        term = Term(
            start_on=self.day,
            end_on=addition.until_on or self.contract.end_on,
            anchor=self.contract.start_on,
        )
        self.lines.append(replace(line, key=key, term=term))
        self.mapped[key] = {"key": key, "kind": "new", "replaces": addition.swaps}

    def extend(self, until: date) -> None:
        end = self.contract.end_on
        if until <= end:
            raise ChangeIsNoChange(f"it runs until {end} already", field="extend_until")
        start = end + timedelta(days=1)
        for key, held in contracts.holdings(self.entries, end).items():
            self._charge(f"{key}+later", held.latest, held.quantity, start, until, "extend", key)

    def _charge(
        self,
        line_key: str,
        like: Entry,
        quantity: Decimal,
        start: date,
        until: date,
        kind: str,
        key: str | None = None,
    ) -> None:
        """A line at the locked price, for the days that it is for."""
        name = contracts.new_key(line_key, self.mapped)
        self.lines.append(
            LineWish(
                quantity=quantity,
                item_id=like.item_id,
                key=name,
                agreed_unit_price=like.unit_price,
                agreed_reason=f"Price of contract {self.contract.number}",
                selling_model=like.selling_model,
                term=Term(
                    start_on=start,
                    end_on=until,
                    unit=like.term_unit,
                    count=like.term_count,
                    basis=like.basis,
                    anchor=like.anchor or like.from_on,
                ),
            )
        )
        self.mapped[name] = {"key": key or like.key, "kind": kind, "replaces": None}

    def _holding(self, key: str, field_: str) -> Holding:
        held = self.held.get(key)
        if held is None:
            raise HoldingIsNotThere(f"nothing under {key!r} on {self.day}", field=field_)
        return held


def _wish(plan: Plan) -> QuoteWish:
    contract = plan.contract
    return QuoteWish(
        customer_id=contract.customer_id,
        lines=plan.lines,
        currency=contract.currency,
        selling_company_id=contract.selling_company_id,
        contract_id=contract.id,
        amends={
            "made_from": plan.made_from,
            "lines": plan.mapped,
            "credits": quotes.written_credits([line.entry for line in plan.given_back]),
        },
    )


def line_wish(**members: Any) -> LineWish:
    """A line of a quote, as an addition asks for it."""
    return LineWish(**members)


def credit_of(written: Written) -> Decimal:
    """What a quote gives back, rounded to its currency, without tax."""
    given_back = sum(
        (-entry.amount for entry in quotes.credits_of(written.quote)), start=Decimal(0)
    )
    return Money(given_back, written.quote.currency).round().amount

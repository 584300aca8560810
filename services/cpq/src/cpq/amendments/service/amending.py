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
from cpq.approvals import service as approvals
from cpq.contracts import service as contracts
from cpq.contracts.queries import Contract, entries_of
from cpq.contracts.service import (
    ChangedLine,
    ChangeIsNoChange,
    Charged,
    ContractIsCancelled,
    ContractRunsOn,
    Entry,
    EntryKind,
    HoldingIsChangedTwice,
    HoldingIsNotThere,
)
from cpq.quotes import service as quotes
from cpq.quotes.queries import makers_of
from cpq.quotes.service import AskedTerm, LineWish, QuoteWish, Term, Written
from servicekit.uow import ReadSession, UnitOfWork
from servicekit.values import plain

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Setting:
    """Have so much of something on all days on which it is there; zero removes it."""

    key: str
    quantity: Decimal
    until_on: date | None = None
    """The last day with this quantity; None: to the end, also of what was bought for later."""


@dataclass(frozen=True, slots=True)
class Addition:
    """Something that the customer has not yet; it ends with the contract."""

    line: LineWish
    swaps: str | None = None
    """The key of what it takes the place of."""
    until_on: date | None = None
    """The last day; None: that of the contract, if it has one."""
    once: bool = False
    """It is sold once, and the contract does not know it."""


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
    credit: Decimal = Decimal(0)
    """What is given back, in whole minor units of the contract's currency, without tax."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What an amendment would charge and give back."""

    priced: quotes.Previewed | None
    """None: it charges nothing."""
    given_back: Sequence[ChangedLine]
    credit: Decimal
    """Together, in whole minor units, without tax."""


async def preview_amendment(reads: ReadSession, contract_id: UUID, amendment: Amendment) -> Preview:
    """What it would cost, line by line; nothing is written.

    Raises `ContractNotFound`, `ContractIsOver`, `ContractIsCancelled`, `HoldingIsNotThere`,
    `HoldingIsChangedTwice`, `ChangeIsNoChange`, `AmendmentIsEmpty`, and what pricing raises.
    """
    plan = await _plan(reads, contract_id, amendment)
    priced = await quotes.preview_quote(reads, _wish(plan)) if plan.lines else None
    return Preview(priced, plan.given_back, plan.credit)


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
    # What is given back is worked out from the contract as nobody else can change it now.
    await uow.lock(Contract, contract_id, expected)
    plan = await _plan(uow, contract_id, amendment)
    if plan.lines:
        raise ReductionChargesSomething(f"{len(plan.lines)} lines would be charged")
    await _check_giving_back(uow, plan.contract, plan.credit)
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

    Raises `ContractNotFound`, `Stale`, `ContractIsOver`, and where the policy asks about what is
    given back: `MakerIsNotChecker`, `NotAnApprover`, `AboveApproversLimit`.
    """
    contract = await uow.lock(Contract, contract_id, expected)
    entries = await entries_of(uow.session, contract_id)
    contracts.change_is_outside(entries, effective_on)
    given_back = [
        line.entry
        for key in contracts.keys_of(entries)
        for line in contracts.lowered(entries, key, _NOTHING, effective_on)
    ]
    credit = contracts.credit_of(entries, given_back, contract.currency)
    await _check_giving_back(uow, contract, credit)
    return await contracts.amend_contract(
        uow, contract.id, given_back, quote_id=None, expected=expected, cancels=True
    )


async def _check_giving_back(uow: UnitOfWork, contract: Contract, credit: Decimal) -> None:
    makers = await makers_of(uow.session, contract.quote_id)
    await approvals.check_giving_back(uow, credit, contract.currency, makers=makers)


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
    given_back = planner.given_back
    credit = contracts.credit_of(entries, [line.entry for line in given_back], contract.currency)
    return Plan(contract, len(entries), planner.lines, planner.mapped, given_back, credit)


class _Planner:
    """Turns changes into lines and entries. Each change sees what those before it leave."""

    def __init__(self, contract: Contract, entries: Sequence[Entry], day: date) -> None:
        self.contract, self.day = contract, day
        self.entries = list(entries)
        """What there is, and what the changes up to now make of it."""
        self.end = contracts.last_day(entries, evergreen=False)
        """The last day of what has one, as it was before; None: nothing has."""
        self.changed = set[str]()
        self.lines: list[LineWish] = []
        self.mapped: dict[str, dict[str, Any]] = {}
        self.given_back: list[ChangedLine] = []

    def set_quantity(self, setting: Setting, field_: str) -> None:
        self._change(setting.key, f"{field_}.key")
        until = setting.until_on
        if until is not None and until < self.day:
            raise ChangeIsNoChange(f"{until} is before {self.day}", field=f"{field_}.until_on")
        wanted = (self.entries, setting.key, setting.quantity, self.day, until)
        less, more = contracts.lowered(*wanted), contracts.raised(*wanted)
        if not less and not more:
            raise ChangeIsNoChange(
                f"{setting.key!r} is {plain(setting.quantity)} already", field=f"{field_}.quantity"
            )
        self._give_back(less)
        for charged in more:
            self._charge(charged, EntryKind.ADD, f"{field_}.quantity")

    def add(self, addition: Addition, field_: str) -> None:
        self._may_grow(field_)
        line, swaps = addition.line, addition.swaps
        if swaps is not None:
            self._change(swaps, f"{field_}.swaps")
            self._give_back(contracts.lowered(self.entries, swaps, _NOTHING, self.day))
        taken = {entry.key for entry in self.entries} | self.mapped.keys()
        key = contracts.new_key(line.key or swaps or "new", taken)
        until = addition.until_on or self.contract.end_on
        anchor = self.contract.start_on
        term = AskedTerm(start_on=self.day, end_on=until, anchor=anchor, evergreen=until is None)
        self.lines.append(
            replace(line, key=key, term=None if addition.once else term, once=addition.once)
        )
        self.mapped[key] = {"key": key, "kind": EntryKind.NEW.value, "replaces": swaps}

    def extend(self, until: date) -> None:
        self._may_grow("extend_until")
        end = self.end
        if end is None:
            raise ContractRunsOn(f"contract {self.contract.number}", field="extend_until")
        if until <= end:
            raise ChangeIsNoChange(f"it runs until {end} already", field="extend_until")
        for held in list(contracts.holdings(self.entries, end).values()):
            ending = [layer for layer in held.layers if layer.lot.until_on != contracts.FOREVER]
            for layer in contracts.together(ending):
                later = Charged(layer.lot, layer.quantity, end + timedelta(days=1), until)
                self._charge(later, EntryKind.EXTEND, "extend_until")

    def _change(self, key: str, field_: str) -> None:
        if not contracts.is_there(self.entries, key, self.day):
            raise HoldingIsNotThere(f"nothing under {key!r} from {self.day} on", field=field_)
        if key in self.changed:
            raise HoldingIsChangedTwice(f"{key!r} is changed already", field=field_)
        self.changed.add(key)

    def _may_grow(self, field_: str) -> None:
        if self.contract.cancelled_at is not None:
            raise ContractIsCancelled(f"contract {self.contract.number}", field=field_)

    def _give_back(self, lines: Sequence[ChangedLine]) -> None:
        self.given_back += lines
        self.entries += [line.entry for line in lines]

    def _charge(self, more: Charged, kind: EntryKind, field_: str) -> None:
        """A line at the locked price, for the days that it is for."""
        self._may_grow(field_)
        like = more.like
        name = contracts.new_key(like.key, self.mapped)
        self.lines.append(
            LineWish(
                quantity=more.quantity,
                item_id=like.item_id,
                key=name,
                agreed_unit_price=like.unit_price,
                agreed_reason=f"Price of contract {self.contract.number}",
                selling_model=like.selling_model,
                term=Term(
                    start_on=more.from_on,
                    end_on=contracts.ending(more.until_on),
                    evergreen=more.until_on == contracts.FOREVER,
                    unit=like.term_unit,
                    count=like.term_count,
                    basis=like.basis,
                    anchor=like.anchor or like.from_on,
                ),
            )
        )
        self.mapped[name] = {
            "key": like.key,
            "kind": kind.value,
            "replaces": None,
            "unit_price": plain(like.unit_price),
        }
        # What is bought now is there for the changes that come after; what it costs is not known.
        self.entries.append(
            replace(
                like,
                quantity=more.quantity,
                from_on=more.from_on,
                until_on=more.until_on,
                position=len(self.entries) + 1,
            )
        )


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
            "credit": plain(plan.credit),
        },
    )


def line_wish(**members: Any) -> LineWish:
    """A line of a quote, as an addition asks for it."""
    return LineWish(**members)

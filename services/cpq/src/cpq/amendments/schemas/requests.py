"""What clients send about contracts."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from cpq.amendments import service
from cpq.contracts.service import RenewalPolicy
from servicekit.http import (
    AmountIn,
    Code,
    DayIn,
    FractionIn,
    In,
    QuantityIn,
    Reason,
    SignedAmountIn,
)

HoldingKey = Annotated[str, StringConstraints(min_length=1, max_length=60)]
NewKey = Annotated[
    str, StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$")
]
"""A key that lines of quotes may have, since the addition is one."""


class SettingIn(In):
    """Have so much of something from a day on."""

    key: HoldingKey
    """What, by its key in the contract."""
    quantity: SignedAmountIn
    """How much is there on each of these days on which anything of it is there; "0" removes it."""
    until_on: DayIn | None = None
    """The last day with this quantity; null: to the end, of what was bought for later as well."""

    @model_validator(mode="after")
    def _not_below_nothing(self) -> Self:
        if self.quantity < 0:
            raise ValueError("quantity is zero or more")
        return self


class AdditionIn(In):
    """Something that the customer has not yet."""

    sku: Code
    """The item."""
    quantity: QuantityIn
    """How much of it, in the item's unit."""
    key: NewKey | None = None
    """What the contract will know it by; null: the contract gives it a key."""
    agreed_unit_price: AmountIn | None = None
    """Replaces the list price and all rules."""
    agreed_reason: Reason | None = None
    """Why the price was agreed; required with it."""
    discount_fraction: FractionIn = Decimal(0)
    """The manual discount: "0.15" is 15 %."""
    discount_reason: Reason | None = None
    """Why the discount is given; required with it."""
    selling_model: Annotated[str | None, StringConstraints(min_length=1, max_length=80)] = None
    """How it is sold, by the key that price rules use."""
    until_on: DayIn | None = None
    """The last day of it; null: it ends with the contract, or runs on as that does."""
    once: bool = False
    """It is sold once, such as a fee for setting up: it has no days."""
    swaps: HoldingKey | None = None
    """The key of what it takes the place of, which is given back."""

    def addition(self) -> service.Addition:
        """The addition for the use case."""
        line = service.line_wish(
            sku=self.sku,
            quantity=self.quantity,
            key=self.key,
            agreed_unit_price=self.agreed_unit_price,
            agreed_reason=self.agreed_reason,
            discount=self.discount_fraction,
            discount_reason=self.discount_reason,
            selling_model=self.selling_model,
        )
        return service.Addition(line, self.swaps, self.until_on, self.once)


class AmendmentIn(In):
    """What is to change from a day on."""

    effective_on: DayIn
    """The first day of the change."""
    set: Annotated[list[SettingIn], Field(max_length=1_000)] = []  # noqa: RUF012
    """Quantities of what is there: more is charged at the locked price, less is given back."""
    add: Annotated[list[AdditionIn], Field(max_length=1_000)] = []  # noqa: RUF012
    """Things that are not there yet, and what they take the place of."""
    extend_until: DayIn | None = None
    """A later last day of everything that is held at the end, at its price."""

    def amendment(self) -> service.Amendment:
        """The amendment for the use case."""
        return service.Amendment(
            effective_on=self.effective_on,
            settings=[service.Setting(each.key, each.quantity, each.until_on) for each in self.set],
            additions=[each.addition() for each in self.add],
            extend_until=self.extend_until,
        )


class RenewedLineIn(In):
    """What becomes of one thing, or of all."""

    policy: Literal["keep", "uplift", "reprice"] = "keep"
    """keep: at the same price; uplift: at the price and a share; reprice: as rules say today."""
    uplift: FractionIn = Decimal(0)
    """With uplift: "0.03" is 3 % more."""
    quantity: QuantityIn | None = None
    """Null: as much as there is on the last day."""
    leave_out: bool = False
    """It is not renewed."""

    def renewed(self) -> service.RenewedLine:
        """The value."""
        quantity = Decimal(0) if self.leave_out else self.quantity
        return service.RenewedLine(RenewalPolicy(self.policy), self.uplift, quantity)


class RenewalIn(In):
    """The next term."""

    months: Annotated[int, Field(ge=1, le=120)]
    """How long it is, from the day after the contract's last."""
    every: RenewedLineIn = RenewedLineIn()
    """What becomes of everything that `lines` does not name."""
    lines: Annotated[dict[HoldingKey, RenewedLineIn], Field(max_length=1_000)] = {}  # noqa: RUF012
    """What is otherwise, by the key of the thing."""

    def renewal(self) -> service.Renewal:
        """The renewal for the use case."""
        return service.Renewal(
            months=self.months,
            every=self.every.renewed(),
            lines={key: line.renewed() for key, line in self.lines.items()},
        )


class CancelContractIn(In):
    """From when on nothing is there any more."""

    effective_on: DayIn
    """The first day without it."""

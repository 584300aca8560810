"""What the doors of customer values take and give."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from crm.customer_value.models import TierAssignment, ValueEstimate, ValuePolicy
from crm.customer_value.queries import levels_of
from crm.customer_value.rules import Level
from crm.customer_value.service import RunResult, TierMove
from servicekit.http.schemas import (
    AmountIn,
    AmountOut,
    CurrencyCode,
    DayIn,
    DecimalText,
    FractionOut,
    In,
    Out,
)

SHOWN_MOVES = 1_000
Tier = Annotated[
    str,
    StringConstraints(min_length=1, max_length=32, pattern=r"^[a-z][a-z0-9-]*$"),
    Field(examples=["gold"], description="A tier, a word of the tenant's own."),
]
ShareIn = Annotated[Decimal, DecimalText(whole=1, places=6, least=Decimal(0), most=Decimal(1))]
"""A share of one, to a millionth."""


class LevelIn(In):
    """A tier and its two bounds, in the policy's currency."""

    tier: Tier
    enter: AmountIn
    """The value from which the tier is given; 0 for the lowest."""
    leave: AmountIn
    """The value below which it is taken again; at most `enter`."""


class ValuePolicyIn(In):
    """How values are counted, and which tier they give."""

    currency: CurrencyCode
    levels: Annotated[list[LevelIn], Field(min_length=1, max_length=20)]
    """The tiers, the lowest first."""
    years: Annotated[int, Field(ge=1, le=10)] = 3
    """How many years of purchases count."""
    margin: Annotated[Decimal, DecimalText(whole=1, places=6, positive=True, most=Decimal(1))]
    """The share of what is paid that is earned, above 0 and at most 1."""
    discount: ShareIn
    """The yearly discount rate, 0 to 1."""
    pipeline_share: ShareIn
    """The share of open opportunities that is added as potential, 0 to 1."""
    overrides_hand: bool = False
    """True: tiers that a person set are moved too."""

    def rule_levels(self) -> list[Level]:
        """The levels as the rule takes them."""
        return [Level(each.tier, each.enter, each.leave) for each in self.levels]


class LevelOut(Out):
    """A tier and its two bounds, in the policy's currency."""

    tier: str
    enter: AmountOut
    """The value from which the tier is given."""
    leave: AmountOut
    """The value below which it is taken again."""


class ValuePolicyOut(Out):
    """How values are counted, and which tier they give."""

    currency: str
    levels: list[LevelOut]
    """The tiers, the lowest first."""
    years: int
    """How many years of purchases count."""
    margin: FractionOut
    """The share of what is paid that is earned."""
    discount: FractionOut
    """The yearly discount rate."""
    pipeline_share: FractionOut
    """The share of open opportunities that is added as potential."""
    overrides_hand: bool
    """True: tiers that a person set are moved too."""
    version: int

    @classmethod
    def of(cls, row: ValuePolicy) -> Self:
        """Render a policy."""
        return cls(
            currency=row.currency,
            levels=[
                LevelOut(tier=each.tier, enter=each.enter, leave=each.leave)
                for each in levels_of(row)
            ],
            years=row.years,
            margin=row.margin,
            discount=row.discount,
            pipeline_share=row.pipeline_share,
            overrides_hand=row.overrides_hand,
            version=row.version,
        )


class ValueRunIn(In):
    """A run up to a day."""

    until: DayIn | None = None
    """The last day whose payments count; left out: today (UTC)."""
    dry_run: bool = False
    """True: nothing is kept; say which tiers would move."""


class ValueModelOut(Out):
    """A fit of how customers buy in a currency: BG/NBD and Gamma-Gamma, times in weeks."""

    id: UUID
    currency: str
    until: date
    """The last day whose payments counted."""
    fitted_at: datetime
    """When it was fitted, in UTC."""
    r: FractionOut
    """Shape of the buying rates over customers."""
    alpha: FractionOut
    """Scale of the buying rates, in weeks."""
    a: FractionOut
    """First parameter of the chance to go away after a purchase."""
    b: FractionOut
    """Second parameter of the chance to go away after a purchase."""
    p: FractionOut
    """Shape of a customer's purchase values."""
    q: FractionOut
    """Shape of mean values over customers."""
    v: FractionOut
    """Scale of mean values, in the currency."""
    customers: int
    """Customers who paid at all."""
    repeating: int
    """Customers who came again."""
    held_back_from: date | None
    """The day after which purchases were held back to see what a model without them foretells."""
    held_back_customers: int | None
    """Customers known before that day."""
    held_back_actual: int | None
    """What they bought after it."""
    held_back_foretold: FractionOut | None
    """What was foretold."""
    held_back_error: FractionOut | None
    """The mean absolute error for each customer, in purchases."""


class CustomerValueOut(Out):
    """What is expected of a customer in a currency."""

    customer_id: UUID
    currency: str
    model_id: UUID
    """The model it comes from."""
    until: date
    """The last day whose payments counted."""
    repeats: int
    """Days with a payment after the first one."""
    last_days: int
    """Days from the first to the last of them."""
    known_days: int
    """Days since the first payment."""
    alive: FractionOut
    """The probability that the customer still buys."""
    purchases_a_year: FractionOut
    """Purchases expected in the next year."""
    mean_purchase: AmountOut
    """The expected value of a purchase."""
    value: AmountOut
    """Lifetime value over the years of the policy, discounted."""
    ranked: bool
    """False: no repeated purchase, so the value is everybody's and the tier is left alone."""


class TierGivenOut(Out):
    """The tier that the policy last gave, and why."""

    tier: str
    value: AmountOut
    """The lifetime value then."""
    potential: AmountOut
    """The share of open opportunities then."""
    currency: str
    reason: str
    """Why: the value and the bound that it reached."""
    assigned_at: datetime
    """When it was given, in UTC."""


class CustomerWorthOut(Out):
    """What a customer is worth, and the tier that followed from it."""

    values: list[CustomerValueOut]
    """By currency."""
    given: TierGivenOut | None
    """The tier that the policy last gave; null: it never did."""

    @classmethod
    def render(cls, values: list[ValueEstimate], given: TierAssignment | None) -> Self:
        """Render what is known of a customer."""
        return cls(
            values=[CustomerValueOut.model_validate(each) for each in values],
            given=None if given is None else TierGivenOut.model_validate(given),
        )


class TierMoveOut(Out):
    """A customer whose tier moves."""

    customer_id: UUID
    previous: str
    """The tier before."""
    tier: str
    """The tier after."""
    reason: str
    """The value and the bound that it reached."""
    value: AmountOut
    """The lifetime value."""
    potential: AmountOut
    """The share of open opportunities that was added."""
    held: bool
    """True: a person set the tier before, so it stays."""

    @classmethod
    def of(cls, move: TierMove) -> Self:
        """Render a move."""
        return cls(
            customer_id=move.customer_id,
            previous=move.previous,
            tier=move.decision.tier,
            reason=move.decision.reason,
            value=move.value,
            potential=move.potential,
            held=move.held,
        )


class ValueRunOut(Out):
    """What a run did, or would."""

    models: list[ValueModelOut]
    """The models that were fitted, one for each currency."""
    without_model: list[str]
    """Currencies with too little history: fewer than 20 customers who came again."""
    estimated: int
    """Customers with an estimate, counted for each currency."""
    moved: int
    """Customers who got another tier."""
    held: int
    """Customers who would have, but for a person who set theirs."""
    moves: list[TierMoveOut]
    """Both of them, the first thousand."""

    @classmethod
    def of(cls, result: RunResult) -> Self:
        """Render the result of a run."""
        held = sum(move.held for move in result.moves)
        return cls(
            models=[ValueModelOut.model_validate(each) for each in result.models],
            without_model=list(result.without_model),
            estimated=result.estimated,
            moved=len(result.moves) - held,
            held=held,
            moves=[TierMoveOut.of(move) for move in result.moves[:SHOWN_MOVES]],
        )

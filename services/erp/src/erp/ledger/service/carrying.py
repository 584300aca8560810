"""What documents in foreign currencies are carried at, and what settling them gains or loses.

IAS 21.28: a difference between the amounts at which a debt and what settles it are carried is gain
or loss when it is settled. Customers' and suppliers' accounts share this.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from erp.exchange_rates import queries as exchange_rates
from erp.ledger.rules import AccountRole, EntryLine, Journal, credit, debit
from erp.ledger.service.posting import EntryInput, base_currency, post_entries
from servicekit.uow import UnitOfWork
from servicekit.values.decimals import round_half_away
from servicekit.values.money import Money, minor_units


@dataclass(frozen=True, slots=True)
class SettledPart:
    """A matching of a debit with a credit item, or its undoing, and what it takes of both.

    `debit_base` and `credit_base` are in the company's currency; None: it was not translated.
    """

    id: UUID
    undoes: UUID | None
    matched_on: date
    debit_base: Decimal | None
    credit_base: Decimal | None


async def carried_at(
    uow: UnitOfWork,
    company_id: UUID,
    currency: str,
    parts: Sequence[Decimal],
    rate_on: date,
    whole: Decimal | None = None,
) -> list[Decimal]:
    """What parts of a document are carried at in the company's currency, at the rate of its day.

    The document is translated once, unless it is known what it is worth (`whole`), and its parts
    sum to that. Raises `ExchangeRateIsMissing`.
    """
    base = await base_currency(uow, company_id)
    if base == currency:
        return list(parts)
    if whole is None:
        rates = await exchange_rates.rates_to(uow.connection, company_id, base, [currency], rate_on)
        whole = round_half_away(
            Fraction(sum(parts, start=Decimal(0))) * rates[currency], minor_units(base)
        )
    return [share.amount for share in Money(whole, base).split(parts)]


async def worth_of(
    uow: UnitOfWork, company_id: UUID, settled: Money, moved: Money, day: date
) -> Decimal:
    """What a payment is in the company's currency that moved money of another than it settles.

    What moved, or what it settles, where one of them is in the company's currency; else what
    moved at the rate of the day. Raises `ExchangeRateIsMissing`.
    """
    base = await base_currency(uow, company_id)
    for money in (moved, settled):
        if money.currency == base:
            return money.amount
    rates = await exchange_rates.rates_to(uow.connection, company_id, base, [moved.currency], day)
    return round_half_away(Fraction(moved.amount) * rates[moved.currency], minor_units(base))


async def cleared(
    uow: UnitOfWork,
    company_id: UUID,
    *,
    debited: tuple[AccountRole, Money],
    credited: tuple[AccountRole, Money],
    worth: Decimal | None,
) -> list[EntryLine]:
    """A debit and a credit, through the clearing account where their currencies differ.

    Both sides are then `worth` the same in the company's currency.
    """
    (debit_role, into), (credit_role, out) = debited, credited
    if worth is None:
        return [debit(debit_role, into), credit(credit_role, out)]
    base = await base_currency(uow, company_id)
    came = None if into.currency == base else worth
    went = None if out.currency == base else worth
    return [
        debit(debit_role, into, base=came),
        credit(AccountRole.EXCHANGE_CLEARING, into, base=came),
        debit(AccountRole.EXCHANGE_CLEARING, out, base=went),
        credit(credit_role, out, base=went),
    ]


async def realise(
    uow: UnitOfWork,
    company_id: UUID,
    control: AccountRole,
    currency: str,
    source_type: str,
    parts: Sequence[SettledPart],
) -> None:
    """Book what settlements on a control account gained or lost; take back what is undone.

    A debit carried at less than the credit that it meets is a gain, whichever of them was the
    debt. Each counts on the day of its matching, or on the first open day after it.
    """
    entries = []
    for part in parts:
        gain = (part.credit_base or Decimal(0)) - (part.debit_base or Decimal(0))
        if not gain:
            continue
        result = AccountRole.EXCHANGE_GAIN if gain > 0 else AccountRole.EXCHANGE_LOSS
        booked = gain if part.undoes is None else -gain
        entries.append(
            EntryInput(
                company_id,
                Journal.GENERAL,
                part.matched_on,
                [
                    EntryLine(control, currency, base=booked),
                    EntryLine(result, currency, base=-booked),
                ],
                None,
                source_type,
                part.id,
            )
        )
    await post_entries(uow, entries)

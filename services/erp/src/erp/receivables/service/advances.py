"""What down payments are carried at in the company's currency until they are settled."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from erp.ledger import service as ledger
from erp.ledger.service import AccountRole
from erp.receivables import queries
from erp.receivables.queries import AccountRow
from servicekit.uow import UnitOfWork
from servicekit.values.decimals import ARITHMETIC, round_to
from servicekit.values.money import Money, minor_units


@dataclass(frozen=True, slots=True)
class Worth:
    """What net and tax of a document are in the company's currency; zero or more."""

    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        """Both."""
        return self.net + self.tax


async def as_received(
    uow: UnitOfWork, account: AccountRow, down_payment_id: UUID, net: Money, tax: Money
) -> Worth | None:
    """What a part of a down payment is carried at: what it was when it was asked for.

    An advance is no money to be received, so it is not translated again (IAS 21.16, IFRIC 22.8).
    The part that takes the last of net or tax takes all that it is carried at, so that the
    liability ends at nothing in both currencies. None: it is in the company's currency.
    """
    base = await ledger.base_currency(uow, account.company_id)
    if base == account.currency:
        return None
    left = await queries.carried_ahead(uow.connection, uow.tenant, down_payment_id)
    places = minor_units(base)

    def part(role: AccountRole, taken: Money) -> Decimal:
        amount, carried = left.get(role.value, (Decimal(0), Decimal(0)))
        if taken.is_zero:
            return Decimal(0)
        if taken.amount == amount:
            return carried
        exact = ARITHMETIC.divide(ARITHMETIC.multiply(carried, taken.amount), amount)
        return round_to(exact, places)

    return Worth(part(AccountRole.DOWN_PAYMENTS_RECEIVED, net), part(AccountRole.TAX_PAYABLE, tax))

"""Starting and amending contracts, in the transaction of the acceptance."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm.attributes import flag_modified

from cpq.contracts import events
from cpq.contracts.models import Contract, ContractEntry
from cpq.contracts.queries import entries_of
from cpq.contracts.rules import (
    ContractHasChanged,
    Entry,
    check_holdings,
    credit_of,
    ending,
    last_day,
)
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Buyer:
    """Whom a contract is with."""

    customer_id: UUID
    customer_number: str
    customer_name: str
    selling_company_id: UUID | None
    currency: str


async def start_contract(
    uow: UnitOfWork, number: str, buyer: Buyer, quote_id: UUID, entries: Sequence[Entry]
) -> Contract:
    """Keep what was bought for a time as a contract."""
    contract = Contract(
        id=uow.new_id(),
        number=number,
        quote_id=quote_id,
        start_on=min(entry.from_on for entry in entries),
        end_on=ending(max(entry.until_on for entry in entries)),
        **asdict(buyer),
    )
    uow.add(contract)
    await uow.flush()
    numbered = [replace(entry, position=at) for at, entry in enumerate(entries, 1)]
    uow.add(*_rows(uow, contract, numbered, quote_id=quote_id))
    uow.publish(events.started(contract, numbered))
    uow.audit("contract.started", "contract", contract.id, {"number": number})
    await uow.flush()
    return contract


async def entries_unchanged(
    uow: UnitOfWork, contract_id: UUID, made_from: int | None
) -> list[Entry]:
    """The entries of a contract, locked, if there are as many as when an amendment was made.

    `made_from` is how many there were; None: nobody has counted. Raises `ContractNotFound`,
    `ContractHasChanged`.
    """
    contract = await uow.lock(Contract, contract_id)
    known = await entries_of(uow.session, contract_id)
    if made_from not in (None, len(known)):
        raise ContractHasChanged(
            f"contract {contract.number} had {made_from} entries, it has {len(known)} by now"
        )
    return known


async def amend_contract(
    uow: UnitOfWork,
    contract_id: UUID,
    added: Sequence[Entry],
    *,
    quote_id: UUID | None,
    expected: int | None = None,
    credit: Decimal | None = None,
    cancels: bool = False,
) -> Contract:
    """Write what changes; nothing falls below nothing on any day.

    `expected` is the version that the caller has seen, `credit` what was said that it gives back
    (None: it is worked out). Raises `ContractNotFound`, `Stale`, `ContractHasChanged`.
    """
    contract = await uow.lock(Contract, contract_id, expected)
    known = await entries_of(uow.session, contract_id)
    if credit is None:
        credit = credit_of(known, added, contract.currency)
    numbered = [replace(entry, position=at) for at, entry in enumerate(added, len(known) + 1)]
    together = [*known, *numbered]
    check_holdings(together)
    contract.end_on = ending(_last_day(together, contract.start_on))
    # Whatever changes, the contract has another version: who has seen the old one is told.
    flag_modified(contract, "end_on")
    if cancels:
        contract.cancelled_at = uow.now
    uow.add(*_rows(uow, contract, numbered, quote_id=quote_id))
    uow.publish(events.amended(contract, numbered, credit, quote_id))
    uow.audit("contract.amended", "contract", contract.id, {"entries": len(added)})
    await uow.flush()
    return contract


def _last_day(entries: Sequence[Entry], start_on: date) -> date:
    """The last day on which anything is held; the first one where nothing ever is."""
    return max(last_day(entries) or start_on, start_on)


def _rows(
    uow: UnitOfWork,
    contract: Contract,
    entries: Sequence[Entry],
    *,
    quote_id: UUID | None,
) -> list[ContractEntry]:
    return [
        ContractEntry(
            id=uow.new_id(),
            contract_id=contract.id,
            position=entry.position,
            key=entry.key,
            kind=entry.kind.value,
            item_id=entry.item_id,
            sku=entry.sku,
            name=entry.name,
            unit=entry.unit,
            quantity=entry.quantity,
            unit_price=entry.unit_price,
            from_on=entry.from_on,
            until_on=ending(entry.until_on),
            amount=entry.amount,
            term_unit=entry.term_unit.value,
            term_count=entry.term_count,
            basis=entry.basis.value,
            anchor=entry.anchor,
            selling_model=entry.selling_model,
            replaces=entry.replaces,
            lot=entry.lot,
            quote_id=quote_id,
            written_at=uow.now,
            written_by=uow.principal.subject,
        )
        for entry in entries
    ]

"""Bills and credit notes: entered, approved by somebody else, posted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import insert, select

from erp.items import queries as items
from erp.ledger import queries as ledger_queries
from erp.ledger import service as ledger
from erp.ledger.service import Journal, check_amount, series_of
from erp.payables import events, queries
from erp.payables.models import Bill, BillLine, BillTax, Supplier
from erp.payables.queries import BillDetail
from erp.payables.rules import (
    SELF_ASSESSED,
    SERIES,
    BillAccountIsWrong,
    BillIsEnteredAlready,
    BillIsNotInThatState,
    BillItemIsUnknown,
    BillKind,
    BillLineInput,
    BillStatus,
    SelfAssessedRateIsMissing,
    StatedTax,
    SupplierIsInactive,
    WithholdingDoesNotFit,
    check_bill,
    check_four_eyes,
    check_limit,
    checked_reference,
    due_days,
)
from erp.payables.service.booking import booked, entry_of, tell_taxes
from erp.payables.service.items import add_items
from erp.taxes import service as taxes
from erp.taxes.queries import tax_rates
from servicekit.taxation import Withheld
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money


@dataclass(frozen=True, slots=True)
class BillInput:
    """A bill as the supplier wrote it. Days that are left out follow from the supplier's terms."""

    supplier_id: UUID
    kind: BillKind
    supplier_reference: str
    issued_on: date
    currency: str | None
    due_on: date | None
    payment_reference: str | None
    lines: Sequence[BillLineInput]
    taxes: Sequence[StatedTax]
    source_sha256: str | None = None
    tax_country: str | None = None
    """Whose tax it states; None: the supplier's country."""


async def enter_bill(uow: UnitOfWork, entered: BillInput) -> BillDetail:
    """Enter a bill or credit note as a draft: nothing is booked.

    Raises `SupplierNotFound`, `SupplierIsInactive`, `BillIsEnteredAlready`, `BillDoesNotTie`,
    `StatedTaxIsOff`, `VatCodeDoesNotFit`, `SelfAssessedRateIsMissing`, `BillAccountIsWrong`,
    `BillItemIsUnknown`, `WithholdingDoesNotFit`, `ReferenceIsWrong`, `AmountHasTooManyDecimals`,
    `AmountIsTooLarge`.
    """
    supplier = await uow.get(Supplier, entered.supplier_id)
    if not supplier.active:
        raise SupplierIsInactive(f"{supplier.number} is not in use.", field="supplier_id")
    taken = await uow.session.scalar(
        select(Bill.id).where(
            Bill.supplier_id == supplier.id,
            Bill.kind == entered.kind.value,
            Bill.supplier_reference == entered.supplier_reference,
            Bill.status != BillStatus.REJECTED.value,
        )
    )
    if taken is not None:
        raise BillIsEnteredAlready(f"It is bill {taken}.", field="supplier_reference")
    currency = entered.currency or supplier.currency
    for at, line in enumerate(entered.lines):
        check_amount(line.net_amount, currency, field=f"lines.{at}.net_amount")
    for at, stated in enumerate(entered.taxes):
        check_amount(stated.tax, currency, field=f"taxes.{at}.tax")
    net, tax = check_bill(entered.lines, entered.taxes, currency)
    await _check_accounts(uow, supplier.company_id, entered.lines)
    due_on, discount_on = due_days(
        entered.issued_on,
        supplier.payment_terms_days,
        supplier.discount_days,
        supplier.discount_rate,
    )
    withheld = await _withheld(uow, supplier, entered.issued_on, net, Money(net + tax, currency))
    reference = entered.payment_reference
    row = Bill(
        tenant=uow.tenant,
        id=uow.new_id(),
        company_id=supplier.company_id,
        supplier_id=supplier.id,
        kind=entered.kind.value,
        supplier_reference=entered.supplier_reference,
        status=BillStatus.DRAFT.value,
        currency=currency,
        issued_on=entered.issued_on,
        due_on=entered.due_on or due_on,
        discount_on=discount_on,
        discount_rate=supplier.discount_rate if discount_on else None,
        payment_reference=None if reference is None else checked_reference(reference),
        tax_country=entered.tax_country or supplier.country,
        disputed=False,
        net=net,
        tax=tax,
        gross=net + tax,
        withholding_rate=None if withheld is None else withheld.rate,
        withheld=None if withheld is None else withheld.withheld.amount,
        entered_by=uow.principal.subject,
        source_sha256=entered.source_sha256,
    )
    uow.add(row)
    await uow.flush()
    await _write_parts(uow, row, entered)
    uow.audit("payables.bill.entered", "bill", row.id, {"gross": row.gross, "currency": currency})
    return await queries.bill(uow.session, row.id)


async def _withheld(
    uow: UnitOfWork, supplier: Supplier, on: date, net: Decimal, gross: Money
) -> Withheld | None:
    if supplier.withholding_kind is None:
        return None
    company = await ledger_queries.company(uow.session, supplier.company_id)
    try:
        found = await taxes.withheld(
            uow,
            country=company.country,
            kind=supplier.withholding_kind,
            on=on,
            gross=gross,
            base=Money(max(net, Decimal(0)), gross.currency),
        )
    except taxes.WithholdingRateNotFound as missing:
        raise WithholdingDoesNotFit(str(missing), field="supplier_id") from missing
    if found.paid.amount <= 0:
        raise WithholdingDoesNotFit("Nothing would be left for the supplier.", field="supplier_id")
    return found


async def _write_parts(uow: UnitOfWork, bill: Bill, entered: BillInput) -> None:
    rates = await tax_rates(uow.session, bill.company_id, bill.issued_on)
    bill_id = bill.id
    await uow.session.execute(
        insert(BillLine),
        [
            {
                "tenant": uow.tenant,
                "bill_id": bill_id,
                "position": position,
                "description": line.description,
                "net_amount": line.net_amount,
                "tax_category": line.tax_category,
                "tax_rate": line.tax_rate,
                "vat_code": line.taxed[0].value,
                "account_id": line.account_id,
                "item_id": line.item_id,
                "quantity": line.quantity,
                "cost_center": line.cost_center,
                "project": line.project,
            }
            for position, line in enumerate(entered.lines, 1)
        ],
    )
    await uow.session.execute(
        insert(BillTax),
        [
            {
                "tenant": uow.tenant,
                "bill_id": bill_id,
                "vat_code": tax.taxed[0].value,
                "category": tax.category,
                "rate": tax.rate,
                "base": tax.base,
                "tax": tax.tax,
                "due_rate": rate,
                "due": None if rate is None else (base * rate).round().amount,
            }
            for at, tax in enumerate(entered.taxes)
            for base, rate in [(Money(tax.base, bill.currency), _due_rate(tax, rates, at))]
        ],
    )


def _due_rate(tax: StatedTax, rates: Mapping[str, Decimal], at: int) -> Decimal | None:
    if tax.taxed[0] not in SELF_ASSESSED:
        return None
    if tax.category not in rates:
        raise SelfAssessedRateIsMissing(
            f"There is no rate {tax.category!r}.", field=f"taxes.{at}.category"
        )
    return rates[tax.category]


async def _check_accounts(
    uow: UnitOfWork, company_id: UUID, lines: Sequence[BillLineInput]
) -> None:
    chart = {row.id: row for row in await ledger_queries.chart(uow.session, company_id)}
    for at, line in enumerate(lines):
        field = f"lines.{at}.account_id"
        if (line.account_id is None) == (line.item_id is None):
            raise BillAccountIsWrong("A line names an account or an item.", field=field)
        if line.account_id is None:
            continue
        account = chart.get(line.account_id)
        if account is None:
            raise BillAccountIsWrong(f"{line.account_id} is not in the chart.", field=field)
        for wrong, why in (
            (account.control, "is a control account"),
            (account.heading, "is a heading"),
            (not account.active, "is not in use"),
        ):
            if wrong:
                raise BillAccountIsWrong(f"{account.code} {account.name} {why}.", field=field)
    known = await items.items_by_id(
        uow.session, [line.item_id for line in lines if line.item_id is not None]
    )
    for at, line in enumerate(lines):
        if line.item_id is not None and line.item_id not in known:
            raise BillItemIsUnknown(f"{line.item_id} is no item.", field=f"lines.{at}.item_id")
    await ledger.check_dimensions(uow, company_id, [booked(line, "EUR") for line in lines])


async def approve_bill(uow: UnitOfWork, bill_id: UUID, *, expected: int) -> BillDetail:
    """Approve a draft that somebody else entered, within the limits of the approver's roles.

    Raises `BillNotFound`, `Stale`, `BillIsNotInThatState`, `ApproverEnteredIt`,
    `ApprovalExceedsLimit`.
    """
    row = await _in_state(uow, bill_id, expected, BillStatus.DRAFT)
    check_four_eyes(row.entered_by, uow.principal.subject)
    limits = await queries.approval_limits(uow.session, row.company_id)
    check_limit(row.gross, row.currency, limits, uow.principal.roles)
    row.status = BillStatus.APPROVED.value
    row.approved_by, row.approved_at = uow.principal.subject, uow.now
    await uow.flush()
    uow.audit("payables.bill.approved", "bill", bill_id, {"gross": row.gross})
    return await queries.bill(uow.session, bill_id)


async def reject_bill(uow: UnitOfWork, bill_id: UUID, *, expected: int, reason: str) -> BillDetail:
    """Reject a draft or an approved bill; its supplier's number may then be entered anew.

    Raises `BillNotFound`, `Stale`, `BillIsNotInThatState`.
    """
    row = await _in_state(uow, bill_id, expected, BillStatus.DRAFT, BillStatus.APPROVED)
    row.status = BillStatus.REJECTED.value
    await uow.flush()
    uow.audit("payables.bill.rejected", "bill", bill_id, {"reason": reason})
    return await queries.bill(uow.session, bill_id)


async def dispute_bill(
    uow: UnitOfWork, bill_id: UUID, *, expected: int, disputed: bool, reason: str
) -> BillDetail:
    """Keep a bill out of payment proposals, or let it in again; raises `BillNotFound`, `Stale`."""
    row = await uow.lock(Bill, bill_id, expected)
    row.disputed = disputed
    await uow.flush()
    uow.audit(
        "payables.bill.disputed" if disputed else "payables.bill.undisputed",
        "bill",
        bill_id,
        {"reason": reason},
    )
    return await queries.bill(uow.session, bill_id)


async def post_bill(uow: UnitOfWork, bill_id: UUID, *, expected: int) -> BillDetail:
    """Book an approved bill, and give it its number.

    Debits cost, goods received and input tax, credits payables, and withholding tax with what is
    withheld; a credit note the other way. Where its day is closed it counts on the first open one.
    Raises `BillNotFound`, `Stale`, `BillIsNotInThatState`, `ExchangeRateIsMissing`.
    """
    row = await _in_state(uow, bill_id, expected, BillStatus.APPROVED)
    kind = BillKind(row.kind)
    supplier = await uow.lock(Supplier, row.supplier_id)
    row.posted_on = await ledger.posting_day(uow, row.company_id, Journal.PURCHASES, row.issued_on)
    row.series = series_of(SERIES[kind], row.posted_on)
    row.serial, row.number = 0, ""
    row.status = BillStatus.POSTED.value
    await uow.flush()
    await uow.session.refresh(row)
    [item] = await add_items(
        uow,
        company_id=row.company_id,
        supplier_id=row.supplier_id,
        document_id=row.id,
        currency=row.currency,
        parts=[(row.kind, row.payable)],
        due_on=row.due_on if kind is BillKind.BILL else None,
        day=row.issued_on,
        posted_on=row.posted_on,
    )
    detail = await queries.bill(uow.session, bill_id)
    company = await ledger_queries.company(uow.session, row.company_id)
    await ledger.post_entry(
        uow,
        row.company_id,
        Journal.PURCHASES,
        row.issued_on,
        entry_of(
            detail,
            company.country,
            None if row.currency == company.base_currency else item.base_amount,
        ),
        row.number,
        "bill" if kind is BillKind.BILL else "supplier-credit-note",
        row.id,
    )
    await tell_taxes(uow, detail, supplier, company.country)
    uow.publish(events.bill_posted(row))
    uow.audit("payables.bill.posted", "bill", bill_id, {"number": row.number})
    return detail


async def _in_state(uow: UnitOfWork, bill_id: UUID, expected: int, *states: BillStatus) -> Bill:
    row = await uow.lock(Bill, bill_id, expected)
    if row.status not in states:
        raise BillIsNotInThatState(f"The bill is {row.status}.")
    return row

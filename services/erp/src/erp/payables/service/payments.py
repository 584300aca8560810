"""Payments to suppliers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from erp.ledger import queries as ledger_queries
from erp.ledger import service as ledger
from erp.ledger.service import AccountRole, Journal, check_amount, series_of
from erp.payables import events, queries
from erp.payables.models import PayableItem, Supplier, SupplierPayment
from erp.payables.queries import PaymentDetail
from erp.payables.rules import PaidInTheBillsCurrency, check_discount
from erp.payables.service.booking import tax_lines
from erp.payables.service.items import Wanted, add_items, settle_with
from erp.taxes import service as taxes
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money

ZERO = Decimal(0)
SERIES = "OUT"


@dataclass(frozen=True, slots=True)
class PaymentInput:
    """Money that went to a supplier, in `currency` at its minor units.

    `discount` was kept for paying early, and `discount_tax` is the input tax in it;
    `discount_self_assessed` is by how much it lowers what the company owes itself, and deducts.
    `left` is what left the bank in another currency to settle `amount`; None: `amount` did.
    """

    supplier_id: UUID
    currency: str
    amount: Decimal
    paid_on: date
    method: str = "bank-transfer"
    reference: str | None = None
    discount: Decimal = ZERO
    discount_tax: Decimal = ZERO
    discount_self_assessed: Decimal = ZERO
    proposal_id: UUID | None = None
    left: Money | None = None


async def book_payment(
    uow: UnitOfWork, paid: PaymentInput
) -> tuple[SupplierPayment, Sequence[PayableItem]]:
    """Book a payment and write its open items (payment, then discount); nothing is settled yet.

    Debits payables, credits bank, and discounts received and input tax for what was kept. The
    supplier is locked until commit. Raises `SupplierNotFound`, `AmountHasTooManyDecimals`,
    `AmountIsTooLarge`, `PaidInTheBillsCurrency`, `ExchangeRateIsMissing`.
    """
    supplier = await uow.lock(Supplier, paid.supplier_id)
    for name in ("amount", "discount", "discount_tax"):
        check_amount(getattr(paid, name), paid.currency, field=name)
    worth = await _worth(uow, supplier.company_id, paid)
    posted_on = await ledger.posting_day(uow, supplier.company_id, Journal.CASH, paid.paid_on)
    row = SupplierPayment(
        tenant=uow.tenant,
        id=uow.new_id(),
        company_id=supplier.company_id,
        supplier_id=supplier.id,
        proposal_id=paid.proposal_id,
        series=series_of(SERIES, posted_on),
        serial=0,
        number="",
        currency=paid.currency,
        amount=paid.amount,
        discount=paid.discount,
        discount_tax=paid.discount_tax,
        paid_amount=None if paid.left is None else paid.left.amount,
        paid_currency=None if paid.left is None else paid.left.currency,
        paid_on=paid.paid_on,
        posted_on=posted_on,
        method=paid.method,
        reference=paid.reference,
        created_at=uow.now,
    )
    uow.add(row)
    await uow.flush()
    await uow.session.refresh(row)
    items = await add_items(
        uow,
        company_id=row.company_id,
        supplier_id=row.supplier_id,
        document_id=row.id,
        currency=row.currency,
        parts=[
            (kind, amount)
            for kind, amount in (("payment", row.amount), ("discount", row.discount))
            if amount
        ],
        due_on=None,
        day=row.paid_on,
        posted_on=posted_on,
        worth=worth,
    )
    kept = [
        (ledger.debit, AccountRole.PAYABLES, row.discount),
        (ledger.credit, AccountRole.DISCOUNT_RECEIVED, row.discount - row.discount_tax),
        (ledger.credit, AccountRole.INPUT_TAX, row.discount_tax + paid.discount_self_assessed),
        (ledger.debit, AccountRole.TAX_PAYABLE, paid.discount_self_assessed),
    ]
    money = Money(row.amount, row.currency)
    await ledger.post_entry(
        uow,
        row.company_id,
        Journal.CASH,
        row.paid_on,
        [
            *await ledger.cleared(
                uow,
                row.company_id,
                debited=(AccountRole.PAYABLES, money),
                credited=(AccountRole.BANK, paid.left or money),
                worth=worth,
            ),
            *(book(role, Money(amount, row.currency)) for book, role, amount in kept if amount),
        ],
        row.number,
        "supplier-payment",
        row.id,
    )
    uow.publish(events.supplier_paid(row))
    uow.audit(
        "payables.supplier.paid",
        "supplier-payment",
        row.id,
        {"number": row.number, "amount": row.amount, "currency": row.currency},
    )
    return row, items


async def _worth(uow: UnitOfWork, company_id: UUID, paid: PaymentInput) -> Decimal | None:
    if paid.left is None:
        return None
    check_amount(paid.left.amount, paid.left.currency, field="paid.amount")
    if paid.left.currency == paid.currency:
        raise PaidInTheBillsCurrency(f"The payment is in {paid.currency}.", field="paid.currency")
    if paid.discount:
        raise PaidInTheBillsCurrency(
            "A discount is kept in the currency of the bill.", field="paid.currency"
        )
    return await ledger.worth_of(
        uow, company_id, Money(paid.amount, paid.currency), paid.left, paid.paid_on
    )


async def pay_supplier(
    uow: UnitOfWork,
    paid: PaymentInput,
    *,
    wanted: Wanted | None,
    discounted: Sequence[UUID] = (),
) -> PaymentDetail:
    """Record a payment that was made (a card, a direct debit), and settle bills with it.

    `wanted` names bills and amounts; None settles the first due first; empty nothing yet. The bills
    of `discounted`, which are among them, are paid less their discount of the day, which settles
    their rest. Raises `SupplierDiscountIsNotDue`, and what `book_payment` and `settle_with` raise.
    """
    await uow.lock(Supplier, paid.supplier_id)
    kept = []
    for at, (bill_id, amount) in enumerate(wanted or ()):
        if bill_id in discounted:
            bill = await queries.bill(uow.session, bill_id)
            rest = check_discount(
                Money(bill.open_amount, bill.bill.currency),
                amount,
                bill.bill.discount_rate,
                bill.bill.discount_on,
                paid.paid_on,
                field=f"allocations.{at}.take_discount",
            )
            kept.append((bill_id, rest.amount))
    return await _pay(uow, paid, wanted, kept)


async def pay_by_run(
    uow: UnitOfWork,
    *,
    run_id: UUID,
    supplier_id: UUID,
    currency: str,
    paid_on: date,
    reference: str,
    money: Wanted,
    discounts: Wanted,
) -> PaymentDetail:
    """Book what a payment run pays a supplier: money and early discounts, by bill.

    Raises what `book_payment` and `settle_with` raise.
    """
    paid = PaymentInput(
        supplier_id,
        currency,
        sum((amount for _, amount in money), start=ZERO),
        paid_on,
        reference=reference,
        proposal_id=run_id,
    )
    return await _pay(uow, paid, money, discounts)


async def _pay(
    uow: UnitOfWork, paid: PaymentInput, money: Wanted | None, discounts: Wanted
) -> PaymentDetail:
    """Book a payment with the discounts that it keeps, and settle bills with both.

    A discount takes back its part of the input tax, which the VAT return is told.
    """
    kept = [
        line
        for bill_id, discount in discounts
        for line in await _taxes_of_discount(uow, bill_id, discount)
    ]
    given_back, self_assessed = (
        -sum((line.tax.amount for line in kept if line.direction == direction), start=ZERO)
        for direction in (taxes.INPUT, taxes.OUTPUT)
    )
    row, items = await book_payment(
        uow,
        replace(
            paid,
            discount=sum((amount for _, amount in discounts), start=ZERO),
            discount_tax=given_back - self_assessed,
            discount_self_assessed=self_assessed,
        ),
    )
    for item in items:
        await settle_with(
            uow, item, money if item.document_kind == "payment" else discounts, paid.paid_on
        )
    await taxes.record_taxes(
        uow,
        taxes.TaxedDocument(
            company_id=row.company_id,
            source_type="supplier-payment",
            source_id=row.id,
            number=row.number,
            document_on=row.paid_on,
            posted_on=row.posted_on,
            lines=kept,
            partner_id=row.supplier_id,
        ),
    )
    return await queries.payment(uow.session, row.id)


async def _taxes_of_discount(
    uow: UnitOfWork, bill_id: UUID, discount: Decimal
) -> list[taxes.TaxLine]:
    """What a discount on a bill takes back of its bases and taxes, pro rata of the gross.

    Each is rounded once, half away from zero; what the company owes itself falls on both sides.
    """
    detail = await queries.bill(uow.session, bill_id)
    bill = detail.bill
    home = (await ledger_queries.company(uow.session, bill.company_id)).country

    def part(amount: Decimal) -> Money:
        return -Money(discount * amount / bill.gross, bill.currency).round()

    return tax_lines(detail, home, part)

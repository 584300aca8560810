"""What a bill books, and what it tells of tax."""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from erp.ledger.service import AccountRole, Dimensions, EntryLine
from erp.payables.models import Bill, BillLine, Supplier
from erp.payables.queries import BillDetail
from erp.payables.rules import BillKind, BillLineInput
from erp.taxes import service as taxes
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money


async def tell_taxes(uow: UnitOfWork, detail: BillDetail, supplier: Supplier, home: str) -> None:
    """Keep the taxes of a bill for the VAT return; what the company owes itself on both sides."""
    bill = detail.bill
    sign = 1 if bill.kind == BillKind.BILL else -1
    await taxes.record_taxes(
        uow,
        taxes.TaxedDocument(
            company_id=bill.company_id,
            source_type="bill" if sign > 0 else "supplier-credit-note",
            source_id=bill.id,
            number=bill.number or "",
            document_on=bill.issued_on,
            posted_on=bill.posted_on or bill.issued_on,
            lines=[
                *tax_lines(detail, home, lambda amount: Money(sign * amount, bill.currency)),
                *_withheld_line(bill, home, sign),
            ],
            partner_id=supplier.id,
            partner_vat_number=supplier.vat_number,
        ),
    )


def tax_lines(
    detail: BillDetail, home: str, told: Callable[[Decimal], Money]
) -> list[taxes.TaxLine]:
    """Bases and taxes of a bill for the VAT return; `home` is the company's country.

    What the company owes itself is told on both sides. What another country taxed is a cost, and
    no return of the company's speaks of it.
    """
    return [
        taxes.TaxLine(
            direction,
            tax.category,
            tax.vat_code,
            tax.rate if tax.due_rate is None else tax.due_rate,
            told(tax.base),
            told(tax.tax if tax.due is None else tax.due),
            home,
        )
        for tax in detail.taxes
        if not tax.tax or detail.bill.tax_country == home
        for direction in ([taxes.INPUT] if tax.due is None else [taxes.OUTPUT, taxes.INPUT])
    ]


def _withheld_line(bill: Bill, home: str, sign: int) -> list[taxes.TaxLine]:
    if bill.withheld is None or bill.withholding_rate is None:
        return []
    return [
        taxes.TaxLine(
            taxes.WITHHELD,
            "withholding",
            "W",
            bill.withholding_rate,
            Money(sign * bill.net, bill.currency),
            Money(sign * bill.withheld, bill.currency),
            home,
        )
    ]


def booked(line: BillLineInput | BillLine, currency: str, sign: int = 1) -> EntryLine:
    """A line of a bill, on the account of its cost or against goods received."""
    amount = line.net_amount * sign
    return EntryLine(
        line.account_id or AccountRole.GOODS_RECEIVED_NOT_INVOICED,
        currency,
        debit=max(amount, Decimal(0)),
        credit=max(-amount, Decimal(0)),
        text=line.description[:200],
        dimensions=Dimensions(
            cost_center=line.cost_center, project=line.project, item_id=line.item_id
        ),
    )


def entry_of(detail: BillDetail, home: str, worth: Decimal | None) -> list[EntryLine]:
    """The entry of a bill, or of a credit note the other way; `home` is the company's country.

    The supplier is owed the gross less what is withheld of it; `worth` is what that is carried at
    in the company's currency; None: it is in it.
    """
    bill = detail.bill
    sign = 1 if bill.kind == BillKind.BILL else -1
    lines = [booked(line, bill.currency, sign) for line in detail.lines if line.net_amount]
    if bill.tax_country == home:
        lines += _sided(AccountRole.INPUT_TAX, sign * bill.tax, bill.currency)
    else:
        lines += _costs_of_tax(detail, sign)
    due = sum((tax.due for tax in detail.taxes if tax.due is not None), start=Decimal(0))
    lines += _sided(AccountRole.INPUT_TAX, sign * due, bill.currency)
    lines += _sided(AccountRole.TAX_PAYABLE, -sign * due, bill.currency)
    withheld = bill.withheld or Decimal(0)
    lines += _sided(AccountRole.WITHHOLDING_TAX_PAYABLE, -sign * withheld, bill.currency)
    base = None if worth is None else -sign * worth
    return lines + _sided(AccountRole.PAYABLES, -sign * bill.payable, bill.currency, base=base)


def _costs_of_tax(detail: BillDetail, sign: int) -> list[EntryLine]:
    """Tax of another country, on the accounts of the lines that bear it; of items: as sold."""
    bill, lines = detail.bill, []
    for tax in detail.taxes:
        borne = [
            line
            for line in detail.lines
            if (line.vat_code, line.tax_category, line.tax_rate)
            == (tax.vat_code, tax.category, tax.rate)
        ]
        shares = Money(tax.tax, bill.currency).split([abs(line.net_amount) for line in borne])
        for line, share in zip(borne, shares, strict=True):
            lines += _sided(
                line.account_id or AccountRole.COST_OF_GOODS_SOLD,
                sign * share.amount,
                bill.currency,
                Dimensions(cost_center=line.cost_center, project=line.project),
            )
    return lines


def _sided(
    account: AccountRole | UUID,
    amount: Decimal,
    currency: str,
    dimensions: Dimensions | None = None,
    base: Decimal | None = None,
) -> list[EntryLine]:
    """A line of an amount above zero for debit; none of nothing."""
    if not amount:
        return []
    return [
        EntryLine(
            account,
            currency,
            debit=max(amount, Decimal(0)),
            credit=max(-amount, Decimal(0)),
            base=base,
            dimensions=dimensions or Dimensions(),
        )
    ]

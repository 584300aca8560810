"""Filing VAT returns, and the rates of what is withheld."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from erp.taxes import queries
from erp.taxes.models import VatReturn, WithholdingRate
from erp.taxes.rules import Box, check_period
from servicekit.taxation import Withheld, withhold
from servicekit.uow import UnitOfWork
from servicekit.values.decimals import plain
from servicekit.values.money import Money

_TAKE = text(
    """
    INSERT INTO taxes_return_item (tenant, posting_id, return_id, late)
    SELECT p.tenant, p.id, :return_id, p.posted_on < :period_from
    FROM taxes_posting p WHERE p.id = ANY(CAST(:ids AS uuid[]))
    """
)


async def file_return(
    uow: UnitOfWork, company_id: UUID, *, period_from: date, period_to: date
) -> VatReturn:
    """File a return: its figures stay, and what is posted into the period later is the next one's.

    Raises `CompanyNotFound`, `VatPeriodIsNotOver`, `VatPeriodEndsBeforeItBegins`,
    `VatReturnOverlaps`.
    """
    check_period(period_from, period_to, uow.now.date())
    # One at a time per company. What is posted meanwhile is not among the ids, and comes late.
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"taxes_return:{uow.tenant}:{company_id}"},
    )
    preview = await queries.preview_return(uow.session, company_id, period_from, period_to)
    row = VatReturn(
        tenant=uow.tenant,
        id=uow.new_id(),
        company_id=company_id,
        period_from=period_from,
        period_to=period_to,
        currency=preview.currency,
        output_tax=preview.figures.output_tax,
        input_tax=preview.figures.input_tax,
        payable=preview.figures.payable,
        late_items=preview.late_items,
        boxes=[_written(box) for box in preview.figures.boxes],
        filed_at=uow.now,
        filed_by=uow.principal.subject,
    )
    uow.add(row)
    await uow.flush()
    await uow.session.execute(
        _TAKE,
        {
            "return_id": row.id,
            "period_from": period_from,
            "ids": list(preview.posting_ids),
        },
    )
    uow.audit(
        "taxes.return.filed",
        "vat-return",
        row.id,
        {"period_from": period_from, "period_to": period_to, "payable": row.payable},
    )
    return row


def _written(box: Box) -> dict[str, Any]:
    return {
        "code": box.code,
        "title": box.title,
        "direction": box.direction,
        "vat_code": box.vat_code,
        "rate": plain(box.rate),
        "country": box.country,
        "base": plain(box.base),
        "tax": plain(box.tax),
        "count": box.count,
    }


async def add_withholding_rate(
    uow: UnitOfWork,
    *,
    country: str,
    kind: str,
    name: str,
    rate: Decimal,
    valid_from: date,
    valid_to: date | None,
) -> WithholdingRate:
    """Let a share be withheld of a kind of payment; raises `WithholdingRatesOverlap`."""
    row = WithholdingRate(
        tenant=uow.tenant,
        id=uow.new_id(),
        country=country,
        kind=kind,
        name=name,
        rate=rate,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    uow.add(row)
    await uow.flush()
    uow.audit(
        "taxes.withholding-rate.added",
        "withholding-rate",
        row.id,
        {"country": country, "kind": kind, "rate": rate, "valid_from": valid_from},
    )
    return row


async def withheld(
    uow: UnitOfWork, *, country: str, kind: str, on: date, gross: Money, base: Money
) -> Withheld:
    """What is kept back of a payment on a day; raises `WithholdingRateNotFound`."""
    rate = await queries.withholding_rate(uow.session, country, kind, on)
    return withhold(gross, base, rate.rate)

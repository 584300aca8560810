"""Taking a file of tax rates: all of it, or nothing; a second time it changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from erp.taxes.models import TaxRate, Territory
from erp.taxes.rules import (
    FileFinding,
    FileRate,
    FileTerritory,
    RateFileHasErrors,
    RateFileIsUnreadable,
    RatePeriod,
    TaxRateExistsAlready,
    plan_rate,
    read_rates,
)
from erp.taxes.service.rates import announce
from servicekit.uow import UnitOfWork


@dataclass(slots=True)
class _Planned:
    """A rate that is there (`id`) or shall be, with the day on which it ends."""

    rate: FileRate
    valid_to: date | None
    id: UUID | None = None
    ends_anew: bool = False

    @property
    def period(self) -> RatePeriod:
        return RatePeriod(self.rate.valid_from, self.valid_to)


@dataclass(frozen=True, slots=True)
class RateImport:
    """What a file did, or would do. `added` are the rates that are new, with their ends."""

    added: Sequence[tuple[FileRate, date | None]]
    ended: int
    unchanged: int
    territories: int
    findings: Sequence[FileFinding]


async def import_rates(
    uow: UnitOfWork,
    content: Mapping[str, Any],
    *,
    valid_from: date | None = None,
    countries: Sequence[str] | None = None,
    dry_run: bool = False,
) -> RateImport:
    """Take the rates of a file; with `dry_run` only say what would come of it.

    A rate that holds on its day already is left alone; one that differs ends where the new one
    begins. Raises `RateFileIsUnreadable`, `RateFileHasErrors`.
    """
    found = read_rates(
        content,
        valid_from=valid_from,
        countries=None if countries is None else frozenset(countries),
    )
    if not found.rates and not found.findings:
        raise RateFileIsUnreadable("The file has no rate of these countries.", field="file")
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"taxes_rate_import:{uow.tenant}"},
    )
    series = await _series(uow, sorted({rate.country for rate in found.rates}))
    findings = list(found.findings)
    unchanged = 0
    for rate in found.rates:
        known = series.setdefault((rate.country, rate.region, rate.category), [])
        holding = next((one for one in known if one.period.holds_on(rate.valid_from)), None)
        if holding is not None and holding.rate.rate == rate.rate:
            unchanged += 1
            continue
        try:
            plan = plan_rate([one.period for one in known], rate.valid_from)
        except TaxRateExistsAlready:
            findings.append(
                FileFinding(
                    ".".join(filter(None, (rate.country, rate.region, rate.category))),
                    "another-rate-begins-then",
                    f"Another rate begins on {rate.valid_from} already.",
                    error=True,
                )
            )
            continue
        if holding is not None:
            holding.valid_to, holding.ends_anew = rate.valid_from, True
        known.append(_Planned(rate, plan.valid_to))
    added = [one for known in series.values() for one in known if one.id is None]
    ended = [one for known in series.values() for one in known if one.id and one.ends_anew]
    answer = RateImport(
        [(one.rate, one.valid_to) for one in added],
        len(ended),
        unchanged,
        len(found.territories),
        findings,
    )
    if dry_run:
        return answer
    wrong = [one for one in findings if one.error]
    if wrong:
        told = "; ".join(f"{one.place}: {one.detail}" for one in wrong[:5])
        raise RateFileHasErrors(f"{len(wrong)} entries cannot be taken. {told}", field="file")
    await _write(uow, added, ended, found.territories)
    uow.audit(
        "taxes.rates.imported",
        "tax-rate",
        uow.tenant,
        {"added": len(added), "ended": len(ended), "unchanged": unchanged},
    )
    for country in sorted({one.rate.country for one in [*added, *ended] if not one.rate.region}):
        await announce(uow, country)
    return answer


async def _series(
    uow: UnitOfWork, countries: Sequence[str]
) -> dict[tuple[str, str, str], list[_Planned]]:
    rows = await uow.session.scalars(
        select(TaxRate)
        .where(TaxRate.country.in_(countries))
        .order_by(TaxRate.country, TaxRate.category, TaxRate.valid_from)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    series: dict[tuple[str, str, str], list[_Planned]] = {}
    for row in rows:
        known = FileRate(row.country, row.region, row.category, row.name, row.rate, row.valid_from)
        series.setdefault((row.country, row.region, row.category), []).append(
            _Planned(known, row.valid_to, row.id)
        )
    return series


_END = text(
    """
    UPDATE taxes_rate AS r SET valid_to = n.valid_to
    FROM unnest(CAST(:ids AS uuid[]), CAST(:days AS date[])) AS n (id, valid_to)
    WHERE r.id = n.id
    """
)


async def _write(
    uow: UnitOfWork,
    added: Sequence[_Planned],
    ended: Sequence[_Planned],
    territories: Sequence[FileTerritory],
) -> None:
    if ended:
        await uow.session.execute(
            _END,
            {"ids": [one.id for one in ended], "days": [one.valid_to for one in ended]},
        )
    if added:
        await uow.session.execute(
            insert(TaxRate),
            [
                {
                    "tenant": uow.tenant,
                    "id": uow.new_id(),
                    "country": one.rate.country,
                    "region": one.rate.region,
                    "category": one.rate.category,
                    "name": one.rate.name,
                    "rate": one.rate.rate,
                    "valid_from": one.rate.valid_from,
                    "valid_to": one.valid_to,
                }
                for one in added
            ],
        )
    if territories:
        statement = insert(Territory).values(
            [
                {
                    "tenant": uow.tenant,
                    "country": one.country,
                    "region": one.region,
                    "name": one.name,
                    "postcode": one.postcode,
                }
                for one in territories
            ]
        )
        await uow.session.execute(
            statement.on_conflict_do_update(
                index_elements=[Territory.tenant, Territory.country, Territory.region],
                set_={
                    "name": statement.excluded.name,
                    "postcode": statement.excluded.postcode,
                },
            )
        )

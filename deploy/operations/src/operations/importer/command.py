"""``python -m operations import`` and ``seed``: the importer as commands."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table as RichTable

from operations.clients import Endpoints, Services
from operations.importer.mapping import read_mapping
from operations.importer.report import ImportReport
from operations.importer.run import Import

PACKAGE: Final = Path(__file__).parent.parent
SHIPPED_MAPPINGS: Final = {
    "northwind": PACKAGE / "importer" / "mappings" / "northwind.toml",
    "adventureworks": PACKAGE / "importer" / "mappings" / "adventureworks.toml",
    "sample": PACKAGE / "sample" / "sample.toml",
}
SHOWN_REFUSALS: Final = 20
SAMPLE_WEEKS: Final = 53


async def import_directory(
    mapping: str,
    directory: Path,
    *,
    endpoints: Endpoints,
    client_id: str | None = None,
    client_secret: str,
    dry_run: bool = False,
    reports: Path,
    console: Console,
) -> ImportReport:
    """Import a directory with a shipped mapping's name or the path of a mapping file.

    The client id defaults to ``<tenant>-admin`` of the mapping's tenant, as the development
    issuer knows it. Reports go to ``reports``.
    """
    path = SHIPPED_MAPPINGS.get(mapping) or Path(mapping)
    parsed = read_mapping(path)
    async with Services(
        endpoints, client_id or f"{parsed.tenant}-admin", client_secret
    ) as services:
        report = await Import(parsed, directory, services, dry_run, console).run()
    stem = f"{parsed.name}-{time.strftime('%Y%m%d-%H%M%S')}"
    document, refused = report.write(reports, stem)
    show(report, console)
    console.print(f"Report: {document}")
    if report.refusals:
        console.print(f"Refused rows, ready to correct: {refused}")
    return report


async def seed(
    *, endpoints: Endpoints, client_secret: str, reports: Path, console: Console
) -> ImportReport:
    """Load the sample company, with exchange rates up to today; again is harmless."""
    report = await import_directory(
        "sample",
        PACKAGE / "sample",
        endpoints=endpoints,
        client_secret=client_secret,
        reports=reports,
        console=console,
    )
    async with Services(endpoints, f"{report.tenant}-admin", client_secret) as services:
        told = await services.post(
            "erp", "/v1/exchange-rates", {"rates": sample_rates(datetime.now(UTC).date())}
        )
    console.print(f"Exchange rates of the sample: {told['recorded']} new, made up.")
    return report


def sample_rates(today: date) -> list[dict[str, str]]:
    """A dollar in euros on each Monday of the last year and on the day itself.

    Made up and the same for everybody: it sways about 0.92 by a cent or two. Real ones are loaded
    with POST /v1/exchange-rate-imports.
    """
    monday = today - timedelta(days=today.weekday())
    days = {monday - timedelta(weeks=back) for back in range(SAMPLE_WEEKS)} | {today}
    sway = (0, 4, 9, 13, 16, 14, 8, 1, -6, -11, -13, -9, -3)
    return [
        {
            "source": "sample",
            "base": "USD",
            "quote": "EUR",
            "rate_on": day.isoformat(),
            "rate": str(Decimal(9200 + sway[day.isocalendar().week % len(sway)]).scaleb(-4)),
        }
        for day in sorted(days)
    ]


def show(report: ImportReport, console: Console) -> None:
    """Print the account of an import for people."""
    title = f"{report.name} into tenant {report.tenant}"
    table = RichTable(title=f"{title}, dry run" if report.dry_run else title)
    for heading in ("step", "read", "new", "there before", "refused", "seconds"):
        table.add_column(heading, justify="left" if heading == "step" else "right")
    for step in report.steps:
        taken = step.valid if report.dry_run else step.created
        table.add_row(
            step.name,
            str(step.read),
            str(taken),
            str(step.unchanged),
            str(step.refused),
            f"{step.seconds:.1f}",
        )
    console.print(table)
    for step in report.steps:
        if step.note:
            console.print(f"[dim]{step.name}: {step.note}[/dim]")
    if report.dropped:
        console.print(f"{len(report.dropped)} values were left out of accepted rows (see report).")
    for refusal in report.refusals[:SHOWN_REFUSALS]:
        console.print(
            f"[red]refused[/red] {refusal.file}:{refusal.line} {refusal.external_reference} "
            f"[{refusal.code}] {refusal.field_name} {refusal.message}",
            highlight=False,
        )
    if len(report.refusals) > SHOWN_REFUSALS:
        console.print(f"... and {len(report.refusals) - SHOWN_REFUSALS} more in the report.")

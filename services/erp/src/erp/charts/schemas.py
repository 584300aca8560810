"""What the doors of chart imports take and give."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Base64Bytes, Field

from erp.charts.models import ChartImport, ChartTaxRow
from erp.charts.rules import LARGEST_FILES, ChartAccount, ChartFile, Finding, Layout
from erp.charts.service import Mode, Plan
from erp.ledger.service import AccountRole
from servicekit.http.schemas import AmountOut, Code, In, Name, Out


class ChartFileIn(In):
    """A file of a chart. Its layout is told by what is in it, never by its name."""

    name: Name
    """What findings call the file."""
    content: Annotated[
        Base64Bytes, Field(max_length=LARGEST_FILES, json_schema_extra={"format": "byte"})
    ]
    """The file, in base64."""

    def file(self) -> ChartFile:
        """The file the readers work with."""
        return ChartFile(self.name, self.content)


class ChartImportIn(In):
    """A chart to be taken into a company's books (the default company's unless named)."""

    company_id: UUID | None = None
    files: Annotated[list[ChartFileIn], Field(min_length=1, max_length=8)]
    """Accounts, and taxes where they stand in files of their own."""
    mode: Mode = Mode.REPLACE
    """`replace`: in place of the chart that is there, while nothing is posted; `add`: beside it."""
    dry_run: bool = False
    """True: only tell what would be taken, and every finding; nothing is changed."""
    roles: Annotated[dict[AccountRole, Code], Field(max_length=100, default_factory=dict)]
    """Codes of accounts by the role that postings ask for; they outweigh what the file tells."""


class ChartFindingOut(Out):
    """What was found in a file, and where."""

    severity: str
    """An error refuses the chart, a warning tells what is left out, a notice what was decided."""
    code: str
    """What it is, stable: such as duplicate-code, broken-parent, unknown-kind."""
    file: str
    """The name of the file."""
    line: int
    """The line in the file, from 1."""
    element: str
    """The element, record or code there."""
    detail: str

    @classmethod
    def of(cls, found: Finding) -> Self:
        """Render a finding."""
        return cls(
            severity=found.severity.value,
            code=found.code,
            file=found.place.file,
            line=found.place.line,
            element=found.place.element,
            detail=found.detail,
        )

    @classmethod
    def kept(cls, found: dict[str, Any]) -> Self:
        """Render a finding that was kept with its import."""
        place = found["place"]
        return cls(
            severity=found["severity"],
            code=found["code"],
            file=place["file"],
            line=place["line"],
            element=place["element"],
            detail=found["detail"],
        )


class ChartAccountOut(Out):
    """An account as it was read."""

    code: str
    name: str
    kind: str
    section: str
    """The section of the statements that it stands in."""
    parent: str | None
    """The code of the account above it; null: it stands at the top."""
    heading: bool
    """True: it adds up the accounts below it and takes no entries itself."""
    active: bool
    """False: it is closed and takes no entries."""
    role: str | None
    hints: list[str]
    """What the file says beside: such as reconcile, party_required, or a link of LedgerSMB."""

    @classmethod
    def of(cls, account: ChartAccount, role: AccountRole | None) -> Self:
        """Render an account with the role it would have."""
        return cls(
            code=account.code,
            name=account.name,
            kind=account.kind.value,
            section=account.section.value,
            parent=account.parent,
            heading=account.heading,
            active=account.active,
            role=role.value if role else None,
            hints=list(account.hints),
        )


class ChartImportOut(Out):
    """What an import did, or would do where `dry_run` was asked."""

    id: UUID | None
    """The import; null where nothing was taken."""
    company_id: UUID
    layout: str
    """Which reader knew the files; see GET /v1/chart-layouts."""
    mode: str
    """replace or add."""
    takeable: bool
    """Whether no finding is an error."""
    account_count: int
    """How many accounts the chart has, headings included."""
    tax_count: int
    """How many taxes came with it."""
    roles: dict[str, str]
    """Codes of accounts by the role they have after the import."""
    unmapped_roles: list[str]
    """Roles that no account has; what posts to one is refused until an account has it."""
    kept: list[str]
    """Codes that the company's chart had before."""
    closed: list[str]
    """Codes of accounts that the new chart does not have; they take no postings any more."""
    findings: list[ChartFindingOut]
    """Every finding, in the order of the files."""
    accounts: list[ChartAccountOut]
    """The accounts that are taken."""

    @classmethod
    def of(cls, plan: Plan, row: ChartImport | None) -> Self:
        """Render what was planned, and the import where it was made."""
        roles = {code: role for role, code in plan.roles.items()}
        return cls(
            id=row.id if row is not None else None,
            company_id=plan.company_id,
            layout=plan.chart.layout,
            mode=plan.mode.value,
            takeable=not plan.chart.errors,
            account_count=len(plan.chart.accounts),
            tax_count=len(plan.chart.taxes),
            roles={role.value: code for role, code in sorted(plan.roles.items())},
            unmapped_roles=[role.value for role in plan.unmapped],
            kept=list(plan.kept),
            closed=list(plan.closed),
            findings=[ChartFindingOut.of(each) for each in plan.findings],
            accounts=[
                ChartAccountOut.of(each, roles.get(each.code)) for each in plan.chart.accounts
            ],
        )


class ImportedChartOut(Out):
    """An import that was made."""

    id: UUID
    company_id: UUID
    layout: str
    """Which reader knew the files."""
    mode: str
    """replace or add."""
    account_count: int
    """How many accounts the chart had, headings included."""
    tax_count: int
    """How many taxes came with it."""
    findings: list[ChartFindingOut]
    """What was found; none of it was an error."""
    imported_at: datetime
    """When it was taken (UTC)."""
    imported_by: str
    """Who took it."""

    @classmethod
    def of(cls, row: ChartImport) -> Self:
        """Render an import."""
        return cls(
            id=row.id,
            company_id=row.company_id,
            layout=row.layout,
            mode=row.mode,
            account_count=row.account_count,
            tax_count=row.tax_count,
            findings=[ChartFindingOut.kept(each) for each in row.findings],
            imported_at=row.imported_at,
            imported_by=row.imported_by,
        )


class ChartTaxOut(Out):
    """A tax that came with a chart."""

    name: str
    part_of: str | None
    """The name of the tax it is a part of; null: it stands by itself."""
    direction: str | None
    """sale, purchase or both; null: the file does not tell."""
    rate: AmountOut | None
    """A fraction of the base, 0.19 is 19 per cent, below zero where it is owed; null: none."""
    ledger_account_id: UUID | None
    """The account that it is booked on; null: the file names none."""
    credit_note_ledger_account_id: UUID | None
    """The account that credit notes book it on; null: the file names none."""
    valid_from: date | None
    """Its first day; null: it always was."""
    valid_to: date | None
    """Its last day; null: it still is."""

    @classmethod
    def of(cls, row: ChartTaxRow) -> Self:
        """Render a tax."""
        return cls(
            name=row.name,
            part_of=row.part_of,
            direction=row.direction,
            rate=row.rate,
            ledger_account_id=row.account_id,
            credit_note_ledger_account_id=row.credit_note_account_id,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )


class ChartTaxesOut(Out):
    """The taxes of a company's last import that had any."""

    items: list[ChartTaxOut]


class ChartLayoutOut(Out):
    """A layout of charts that is read."""

    name: str
    description: str
    """How it is told from others."""

    @classmethod
    def of(cls, layout: Layout) -> Self:
        """Render a layout."""
        return cls(name=layout.name, description=layout.description)


class ChartLayoutsOut(Out):
    """Every layout that is read."""

    items: list[ChartLayoutOut]

"""What an import did: counts per step, every refused row with its reason, as JSON, CSV and text."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row that was not taken, and why. ``row`` is what was sent, or the source's cells."""

    step: str
    file: str
    line: int
    external_reference: str
    code: str
    field_name: str
    message: str
    row: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Dropped:
    """One value that was left out of an otherwise accepted row, as the mapping allows."""

    step: str
    file: str
    line: int
    field_name: str
    message: str


@dataclass(slots=True)
class StepReport:
    """The counts of one step; read = created + unchanged + refused + (dry run: would be sent)."""

    name: str
    target: str
    note: str | None
    read: int = 0
    created: int = 0
    unchanged: int = 0
    refused: int = 0
    valid: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class ImportReport:
    """The whole account of an import."""

    name: str
    tenant: str
    dry_run: bool
    steps: list[StepReport] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)

    def write(self, directory: Path, stem: str) -> tuple[Path, Path]:
        """Write ``<stem>.json`` and ``<stem>-refused.csv``; answers with both paths."""
        directory.mkdir(parents=True, exist_ok=True)
        document = directory / f"{stem}.json"
        document.write_text(
            json.dumps(asdict(self), ensure_ascii=False, indent=2, default=str), encoding="utf-8"
        )
        refused = directory / f"{stem}-refused.csv"
        with refused.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(
                ["step", "file", "line", "external_reference", "code", "field", "message", "row"]
            )
            for refusal in self.refusals:
                writer.writerow(
                    [
                        refusal.step,
                        refusal.file,
                        refusal.line,
                        _inert(refusal.external_reference),
                        refusal.code,
                        refusal.field_name,
                        _inert(refusal.message),
                        _inert(json.dumps(dict(refusal.row), ensure_ascii=False, default=str)),
                    ]
                )
        return document, refused


def _inert(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell

"""Running an import: steps in order, rows in batches, progress for people, a report at the end."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from operations.clients import CallRefused, Services
from operations.importer.evaluation import Evaluation, Json, RowRefused
from operations.importer.mapping import ImportMapping, MappingError, Step
from operations.importer.report import Dropped, ImportReport, Refusal, StepReport
from operations.importer.sources import SourceRow, Table, read_document, read_table
from operations.importer.targets import TARGETS, Target

PAUSE_BETWEEN_RETRIES_SECONDS: Final = 1.0
DRY_RUN_REFERENCE: Final = "00000000-0000-7000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A row ready to send, and where it came from."""

    source: SourceRow | None
    row: Mapping[str, Json]

    @property
    def reference(self) -> str:
        return str(self.row.get("external_reference") or self.row.get("code") or "")


@dataclass(slots=True)
class Import:
    """One run of a mapping over a directory."""

    mapping: ImportMapping
    directory: Path
    services: Services
    dry_run: bool = False
    console: Console = field(default_factory=Console)
    _tables: dict[str, Table] = field(default_factory=dict)
    _ids: dict[tuple[str, str], str] = field(default_factory=dict)

    async def run(self) -> ImportReport:
        """Carry out every step; a refused row is reported and the rest goes on.

        Raises:
            MappingError: a step names a target that does not exist.
            SourceError: a file is missing or is no proper table.
            CallRefused: a whole call was refused (permission, size), not a row of it.
        """
        report = ImportReport(self.mapping.name, self.mapping.tenant, self.dry_run)
        for step in self.mapping.steps:
            if step.target not in TARGETS:
                raise MappingError(
                    step.name, f"no target {step.target!r}; there are {', '.join(sorted(TARGETS))}"
                )
        self._tables = {
            name: read_table(source, self.directory)
            for name, source in self.mapping.sources.items()
        }
        with Progress(
            TextColumn("{task.description:<24}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[counts]}"),
            console=self.console,
        ) as progress:
            for step in self.mapping.steps:
                await self._step(step, report, progress)
        return report

    async def _step(self, step: Step, report: ImportReport, progress: Progress) -> None:
        started = time.monotonic()
        target = TARGETS[step.target]
        counts = StepReport(step.name, step.target, step.note)
        report.steps.append(counts)
        prepared = self._prepare(step, report, counts)
        task = progress.add_task(step.name, total=counts.read, counts="")
        progress.update(task, advance=counts.refused)
        if self.dry_run:
            valid = await self._validated(target, step, prepared, report, counts)
            counts.valid = len(valid)
            for row in valid:
                self._ids[step.target, row.reference] = DRY_RUN_REFERENCE
            progress.update(task, completed=counts.read, counts=f"{counts.valid} valid")
        else:
            for batch in _batches(prepared, target.batch_size if target.bulk else 1):
                await self._send(target, step, batch, report, counts)
                progress.update(
                    task,
                    advance=len(batch),
                    counts=f"{counts.created} new, {counts.unchanged} there, "
                    f"{counts.refused} refused",
                )
        counts.seconds = round(time.monotonic() - started, 2)

    def _prepare(self, step: Step, report: ImportReport, counts: StepReport) -> list[Prepared]:
        evaluation = Evaluation(
            self._tables,
            lambda kind, ref: self._ids.get((kind, ref)),
            lambda name: read_document(self.directory, name),
        )
        table = None if step.source is None else self._tables[step.source]
        rows: Iterable[SourceRow] = (
            [SourceRow("", 0, {})]
            if table is None
            else (row for row in table.rows if evaluation.wanted(step, row))
        )
        if step.order_by:
            rows = sorted(rows, key=lambda row: tuple(row.cells[c] for c in step.order_by))
        prepared: list[Prepared] = []
        seen: set[str] = set()
        for row in rows:
            evaluation.dropped.clear()
            try:
                evaluated = evaluation.row(step, row)
            except RowRefused as refused:
                counts.read += 1
                self._refuse(
                    report,
                    counts,
                    step,
                    Prepared(row, dict(row.cells)),
                    "mapping",
                    refused.field_name,
                    refused.message,
                )
                continue
            if step.distinct:
                fingerprint = json.dumps(evaluated, sort_keys=True)
                if fingerprint in seen:
                    continue
                seen.add(fingerprint)
            counts.read += 1
            report.dropped.extend(
                Dropped(step.name, self._file(step), row.line, place, message)
                for place, message in evaluation.dropped
            )
            prepared.append(Prepared(row, evaluated))
        return prepared

    async def _send(
        self,
        target: Target,
        step: Step,
        batch: Sequence[Prepared],
        report: ImportReport,
        counts: StepReport,
    ) -> None:
        pending = list(batch)
        give_up_at = time.monotonic() + target.patience_seconds
        attempt = 0
        while pending:
            results = await self._results(target, pending, attempt)
            again: list[Prepared] = []
            for prepared, result in zip(pending, results, strict=True):
                status = result["status"]
                if status == "refused":
                    problem = result.get("problem") or {}
                    waiting = problem.get("code") in target.retried_codes
                    if waiting and time.monotonic() < give_up_at:
                        again.append(prepared)
                    else:
                        self._refuse_with(report, counts, step, prepared, problem)
                    continue
                if status == "created":
                    counts.created += 1
                else:
                    counts.unchanged += 1
                if result.get("id"):
                    self._ids[step.target, prepared.reference] = str(result["id"])
            pending = again
            if pending:
                attempt += 1
                await asyncio.sleep(PAUSE_BETWEEN_RETRIES_SECONDS)

    async def _results(
        self, target: Target, batch: Sequence[Prepared], attempt: int
    ) -> Sequence[Mapping[str, Any]]:
        if not target.bulk:
            return [await self._single(target, batch[0])]
        rows = [dict(prepared.row) for prepared in batch]
        # The key is made of what is sent: a run broken off and started again replays the answers.
        key = hashlib.sha256(
            json.dumps([target.name, attempt, rows], sort_keys=True).encode()
        ).hexdigest()
        response = await self.services.call(
            target.service, "POST", target.path, json={"rows": rows}, key=key
        )
        results = sorted(response.json()["results"], key=lambda result: int(result["index"]))
        if response.headers.get("Idempotency-Replayed") == "true":
            # The answer of an earlier run: what it created then was there before this run.
            return [
                {**result, "status": "unchanged"} if result["status"] == "created" else result
                for result in results
            ]
        return results

    async def _single(self, target: Target, prepared: Prepared) -> Mapping[str, Any]:
        try:
            made = await self.services.post(target.service, target.path, dict(prepared.row))
        except CallRefused as refused:
            if refused.code != target.existing_code or target.find_existing is None:
                return {"index": 0, "status": "refused", "problem": refused.problem}
            found = await self.services.get(
                target.service, target.find_existing.format(**prepared.row)
            )
            for item in found["items"]:
                if all(_equal(item.get(name), prepared.row.get(name)) for name in target.same):
                    return {"index": 0, "status": "unchanged", "id": item["id"]}
            return {"index": 0, "status": "refused", "problem": refused.problem}
        return {"index": 0, "status": "created", "id": made["id"]}

    async def _validated(
        self,
        target: Target,
        step: Step,
        prepared: Sequence[Prepared],
        report: ImportReport,
        counts: StepReport,
    ) -> list[Prepared]:
        document = (await self.services.call(target.service, "GET", "/openapi.json")).json()
        body = document["paths"][target.path]["post"]["requestBody"]["content"]
        schema = body["application/json"]["schema"]
        wrapped = (lambda row: {"rows": [row]}) if target.bulk else (lambda row: row)
        validator = jsonschema_rs.Draft202012Validator(
            {**schema, "components": document["components"]}
        )
        valid = []
        for candidate in prepared:
            error = next(validator.iter_errors(wrapped(dict(candidate.row))), None)
            if error is None:
                valid.append(candidate)
            else:
                place = ".".join(str(part) for part in error.instance_path if part != "rows")
                self._refuse(report, counts, step, candidate, "schema", place, error.message)
        return valid

    def _refuse_with(
        self,
        report: ImportReport,
        counts: StepReport,
        step: Step,
        prepared: Prepared,
        problem: Mapping[str, Any],
    ) -> None:
        errors = problem.get("errors") or [{}]
        self._refuse(
            report,
            counts,
            step,
            prepared,
            str(problem.get("code", "refused")),
            str(errors[0].get("field", "")),
            str(problem.get("detail") or problem.get("title") or "refused without a reason"),
        )

    def _refuse(
        self,
        report: ImportReport,
        counts: StepReport,
        step: Step,
        prepared: Prepared,
        code: str,
        field_name: str,
        message: str,
    ) -> None:
        counts.refused += 1
        report.refusals.append(
            Refusal(
                step=step.name,
                file=self._file(step),
                line=prepared.source.line if prepared.source else 0,
                external_reference=prepared.reference,
                code=code,
                field_name=field_name,
                message=message,
                row=prepared.row,
            )
        )

    def _file(self, step: Step) -> str:
        return "" if step.source is None else self.mapping.sources[step.source].file


def _equal(found: Json, sent: Json) -> bool:
    """Whether two members say the same; "0.1" and "0.10" do."""
    if found == sent or not (isinstance(found, str) and isinstance(sent, str)):
        return found == sent
    try:
        return Decimal(found) == Decimal(sent)
    except InvalidOperation:
        return False


def _batches(rows: Sequence[Prepared], size: int) -> Iterable[Sequence[Prepared]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]

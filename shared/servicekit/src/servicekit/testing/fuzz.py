"""Requests generated from a service's own API document, for tests that want every operation.

Needs schemathesis and hypothesis, which only the development requirements have.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from servicekit.http.problems import registry

if TYPE_CHECKING:
    from servicekit.testing.http import Api

LIKELY = {
    "_currency": ["EUR", "EUR", "EUR", "USD", "JPY"],
    "_country": ["DE", "FR", "US"],
    "_on": ["2026-01-05", "2026-01-06", "2026-02-01"],
    "_from": ["2020-01-01", "2026-01-01"],
    "_as_of": ["2026-01-31"],
    "_at": ["2026-01-05T09:00:00Z"],
    "_unit": ["pcs", "kg"],
    "_quantity": ["1", "2", "2.5", "100"],
    "_amount": ["1", "12.50", "100"],
    "_price": ["1", "12.50", "899"],
    "_cost": ["1", "7.25"],
    "_rate": ["0.19", "0"],
    "_fraction": ["0.1", "0"],
    "_tax_category": ["standard"],
}
MODES = (GenerationMode.POSITIVE, GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
"""Twice what is allowed: the second time with what the first has made."""


class Fuzz:
    """Sends generated requests, using identifiers that earlier answers gave away."""

    def __init__(
        self,
        api: Api,
        address: str,
        *,
        examples: int = 8,
        likely: Mapping[str, Sequence[Any]] | None = None,
    ) -> None:
        """`likely` has values for members of a name that no generator hits upon."""
        self.examples = examples
        self.likely = likely or {}
        self.address = address
        self.headers = {"Authorization": f"Bearer {api.token}"}
        self.schema = schemathesis.openapi.from_dict(api.app.openapi())
        self.known: dict[str, list[str]] = defaultdict(list)
        self.source = random.Random(7)
        self.made_up: set[str] = set()
        """Identifiers that came out of the generator, not out of an answer."""
        self.faults: list[str] = []
        self.answers: Counter[tuple[str, int]] = Counter()

    def run(self, modes: tuple[GenerationMode, ...] = MODES) -> list[str]:
        """Try every operation, commands first; returns what went wrong, each with its curl."""
        operations: list[Any] = [
            found.ok() for found in self.schema.get_all_operations() if isinstance(found, Ok)
        ]
        operations.sort(key=lambda operation: (operation.method != "post", operation.path))
        for mode in modes:
            for operation in operations:
                if operation.path.endswith("/stream") or "/oddities/" in operation.path:
                    continue
                self._try(operation, mode)
        return self.faults

    def _try(self, operation: Any, mode: GenerationMode) -> None:
        @settings(
            max_examples=self.examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            verbosity=Verbosity.quiet,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def send(case: Any) -> None:
            self._send(case, mode)

        try:
            send()
        except AssertionError as error:
            self.faults.append(f"{operation.method.upper()} {operation.path}: {error}")

    def _send(self, case: Any, mode: GenerationMode) -> None:
        headers = dict(self.headers)
        self.made_up |= {value for _, value in members(case.body) if is_uuid(value)}
        if mode is GenerationMode.POSITIVE:
            self._use_what_is_known(case)
            if case.method != "GET":
                headers["Idempotency-Key"] = str(uuid4())
        answer = case.call(base_url=self.address, headers=headers, timeout=30)
        if answer.content == b"Invalid HTTP request received.":
            return  # The server's parser: such a request never reached the application.
        self.answers[f"{case.method} {case.operation.path}", answer.status_code] += 1
        curl = case.as_curl_command(headers={"Authorization": "Bearer ..."})
        assert answer.status_code < 500, f"{answer.status_code} {answer.text}\n{curl}"
        media_type = answer.headers.get("content-type", [""])[0]
        body: Any = answer.json() if answer.content and "json" in media_type else None
        if answer.status_code >= 400:
            assert media_type == "application/problem+json", curl
            assert body["code"] in registry(), f"{body}\n{curl}"
            assert body["hint"], curl
            return
        checks = [status_code_conformance, content_type_conformance, response_schema_conformance]
        try:
            case.validate_response(answer, checks=checks)
        except Exception as error:
            raise AssertionError(f"{error}\n{curl}") from error
        self._remember(case.operation.path, body)

    def remember(self, name: str, value: str) -> None:
        """Use this identifier where a parameter or member of this name is wanted."""
        if value not in self.known[name] and len(self.known[name]) < 20:
            self.known[name].append(value)

    def _use_what_is_known(self, case: Any) -> None:
        parameters: dict[str, Any] = case.path_parameters or {}
        for name, value in parameters.items():
            collection = case.operation.path.partition(f"/{{{name}}}")[0]
            parameters[name] = self._pick(collection) or self._pick(name) or value
        self._fill(case.body)
        if "If-Match" in (case.headers or {}):
            case.headers["If-Match"] = f'"{self.source.choice([1, 1, 1, 2])}"'

    def _fill(self, body: Any) -> None:
        if isinstance(body, dict):
            for name, value in body.items():
                if name in self.likely and self.source.random() < 0.8:
                    body[name] = self.source.choice(self.likely[name])
                elif isinstance(value, str):
                    body[name] = self._pick(name) or self._likely(name) or value
                else:
                    self._fill(value)
        elif isinstance(body, list):
            for inner in body:
                self._fill(inner)

    def _likely(self, name: str) -> str | None:
        """A value that a form of this name usually takes; patterns alone rarely hit one."""
        if self.source.random() < 0.2:
            return None
        for ending, values in LIKELY.items():
            if name == ending.lstrip("_") or (ending[0] == "_" and name.endswith(ending)):
                return self.source.choice(values)
        return None

    def _pick(self, name: str) -> str | None:
        found = self.known.get(name)
        return self.source.choice(found) if found and self.source.random() < 0.9 else None

    def _remember(self, path: str, body: Any) -> None:
        collection = [part for part in path.split("/") if part and not part.startswith("{")][-1]
        own = f"{collection.removesuffix('s').replace('-', '_')}_id"
        for name, value in members(body):
            if is_uuid(value):
                self.remember(own if name == "id" else name, value)
                if name == "id":
                    self.remember(path.removesuffix("/bulk"), value)


def members(body: Any) -> list[tuple[str, str]]:
    """Every text member of a document, with its name, however deep."""
    if isinstance(body, dict):
        found = [(name, value) for name, value in body.items() if isinstance(value, str)]
        return found + [pair for value in body.values() for pair in members(value)]
    if isinstance(body, list):
        return [pair for value in body for pair in members(value)]
    return []


def is_uuid(value: str) -> bool:
    """Whether text is a UUID."""
    try:
        UUID(value)
    except ValueError:
        return False
    return True

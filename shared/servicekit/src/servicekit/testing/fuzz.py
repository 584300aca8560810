"""Requests generated from a service's own API document, for tests that want every operation.

Needs schemathesis and hypothesis, which only the development requirements have.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
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

MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


class Fuzz:
    """Sends generated requests, using identifiers that earlier answers gave away."""

    def __init__(self, api: Api, address: str, *, examples: int = 12) -> None:
        self.examples = examples
        self.address = address
        self.headers = {"Authorization": f"Bearer {api.token}"}
        self.schema = schemathesis.openapi.from_dict(api.app.openapi())
        self.known: dict[str, list[str]] = defaultdict(list)
        self.source = random.Random(7)
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
        if mode is GenerationMode.POSITIVE:
            self._use_what_is_known(case)
            if case.method != "GET":
                headers["Idempotency-Key"] = str(uuid4())
        answer = case.call(base_url=self.address, headers=headers, timeout=30)
        if answer.text == "Invalid HTTP request received.":
            return  # The server's parser: such a request never reached the application.
        self.answers[f"{case.method} {case.operation.path}", answer.status_code] += 1
        curl = case.as_curl_command(headers={"Authorization": "Bearer ..."})
        assert answer.status_code < 500, f"{answer.status_code} {answer.text}\n{curl}"
        body: Any = answer.json() if answer.content else None
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == ["application/problem+json"], curl
            assert body["code"] in registry(), f"{body}\n{curl}"
            assert body["hint"], curl
            return
        checks = [status_code_conformance, content_type_conformance, response_schema_conformance]
        try:
            case.validate_response(answer, checks=checks)
        except Exception as error:
            raise AssertionError(f"{error}\n{curl}") from error
        self._remember(case.operation.path, body)

    def _use_what_is_known(self, case: Any) -> None:
        for name in list(case.path_parameters or {}):
            case.path_parameters[name] = self._pick(name) or case.path_parameters[name]
        self._fill(case.body)
        if "If-Match" in (case.headers or {}):
            case.headers["If-Match"] = f'"{self.source.choice([1, 1, 1, 2])}"'

    def _fill(self, body: Any) -> None:
        if isinstance(body, dict):
            for name, value in body.items():
                if name.endswith("_id") and isinstance(value, str):
                    body[name] = self._pick(name) or value
                else:
                    self._fill(value)
        elif isinstance(body, list):
            for inner in body:
                self._fill(inner)

    def _pick(self, name: str) -> str | None:
        found = self.known.get(name)
        return self.source.choice(found) if found and self.source.random() < 0.9 else None

    def _remember(self, path: str, body: Any) -> None:
        collection = [part for part in path.split("/") if part and not part.startswith("{")][-1]
        own = f"{collection.removesuffix('s').replace('-', '_')}_id"
        for name, value in members(body):
            if is_uuid(value) and len(self.known[own if name == "id" else name]) < 20:
                self.known[own if name == "id" else name].append(value)


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

"""Whatever the API documents allow, and a good deal that they do not, meets no server error."""

import asyncio
import importlib
import random
from collections import Counter, defaultdict
from typing import Any
from uuid import UUID, uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from servicekit.http.problems import registry
from servicekit.service import Service
from servicekit.testing.http import Api
from servicekit.testing.postgres import Databases
from servicekit.testing.serving import listening

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1_200),
    # Generated media types and patterns are not ours to warn about.
    pytest.mark.filterwarnings("ignore"),
]

EXAMPLES = 12
FACES = {"crm": "crm.app", "erp": "erp.app", "cpq": "cpq.app"}
SHELF = "servicekit.testing.shelf.service"


def available(module: str) -> Service:
    try:
        found: Service = importlib.import_module(module).service
    except ModuleNotFoundError as error:
        pytest.skip(f"{module} cannot be imported: {error}")
    return found


@pytest.mark.parametrize("module", [SHELF, *FACES.values()], ids=["shelf", *FACES])
async def test_no_request_meets_a_server_error(databases: Databases, module: str) -> None:
    async with (
        databases.of(available(module)) as database,
        Api.of(database, request_timeout_seconds=20) as api,
        listening(api.app) as address,
    ):
        # The document is read and the requests are sent by a thread, the
        # service answers on this loop.
        fuzz = Fuzz(api, address)
        faults = await asyncio.to_thread(fuzz.run)
    assert not faults, "\n\n".join(faults[:10])
    # A fuzzer that only ever meets refusals has tested nothing but validation.
    operations = {operation for operation, _ in fuzz.answers}
    served = {operation for operation, status in fuzz.answers if status < 300}
    print(f"{len(served)} of {len(operations)} operations served; never: {operations - served}")
    assert len(served) >= len(operations) / 2


class Fuzz:
    """Sends generated requests, using identifiers that earlier answers gave away."""

    def __init__(self, api: Api, address: str) -> None:
        self.address = address
        self.headers = {"Authorization": f"Bearer {api.token}"}
        self.schema = schemathesis.openapi.from_dict(api.app.openapi())
        self.known: dict[str, list[str]] = defaultdict(list)
        self.source = random.Random(7)
        self.faults: list[str] = []
        self.answers: Counter[tuple[str, int]] = Counter()

    def run(self) -> list[str]:
        """Every operation, commands first, twice: the second time with what the first made."""
        operations = [found.ok() for found in self.schema.get_all_operations()]
        operations.sort(key=lambda operation: (operation.method != "post", operation.path))
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            for operation in operations:
                if operation.path.endswith("/stream") or "/oddities/" in operation.path:
                    continue
                self._try(operation, mode)
        return self.faults

    def _try(self, operation: Any, mode: GenerationMode) -> None:
        @settings(
            max_examples=EXAMPLES,
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
        body = answer.json() if answer.content else None
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
        for name, value in _members(body):
            if _is_uuid(value) and len(self.known[own if name == "id" else name]) < 20:
                self.known[own if name == "id" else name].append(value)


def _members(body: Any) -> list[tuple[str, Any]]:
    if isinstance(body, dict):
        found = [(name, value) for name, value in body.items() if isinstance(value, str)]
        return found + [pair for value in body.values() for pair in _members(value)]
    if isinstance(body, list):
        return [pair for value in body for pair in _members(value)]
    return []


def _is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True

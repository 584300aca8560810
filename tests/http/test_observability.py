"""One trace id joins the answer, the log line, the outbox row and the exported span."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import REGISTRY

from servicekit import logging as our_logging
from servicekit import telemetry
from servicekit.testing.http import Api

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
BOOK = {"title": "Dune", "isbn": "1", "price": "1"}


Written = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Written]:
    """A service that logs as in production; what it wrote since the last look."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    our_logging.configure("shelf")
    yield lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    our_logging._access_form = None


async def test_a_request_is_one_log_line_with_trace_and_tenant(api: Api, written: Written) -> None:
    answer = await api.post(
        "/v1/books", BOOK, headers={"traceparent": PARENT, "X-Correlation-Id": "order-7"}
    )
    assert answer.headers["x-trace-id"] == TRACE
    [line] = [line for line in written() if line["event"] == "request"]
    verified = await api.app.state.edge.authenticator.authenticate(f"Bearer {api.token}")
    assert line["trace_id"] == TRACE
    assert line["correlation_id"] == "order-7"
    assert line["tenant"] == verified.principal.tenant
    assert line["principal"] == "ada"
    assert (line["method"], line["route"], line["status"]) == ("POST", "/v1/books", 201)
    assert line["service"] == "shelf"
    assert line["milliseconds"] > 0


async def test_a_mistake_is_logged_once_with_the_trace_id_of_the_answer(
    api: Api, written: Written
) -> None:
    answer = await api.get("/v1/oddities/bug")
    lines = [line for line in written() if line.get("level") == "error"]
    assert [line["trace_id"] for line in lines] == [answer.json()["trace_id"]]
    assert "ZeroDivisionError" in lines[0]["error"]
    assert "service.py" in lines[0]["traceback"]


async def test_neither_tokens_nor_bodies_nor_queries_are_logged(api: Api, written: Written) -> None:
    await api.post("/v1/books", {**BOOK, "title": "very private"})
    await api.get("/v1/books", title="very private")
    await api.post("/v1/oddities/sql", {"sql": "SELECT * FROM very_private"})
    text = json.dumps(written())
    assert api.token is not None
    assert "/v1/oddities/sql" in text
    assert "very private" not in text
    assert api.token not in text


async def test_probes_are_not_logged(api: Api, written: Written) -> None:
    await api.get("/health/live")
    assert written() == []


def test_secrets_are_masked_wherever_they_stand() -> None:
    event = our_logging.mask_secrets(
        None,
        "info",
        {
            "password": "p",
            "details": {"api_key": "k", "name": "n"},
            "url": "postgresql://ada:p4ss@host/db",
            "token": None,
            "cursor_key": "k",
        },
    )
    assert event == {
        "password": "[masked]",
        "details": {"api_key": "[masked]", "name": "n"},
        "url": "postgresql://ada:[masked]@host/db",
        "token": None,
        "cursor_key": "[masked]",
    }


def test_other_libraries_log_as_json_too(written: Written) -> None:
    logging.getLogger("some.library").warning("hello %s", "there", extra={"secret": "s"})
    try:
        raise ValueError("boom")
    except ValueError:
        our_logging.get_logger("ours").exception("failed", order=7)
    first, second = written()
    assert (first["event"], first["level"], first["secret"]) == (
        "hello there",
        "warning",
        "[masked]",
    )
    assert "ValueError: boom" in second["exception"]
    assert second["order"] == 7


def test_a_library_that_repeats_itself_is_written_once(written: Written) -> None:
    for _ in range(100):
        logging.getLogger("aiokafka.conn").error("Unable to connect to node %s", 1)
    logging.getLogger("servicekit.messaging.relay").warning("the bus is away")
    assert [line["event"] for line in written()] == [
        "Unable to connect to node 1",
        "the bus is away",
    ]


async def test_the_outbox_carries_the_trace_of_the_request(api: Api) -> None:
    verified = await api.app.state.edge.authenticator.authenticate(f"Bearer {api.token}")
    with telemetry.span_from(PARENT, "test"):
        async with api.app.state.edge.database.unit_of_work(verified.principal) as uow:
            assert uow.traceparent is not None
            assert uow.traceparent.split("-")[1] == TRACE
            assert uow.traceparent != PARENT


def test_ids_exist_without_an_exporter() -> None:
    assert telemetry.current_traceparent() is None
    with telemetry.span_from(None, "root"):
        root = telemetry.current_traceparent()
        assert root is not None
        with telemetry.span_from(root, "child"):
            child = telemetry.current_traceparent()
        assert child is not None
        assert child.split("-")[1] == root.split("-")[1] == telemetry.trace_id()
        assert child.split("-")[2] != root.split("-")[2]
    assert telemetry.current_traceparent() is None


def test_a_malformed_traceparent_starts_a_new_trace() -> None:
    for bad in ("", "x", "00-0-0-0", f"ff-{TRACE}-b7ad6b7169203331-01", PARENT + "-x", "é" * 55):
        with telemetry.span_from(bad, "root"):
            assert telemetry.trace_id() != TRACE
    assert telemetry.parse_traceparent(f"00-{'0' * 32}-b7ad6b7169203331-01") is None


@given(st.text(max_size=80))
def test_any_traceparent_can_be_received(text: str) -> None:
    telemetry.parse_traceparent(text)


async def test_spans_join_a_request_to_what_continues_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter = InMemorySpanExporter()
    monkeypatch.setattr(telemetry, "_instrument_asyncpg", lambda provider: None)
    telemetry.configure(
        "shelf", version="0", environment="test", otlp_endpoint=None, exporter=exporter
    )
    provider = telemetry._provider
    assert provider is not None
    try:
        answer = await api.get("/v1/oddities/me", headers={"traceparent": PARENT})
        with (
            pytest.raises(ValueError, match="boom"),
            telemetry.span_from(f"00-{answer.headers['x-trace-id']}-{'1' * 16}-01", "handle"),
        ):
            raise ValueError("boom")
        provider.force_flush()
        spans: dict[str, ReadableSpan] = {s.name: s for s in exporter.get_finished_spans()}
    finally:
        monkeypatch.setattr(telemetry, "_provider", None)
        provider.shutdown()
    served, handled = spans["GET /v1/oddities/me"], spans["handle"]
    assert served.context is not None
    assert handled.context is not None
    assert f"{served.context.trace_id:032x}" == TRACE
    assert handled.context.trace_id == served.context.trace_id
    assert served.attributes is not None
    assert served.attributes["http.route"] == "/v1/oddities/me"
    assert not handled.status.is_ok


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, {"service": "shelf", **labels}) or 0.0


async def test_requests_are_counted_by_template_and_status(api: Api) -> None:
    labels = {"method": "GET", "route": "/v1/books/{book_id}", "status": "422"}
    before = value("tradewind_http_requests_total", **labels)
    for name in ("a", "b"):
        await api.get(f"/v1/books/{name}")
    assert value("tradewind_http_requests_total", **labels) == before + 2
    page = (await api.with_token(None).get("/metrics")).text
    assert "/v1/books/a" not in page
    assert 'route="unmatched"' in page or (await api.get("/nowhere")).status_code == 404
    assert 'tradewind_database_pool_connections{service="shelf",state="allowed"} 8.0' in page
    assert "tradewind_http_request_seconds_bucket" in page
    assert value("tradewind_http_requests_in_flight") == 0


async def test_problems_are_counted_by_code(api: Api) -> None:
    before = value("tradewind_http_problems_total", code="book-not-found")
    await api.get("/v1/books/0191d3f2-7a63-7cc3-9d2a-5e0f8f6f0a11")
    assert value("tradewind_http_problems_total", code="book-not-found") == before + 1

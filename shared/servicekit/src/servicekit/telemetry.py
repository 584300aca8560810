"""Traces: one id from the request through the outbox to every consumer.

Trace and span ids always exist: they are in every log line, problem and outbox
row. Spans are recorded and exported only when an OTLP endpoint is configured,
because a recorded span costs a request some fifty microseconds and an id two.
"""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
)

_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_random = random.Random()  # Ids need to be unique, not unguessable.
_provider: TracerProvider | None = None


def configure(
    service: str,
    *,
    version: str,
    environment: str,
    otlp_endpoint: str | None,
    exporter: SpanExporter | None = None,
) -> None:
    """Start exporting spans if there is somewhere to export them to.

    `otlp_endpoint` is the base address of an OTLP/HTTP collector. `exporter`
    replaces it in tests.
    """
    global _provider
    if exporter is None and otlp_endpoint:
        exporter = OTLPSpanExporter(endpoint=f"{otlp_endpoint.rstrip('/')}/v1/traces")
    if exporter is None or _provider is not None:
        return
    _provider = TracerProvider(
        resource=Resource.create(
            {
                "service.name": f"tradewind-{service}",
                "service.version": version,
                "deployment.environment.name": environment,
            }
        )
    )
    _provider.add_span_processor(BatchSpanProcessor(exporter))
    _instrument_asyncpg(_provider)


def shutdown() -> None:
    """Send what is waiting and stop exporting."""
    global _provider
    provider, _provider = _provider, None
    if provider is not None:
        _asyncpg_instrumentor().uninstrument()
        provider.shutdown()


def _instrument_asyncpg(provider: TracerProvider) -> None:
    _asyncpg_instrumentor().instrument(tracer_provider=provider)


def _asyncpg_instrumentor() -> Any:
    # Imported here: it patches asyncpg, and only an exporting process wants that.
    # The SQLAlchemy instrumentor refuses SQLAlchemy 2.1. The package carries no types.
    from opentelemetry.instrumentation import asyncpg

    instrumentor: Any = asyncpg.AsyncPGInstrumentor
    return instrumentor()


def current_traceparent() -> str | None:
    """The W3C `traceparent` of the running span, or None outside any span."""
    current = trace.get_current_span().get_span_context()
    if not current.is_valid:
        return None
    return f"00-{current.trace_id:032x}-{current.span_id:016x}-{int(current.trace_flags):02x}"


def trace_id() -> str:
    """The running trace's id as 32 hex digits; all zeros outside any span."""
    return f"{trace.get_current_span().get_span_context().trace_id:032x}"


def parse_traceparent(traceparent: str | None) -> SpanContext | None:
    """The remote span that a `traceparent` names, or None when it is absent or malformed."""
    if traceparent is None or len(traceparent) < 55:
        return None
    parts = traceparent.split("-")
    if len(parts) < 4 or (len(parts) > 4 and parts[0] == "00"):
        return None
    version, trace_hex, span_hex, flags_hex = parts[:4]
    if (len(version), len(trace_hex), len(span_hex), len(flags_hex)) != (2, 32, 16, 2):
        return None
    if version == "ff" or not set(version + trace_hex + span_hex + flags_hex) <= _HEX:
        return None
    found = SpanContext(
        trace_id=int(trace_hex, 16),
        span_id=int(span_hex, 16),
        is_remote=True,
        trace_flags=TraceFlags(int(flags_hex, 16) & TraceFlags.SAMPLED),
    )
    return found if found.is_valid else None


_HEX = frozenset("0123456789abcdef")


def start_span(
    name: str,
    *,
    parent: SpanContext | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, str | int] | None = None,
) -> Span:
    """A span under `parent`, or under the running span, or at the root of a new trace.

    The caller ends it. Without an exporter it only carries ids.
    """
    if _provider is not None:
        under = None
        if parent is not None:
            under = trace.set_span_in_context(NonRecordingSpan(parent))
        tracer = _provider.get_tracer("tradewind")
        return tracer.start_span(name, context=under, kind=kind, attributes=attributes)
    above = parent or trace.get_current_span().get_span_context()
    return NonRecordingSpan(
        SpanContext(
            trace_id=above.trace_id if above.is_valid else _random.getrandbits(128) or 1,
            span_id=_random.getrandbits(64) or 1,
            is_remote=False,
            trace_flags=above.trace_flags if above.is_valid else _SAMPLED,
        )
    )


@contextmanager
def running(span: Span) -> Iterator[Span]:
    """Make `span` the running one; end it afterwards, marked as failed if an exception passes."""
    token = context.attach(trace.set_span_in_context(span))
    try:
        yield span
    except Exception as error:
        if span.is_recording():
            span.record_exception(error)
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
        raise
    finally:
        context.detach(token)
        span.end()


@contextmanager
def span_from(
    traceparent: str | None,
    name: str,
    *,
    kind: SpanKind = SpanKind.CONSUMER,
    attributes: Mapping[str, str | int] | None = None,
) -> Iterator[Span]:
    """Continue the trace that `traceparent` names; consumers wrap each message in this.

    A missing or malformed `traceparent` starts a new trace.
    """
    started = start_span(
        name, parent=parse_traceparent(traceparent), kind=kind, attributes=attributes
    )
    with running(started) as span:
        yield span

"""Structured logs: one JSON object a line, joined to traces by `trace_id`.

Secrets never reach a log: members that name one are masked wherever they stand
in the event, and neither bodies, tokens nor query strings are ever logged.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

import orjson
import structlog
from opentelemetry import trace
from opentelemetry.trace import SpanContext

from servicekit.log_floods import FloodGate

_SECRET = re.compile(
    r"password|passwd|secret|token|authorization|cookie|api[-_]?key|private[-_]?key|cursor[-_]?key",
    re.IGNORECASE,
)
_DATABASE_PASSWORD = re.compile(r"(://[^:/@\s]+:)[^@/\s]+@")
_MASK = "[masked]"
_access_form: Literal["json", "console"] | None = None


def configure(
    service: str, *, level: str | int = logging.INFO, form: Literal["json", "console"] = "json"
) -> None:
    """Send everything, the standard library's loggers included, to standard output.

    `form` "console" is for people at a terminal; containers keep "json".
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _trace_ids,
        structlog.processors.StackInfoRenderer(),
    ]
    if form == "json":
        shared.append(structlog.processors.format_exc_info)
    shared.append(mask_secrets)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(serializer=_dumps)
        if form == "json"
        else structlog.dev.ConsoleRenderer()
    )
    handler = _ToStandardOutput()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    handler.addFilter(FloodGate("aiokafka", service=service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    structlog.contextvars.bind_contextvars(service=service)
    # Their own handlers would print every line twice and not as JSON.
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True
    # httpx logs whole addresses, query included, for every call.
    for name in ("aiokafka", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    global _access_form
    _access_form = form if root.isEnabledFor(logging.INFO) else None


class _ToStandardOutput(logging.StreamHandler[TextIO]):
    """Writes to whatever standard output is now, not to what it was when logging was set up."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stdout


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module; call with `__name__`."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def access_log(service: str, span: SpanContext, **members: str | int | float | None) -> None:
    """One line for one answered request.

    Written past the logging machinery, which would cost more than routing the
    request does; nothing in it needs masking. Silent until `configure`.
    """
    if _access_form is None:
        return
    if _access_form == "console":
        get_logger("http").info("request", **members)
        return
    members = {
        "event": "request",
        "level": "info",
        "logger": "http",
        "timestamp": datetime.now(UTC).isoformat(),
        "service": service,
        "trace_id": f"{span.trace_id:032x}",
        "span_id": f"{span.span_id:016x}",
        **members,
    }
    sys.stdout.write(orjson.dumps(members).decode() + "\n")
    sys.stdout.flush()


def _trace_ids(
    logger: object, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    current = trace.get_current_span().get_span_context()
    if current.is_valid:
        event["trace_id"] = f"{current.trace_id:032x}"
        event["span_id"] = f"{current.span_id:016x}"
    return event


def mask_secrets(
    logger: object, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace the values of members that name a secret, and passwords in URLs."""
    for key, value in event.items():
        event[key] = _masked(key, value)
    return event


def _masked(key: str, value: Any) -> Any:
    if _SECRET.search(key) and value is not None and not isinstance(value, bool):
        return _MASK
    if isinstance(value, str):
        return _DATABASE_PASSWORD.sub(rf"\1{_MASK}@", value) if "://" in value else value
    if isinstance(value, Mapping):
        return {name: _masked(str(name), inner) for name, inner in value.items()}
    return value


def _dumps(event: MutableMapping[str, Any], **kwargs: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()

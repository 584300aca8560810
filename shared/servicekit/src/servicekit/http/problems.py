"""Problems (RFC 9457): one shape for every refusal, with a code that never changes.

This is the only place where a kind of refusal becomes a status. Slices raise
`Refusal` subclasses and know nothing of HTTP.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from servicekit import telemetry
from servicekit.errors import Kind, Refusal, refusals

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 100

STATUS: Mapping[Kind, int] = {
    Kind.MALFORMED: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.RULE: 409,
    Kind.STALE: 412,
    Kind.TOO_LARGE: 413,
    Kind.INVALID: 422,
    Kind.PRECONDITION_REQUIRED: 428,
    Kind.TOO_MANY: 429,
    Kind.UNAVAILABLE: 503,
}


class FieldError(BaseModel):
    """One thing that is wrong with one member of the request."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    field: str
    """Where: a dotted path into the body, or `query.`, `path.` or `header.` and a name."""
    code: str
    """What is wrong, as a code that never changes."""
    message: str
    """What is wrong, or what to do about it, in a sentence."""


class Problem(BaseModel):
    """Why a request was refused, and what to do about it."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: str
    """Address of the page that explains the code, relative to this service."""
    title: str
    """The law that was broken, in a sentence."""
    status: int
    """The HTTP status of the answer."""
    code: str
    """What is wrong, as a code that never changes its meaning."""
    detail: str
    """What happened this time."""
    hint: str
    """What to do about it."""
    errors: list[FieldError] = []
    """What is wrong with which member of the request, where that is known."""
    trace_id: str
    """Names this request in the service's logs and traces."""
    instance: str
    """The path that was asked for."""


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A class of refusals: what `/problems/{code}` explains."""

    code: str
    status: int
    title: str
    hint: str

    @property
    def uri(self) -> str:
        """The reference in the problem's `type`, relative to the service."""
        return f"/problems/{self.code}"


_edge: dict[str, ProblemType] = {}


def _declare(code: str, status: int, title: str, hint: str) -> ProblemType:
    _edge[code] = problem = ProblemType(code, status, title, hint)
    return problem


MALFORMED_JSON = _declare(
    "malformed-json",
    400,
    "The body is not JSON in UTF-8",
    "Check quotes, commas and brackets; send UTF-8 without a byte order mark.",
)
MALFORMED_REQUEST = _declare(
    "malformed-request",
    400,
    "The request cannot be understood",
    "Check the request line, headers and query string.",
)
IDEMPOTENCY_KEY_MISSING = _declare(
    "idempotency-key-missing",
    400,
    "A command needs an Idempotency-Key",
    "Send `Idempotency-Key: <a fresh UUID>`; send the same key again when you retry.",
)
IDEMPOTENCY_KEY_INVALID = _declare(
    "idempotency-key-invalid",
    400,
    "The Idempotency-Key has the wrong form",
    "Use 1 to 128 visible ASCII characters; a UUID does well.",
)
INVALID_CURSOR = _declare(
    "invalid-cursor",
    400,
    "The cursor does not belong to this list",
    "Cursors hold for the same tenant, filters and sort only: start again without `cursor`.",
)
TOKEN_MISSING = _declare(
    "token-missing",
    401,
    "An access token is needed",
    "Send `Authorization: Bearer <access token>`.",
)
TOKEN_INVALID = _declare(
    "token-invalid",
    401,
    "The access token is not accepted",
    "Get a new access token for this service's audience from the identity provider.",
)
TOKEN_EXPIRED = _declare(
    "token-expired",
    401,
    "The access token has expired",
    "Get a new access token; check this machine's clock when it happens at once.",
)
PERMISSION_MISSING = _declare(
    "permission-missing",
    403,
    "The caller lacks the permission this needs",
    "Ask an administrator for a role that includes the permission named in the detail.",
)
UNKNOWN_ROUTE = _declare(
    "unknown-route", 404, "There is nothing at this address", "See /docs for what there is."
)
METHOD_NOT_ALLOWED = _declare(
    "method-not-allowed",
    405,
    "This address does not take that method",
    "See the Allow header for the methods it takes.",
)
CONFLICT = _declare(
    "conflict",
    409,
    "The change collides with what is stored",
    "Read the current state and decide again; something with this identity may exist already.",
)
TRY_AGAIN = _declare(
    "concurrent-change",
    409,
    "Another change of the same records came first",
    "Send the same request again with the same Idempotency-Key.",
)
BODY_TOO_LARGE = _declare(
    "body-too-large",
    413,
    "The body is larger than this address takes",
    "Split it: bulk routes take up to 1000 rows a request.",
)
PATH_TOO_LONG = _declare(
    "address-too-long", 414, "The address is too long", "Shorten the query; page with `cursor`."
)
MEDIA_TYPE_UNSUPPORTED = _declare(
    "media-type-unsupported",
    415,
    "The body must be JSON",
    "Send `Content-Type: application/json`.",
)
INVALID_INPUT = _declare(
    "invalid-input",
    422,
    "The request does not have the form this address takes",
    "See `errors`: each entry names a field and says what to do.",
)
IF_MATCH_MISSING = _declare(
    "if-match-missing",
    428,
    "A change must say which version it was made from",
    "Read the resource and send its ETag as If-Match.",
)
TOO_MANY_REQUESTS = _declare(
    "too-many-requests",
    429,
    "More requests than this caller may send",
    "Wait as long as Retry-After says.",
)
INTERNAL_ERROR = _declare(
    "internal-error",
    500,
    "The service made a mistake",
    "It has been logged under the trace id; send the same request again with the same key.",
)
UNAVAILABLE = _declare(
    "service-unavailable",
    503,
    "The service cannot reach what it needs",
    "Wait as long as Retry-After says and send the same request again with the same key.",
)
IDENTITY_UNAVAILABLE = _declare(
    "identity-provider-unavailable",
    503,
    "The token cannot be checked: the identity provider does not answer",
    "Wait as long as Retry-After says and try again.",
)
TIMED_OUT = _declare(
    "request-timed-out",
    503,
    "The request took longer than it may",
    "Send the same request again with the same key; ask for less at once.",
)


@dataclass(eq=False)
class EdgeProblem(Exception):
    """A refusal by the edge itself, before or around a slice."""

    problem: ProblemType
    detail: str = ""
    errors: Sequence[FieldError] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.problem.code}: {self.detail}"


def of_refusal(refusal: type[Refusal]) -> ProblemType:
    """The problem type of a slice's refusal."""
    return ProblemType(refusal.code, STATUS[refusal.kind], refusal.title, refusal.hint)


def registry(service: str | None = None) -> dict[str, ProblemType]:
    """Every problem that a service can answer with, by code; of all services without one."""
    known = dict(_edge)
    for code, refusal in refusals(service).items():
        known.setdefault(code, of_refusal(refusal))
    return dict(sorted(known.items()))


def invalid(field_name: str, message: str, code: str = "invalid") -> EdgeProblem:
    """A 422 for one field that pydantic does not see, such as a query filter."""
    return EdgeProblem(
        INVALID_INPUT,
        f"{field_name}: {message}",
        [FieldError(field=field_name, code=code, message=message)],
    )


def render(
    problem: ProblemType,
    detail: str,
    *,
    instance: str,
    errors: Iterable[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The problem as a response."""
    body = body_of(problem, detail, instance=instance, errors=errors)
    return Response(
        orjson.dumps(body), status_code=problem.status, headers=headers, media_type=MEDIA_TYPE
    )


def body_of(
    problem: ProblemType, detail: str, *, instance: str, errors: Iterable[FieldError] = ()
) -> dict[str, Any]:
    """The members of the problem document."""
    return {
        "type": problem.uri,
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "detail": detail or problem.title,
        "hint": problem.hint,
        "errors": [error.model_dump() for error in errors],
        "trace_id": telemetry.trace_id(),
        "instance": instance,
    }


def refusal_body(refusal: Refusal, *, instance: str) -> dict[str, Any]:
    """A slice's refusal as a problem document; also used for the rows of a bulk command."""
    return body_of(
        of_refusal(type(refusal)),
        refusal.detail,
        instance=instance,
        errors=refusal_errors(refusal),
    )


def refusal_errors(refusal: Refusal) -> list[FieldError]:
    """The fields a refusal points at, if it names any."""
    if refusal.faults:
        return [
            FieldError(field=fault.field, code=refusal.code, message=fault.message)
            for fault in refusal.faults[:MOST_ERRORS]
        ]
    if refusal.field is None:
        return []
    return [FieldError(field=refusal.field, code=refusal.code, message=refusal.detail)]


def problem_responses(
    declared: Iterable[type[Refusal]], *more: ProblemType
) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses for the refusals of a route, grouped by status."""
    by_status: dict[int, list[ProblemType]] = {}
    for problem in [*(of_refusal(refusal) for refusal in declared), *more]:
        by_status.setdefault(problem.status, []).append(problem)
    return {
        status: {
            "description": "\n".join(f"- `{p.code}`: {p.title}." for p in problems),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, problems in sorted(by_status.items())
    }

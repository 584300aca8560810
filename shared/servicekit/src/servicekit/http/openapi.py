"""The OpenAPI 3.1 document: what FastAPI cannot know about our routes is added here."""

import inspect
from collections.abc import Iterator, Sequence
from types import UnionType
from typing import TYPE_CHECKING, Any, get_args

from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from servicekit.errors import InvalidInput, NotFound, Refusal, Stale
from servicekit.http.glossary import explain
from servicekit.http.problems import (
    BODY_TOO_LARGE,
    IDEMPOTENCY_KEY_INVALID,
    IDEMPOTENCY_KEY_MISSING,
    IF_MATCH_MISSING,
    INTERNAL_ERROR,
    INVALID_CURSOR,
    INVALID_INPUT,
    MALFORMED_JSON,
    MALFORMED_REQUEST,
    MEDIA_TYPE_UNSUPPORTED,
    PERMISSION_MISSING,
    TIMED_OUT,
    TOKEN_EXPIRED,
    TOKEN_INVALID,
    TOKEN_MISSING,
    TOO_MANY_REQUESTS,
    TRY_AGAIN,
    UNAVAILABLE,
    Problem,
    ProblemType,
    problem_responses,
)
from servicekit.http.router import SliceRoute
from servicekit.http.supplied import Supply
from servicekit.service import Service
from servicekit.uow import IdempotencyKeyReused, RequestInFlight

if TYPE_CHECKING:
    from servicekit.http.routes import EdgeRoute

_ALWAYS = (
    TOKEN_MISSING,
    TOKEN_INVALID,
    TOKEN_EXPIRED,
    PERMISSION_MISSING,
    TOO_MANY_REQUESTS,
    MALFORMED_REQUEST,
    INVALID_INPUT,
    INTERNAL_ERROR,
    UNAVAILABLE,
    TIMED_OUT,
)


def described(route: SliceRoute) -> str:
    """The endpoint's docstring with what the route needs."""
    text = inspect.cleandoc(route.endpoint.__doc__ or "")
    return f"{text}\n\nNeeds the permission `{route.permission}`.".strip()


def responses_of(route: SliceRoute) -> dict[int | str, dict[str, Any]]:
    """Every refusal this route may answer with."""
    refusals: list[type[Refusal]] = [*route.refusals]
    problems: list[ProblemType] = [*_ALWAYS]
    if "{" in route.path and not any(issubclass(r, NotFound) for r in refusals):
        refusals.append(NotFound)
    if route.unsafe:
        refusals += [IdempotencyKeyReused, RequestInFlight]
        problems += [IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_INVALID, TRY_AGAIN]
    if route.has_body:
        problems += [MALFORMED_JSON, BODY_TOO_LARGE, MEDIA_TYPE_UNSUPPORTED]
    if route.wants(Supply.IF_MATCH):
        refusals.append(Stale)
        problems.append(IF_MATCH_MISSING)
    if route.listing is not None:
        problems.append(INVALID_CURSOR)
    return problem_responses([r for r in refusals if r is not InvalidInput], *problems)


def document(service: Service, routes: Sequence["EdgeRoute"]) -> dict[str, Any]:
    """The service's OpenAPI document."""
    made = get_openapi(
        title=service.title,
        version=service.version,
        description=_description(service),
        openapi_version="3.1.0",
        routes=routes,
        tags=[{"name": tag} for tag in dict.fromkeys(t for r in routes for t in r.declared.tags)],
    )
    components = made.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    _, problem = models_json_schema(
        [(Problem, "serialization")], ref_template="#/components/schemas/{model}"
    )
    schemas.update(problem["$defs"])
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    components["securitySchemes"] = {
        "accessToken": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": f"An access token (RFC 9068) for the audience of {service.title}.",
        }
    }
    for route in routes:
        declared = route.declared
        operation = made["paths"][declared.path][declared.method.lower()]
        _complete(operation, declared)
    explain(made, service.glossary)
    return _with_short_names(made)


def _with_short_names(made: dict[str, Any]) -> dict[str, Any]:
    """Call a generic model by its title: `BookPage`, not `PageOut_BookOut_`."""
    schemas = made["components"]["schemas"]
    renamed = {
        name: schema["title"]
        for name, schema in schemas.items()
        if name.endswith("_") and schema.get("title", "").isidentifier()
    }
    if not renamed:
        return made
    assert not set(renamed.values()) & set(schemas), "a generic model's title is taken"
    made["components"]["schemas"] = {
        renamed.get(name, name): schema for name, schema in sorted(schemas.items())
    }
    refs = {f"#/components/schemas/{old}": new for old, new in renamed.items()}
    for holder in _ref_holders(made):
        if (new := refs.get(holder["$ref"])) is not None:
            holder["$ref"] = f"#/components/schemas/{new}"
    return made


def _ref_holders(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value
        for inner in value.values():
            yield from _ref_holders(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _ref_holders(inner)


def _description(service: Service) -> str:
    return (
        f"{service.description}\n\n"
        "Amounts and quantities are decimal strings. Commands need an `Idempotency-Key`; changes "
        "of versioned resources need `If-Match`. Refusals are problems (RFC 9457) with a stable "
        "`code`; each has a page under `/problems/{code}`."
    ).strip()


def _complete(operation: dict[str, Any], route: SliceRoute) -> None:
    operation["security"] = [{"accessToken": []}]
    operation["x-permission"] = route.permission
    parameters = operation.setdefault("parameters", [])
    if route.unsafe:
        parameters.append(
            _header(
                "Idempotency-Key",
                "A fresh key for each command; the same key again repeats the first answer.",
                {"type": "string", "pattern": "^[!-~]{1,128}$", "format": "uuid"},
                required=True,
            )
        )
    if route.wants(Supply.IF_MATCH):
        parameters.append(
            _header(
                "If-Match",
                "The ETag of the version this change was made from.",
                {"type": "string", "pattern": '^"[0-9]{1,18}"$', "examples": ['"1"']},
                required=True,
            )
        )
    if route.wants(Supply.MINIMAL):
        parameters.append(
            _header(
                "Prefer",
                "`return=minimal` asks for the answer without its lists, such as lines; "
                "`Preference-Applied` says that it was heard (RFC 7240).",
                {"type": "string", "examples": ["return=minimal"]},
            )
        )
    if route.wants(Supply.STREAM):
        parameters.append(
            _header("Last-Event-ID", "The id of the last event received.", {"type": "string"})
        )
        operation["responses"]["200"]["content"] = {"text/event-stream": {}}
    if route.produces:
        operation["responses"]["200"]["content"] = {
            media_type: {"schema": {"type": "string"}} for media_type in route.produces
        }
    if route.listing is not None:
        parameters += route.listing.parameters()
    if not parameters:
        del operation["parameters"]
    # FastAPI documents its own 422, which we never answer with.
    generic = operation["responses"].get("422")
    if generic and "application/json" in generic.get("content", {}):
        del generic["content"]["application/json"]
    if "version" in _returned_fields(route) and not route.asks:
        operation["responses"][str(route.status_code)].setdefault("headers", {})["ETag"] = {
            "description": "The version, for If-Match.",
            "schema": {"type": "string"},
        }


def _returned_fields(route: SliceRoute) -> frozenset[str]:
    every = get_args(route.returns) if isinstance(route.returns, UnionType) else (route.returns,)
    fields = [frozenset(getattr(one, "model_fields", None) or ()) for one in every]
    return frozenset.intersection(*fields)


def _header(
    name: str, description: str, schema: dict[str, Any], *, required: bool = False
) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": schema,
    }

"""Refusals: the answers of a rule that says no.

A slice declares one class per law, named after the law it states, beside the rule that raises it.
The HTTP edge turns the kind into a status and the code into a documented problem; a consumer parks
the message with the refusal as the reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """What sort of no it is; `servicekit.http` maps each kind to one HTTP status."""

    MALFORMED = "malformed"  # 400: the request cannot be read
    UNAUTHENTICATED = "unauthenticated"  # 401
    FORBIDDEN = "forbidden"  # 403
    NOT_FOUND = "not-found"  # 404
    RULE = "rule"  # 409: a law of the business forbids it in this state
    STALE = "stale"  # 412: somebody changed the row meanwhile
    TOO_LARGE = "too-large"  # 413
    INVALID = "invalid"  # 422: readable, but a value makes no sense
    PRECONDITION_REQUIRED = "precondition-required"  # 428
    TOO_MANY = "too-many"  # 429
    UNAVAILABLE = "unavailable"  # 503: try again later


@dataclass(frozen=True, slots=True)
class Fault:
    """One of several things that are wrong with an input."""

    field: str
    """Where: a dotted path, or another way of naming a place that the refusal's slice states."""
    message: str


class Refusal(Exception):
    """Base of every refusal.

    Subclasses give `code` (stable, kebab case, unique in the service), `title` (the law as a
    sentence) and `hint` (what to do about it). The instance adds `detail`, what happened this
    time; `field`, the offending input where there is one, as a dotted path; `faults`, where several
    inputs are wrong at once; and `context`, facts for logs and machine readers, which must be fit
    for the caller to see.
    """

    code: ClassVar[str] = "refused"
    kind: ClassVar[Kind] = Kind.RULE
    title: ClassVar[str] = "The request was refused"
    hint: ClassVar[str] = "Read the detail and change the request."

    def __init__(
        self,
        detail: str,
        *,
        field: str | None = None,
        faults: Sequence[Fault] = (),
        **context: object,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.faults = tuple(faults)
        self.context = context

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if "code" not in cls.__dict__:
            raise TypeError(f"{cls.__name__} needs a code of its own")
        for owner in {_owner(cls), _OWN}:
            taken = _registry.get((owner, cls.code))
            if taken is not None and _name(taken) != _name(cls):
                raise TypeError(f"code {cls.code!r} of {_name(cls)} already means {_name(taken)}")
        _registry[_owner(cls), cls.code] = cls


# A code is unique in a service, the kit's own included. Two services may each have an
# `item-not-found`: no caller speaks to both at one address, though tests import all three.
_registry: dict[tuple[str, str], type[Refusal]] = {}
_OWN = __name__.partition(".")[0]


def _owner(cls: type) -> str:
    return cls.__module__.partition(".")[0]


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def refusals(service: str | None = None) -> dict[str, type[Refusal]]:
    """Return the refusals that have been imported so far, by code, sorted.

    With a service (its package's name), those of that service and of the kit alone.
    """
    owners = {owner for owner, _ in _registry} if service is None else {service, _OWN}
    return {
        code: refusal for (owner, code), refusal in sorted(_registry.items()) if owner in owners
    }


class NotFound(Refusal):
    """What was asked for does not exist in this tenant, or is hidden from it."""

    code = "not-found"
    kind = Kind.NOT_FOUND
    title = "There is no such thing"
    hint = "Check the identifier; list the collection to see what exists."


class Forbidden(Refusal):
    """The principal may not do this."""

    code = "forbidden"
    kind = Kind.FORBIDDEN
    title = "You may not do this"
    hint = "Ask an administrator for a role that grants the permission named in the detail."


class RuleBroken(Refusal):
    """A law of the business forbids this in the present state."""

    code = "rule-broken"
    kind = Kind.RULE
    title = "A business rule forbids this"
    hint = "Read the detail: it names the rule and the state that broke it."


class Stale(Refusal):
    """The row has changed since the caller read it."""

    code = "stale"
    kind = Kind.STALE
    title = "Somebody changed this since you read it"
    hint = "Read it again, look at what changed, and send the request with the new ETag."


class InvalidInput(Refusal):
    """The input can be read, but a value in it makes no sense."""

    code = "invalid-input"
    kind = Kind.INVALID
    title = "The input is not valid"
    hint = "Correct the named field."

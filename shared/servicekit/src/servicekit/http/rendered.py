"""Answers that are written by their slice: JSON of a declared form, without objects for its parts.

An answer with thousands of like parts costs more to build as objects than to write. Such an
endpoint is declared `-> Rendered[StateOut]`: the API document shows `StateOut`, and what is sent is
what was written. A test shows that the two agree.
"""

from typing import Any, Generic, TypeVar, get_args, get_origin

from pydantic import BaseModel
from starlette.responses import Response

FormT = TypeVar("FormT", bound=BaseModel)


class Rendered(Response, Generic[FormT]):
    """JSON in UTF-8 of the form that `FormT` declares."""

    media_type = "application/json"

    def __init__(self, content: bytes) -> None:
        super().__init__(content)


def form_of(returns: Any) -> Any:
    """What an endpoint's annotation declares: `StateOut` of `Rendered[StateOut]`, else itself."""
    return get_args(returns)[0] if get_origin(returns) is Rendered else returns

"""ETags: the version of a resource, on the way out and on the way back in."""

import re

from starlette.requests import Request

from servicekit.http.problems import IF_MATCH_MISSING, EdgeProblem
from servicekit.http.validation import header_error

_ETAG = re.compile(r'"([0-9]{1,18})"\Z')


def etag(version: int) -> str:
    """The strong entity tag of a version."""
    return f'"{version}"'


def expected_version(request: Request) -> int:
    """The version in If-Match.

    Raises EdgeProblem: if-match-missing, or invalid-input for anything but one
    strong tag of ours: `*` and weak tags would say "whatever there is", which
    is how lost updates happen.
    """
    header = request.headers.get("if-match")
    if header is None:
        raise EdgeProblem(IF_MATCH_MISSING, "The request has no If-Match header.")
    found = _ETAG.match(header.strip())
    if found is None:
        raise header_error("If-Match", 'Send the ETag you were given, such as "3", with quotes.')
    return int(found.group(1))


def unchanged(request: Request, tag: str | None) -> bool:
    """Whether a GET's If-None-Match names this very tag."""
    header = request.headers.get("if-none-match")
    if header is None or tag is None:
        return False
    return any(part.strip().removeprefix("W/") == tag for part in header.split(","))

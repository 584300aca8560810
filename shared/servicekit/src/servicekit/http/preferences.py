"""What a client would rather have: an answer without what it knows already (RFC 7240)."""

from starlette.requests import Request

APPLIED = "return=minimal"


def wants_minimal(request: Request) -> bool:
    """Whether the client prefers a minimal answer.

    The first `return` of all Prefer headers counts; other preferences are not known, and ignored.
    """
    for one in ",".join(request.headers.getlist("prefer")).split(","):
        name, _, value = one.partition(";")[0].partition("=")
        if name.strip().lower() == "return":
            return value.strip().strip('"').lower() == "minimal"
    return False

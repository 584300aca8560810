"""Reading what a client sent, within bounds.

Everything here turns bad input into a 4xx that names the place: size before
content, then media type, encoding, JSON, depth, names given twice, and
characters that no column or document can hold.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope

from servicekit.http.problems import (
    BODY_TOO_LARGE,
    MALFORMED_JSON,
    MALFORMED_REQUEST,
    MEDIA_TYPE_UNSUPPORTED,
    PATH_TOO_LONG,
    EdgeProblem,
    FieldError,
    invalid,
)

DEEPEST = 32
LONGEST_QUERY = 8_192
_MOST_FIELDS = 200
_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^";\s]+)')
_ONCE = {
    name.lower().encode(): name
    for name in (
        "Authorization",
        "Idempotency-Key",
        "If-Match",
        "If-None-Match",
        "Host",
        "Last-Event-ID",
        "Content-Type",
        "Content-Encoding",
    )
}
"""The headers that an answer depends on."""
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What XML cannot hold (Extensible Markup Language 1.0, 2.2), hence no e-invoice and no print."""
_MAY_BE_UNWRITABLE = re.compile(rb"\\(?:[bf]|u(?:00[01]|[fF]{3}[eEfF]))|\xef\xbf[\xbe\xbf]")
_BLANK_AND_COLON = (b" :", b"\t:", b"\n:", b"\r:")


class EdgeRequest(Request):
    """A request whose body is JSON of bounded size and depth.

    `load` reads it first, because FastAPI would turn a refusal met while it
    reads the body itself into a bare 400.
    """

    def __init__(
        self, scope: Scope, receive: Receive, max_body_bytes: int, deepest: int | None = None
    ) -> None:
        super().__init__(scope, receive)
        self._max_body_bytes = max_body_bytes
        self._deepest = deepest or DEEPEST
        self._raw = b""
        self._parsed: Any = None

    async def load(self) -> None:
        """Read and parse the body.

        Raises EdgeProblem: body-too-large, media-type-unsupported,
        malformed-json, or invalid-input for a name given twice and for
        characters no column can hold.
        """
        self._raw = await self._read()
        if self._raw:
            _require_json(self.headers.get("content-type"))
            _require_plain(self.headers.get("content-encoding"))
            self._parsed = parse_json(self._raw, self._deepest)

    async def body(self) -> bytes:
        """The body as it came; empty before `load`."""
        return self._raw

    async def json(self) -> Any:
        """The body parsed; None before `load`."""
        return self._parsed

    async def _read(self) -> bytes:
        announced = self.headers.get("content-length")
        if announced is not None and announced.isdigit() and int(announced) > self._max_body_bytes:
            raise self._too_large()
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self._max_body_bytes:
                raise self._too_large()
            chunks.append(chunk)
            if not message.get("more_body", False):
                return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _too_large(self) -> EdgeProblem:
        return EdgeProblem(
            BODY_TOO_LARGE,
            f"The body may have {self._max_body_bytes} bytes here.",
            # What is left of the body will not be read.
            headers={"Connection": "close"},
        )


def _require_json(content_type: str | None) -> None:
    media_type, _, parameters = (content_type or "").lower().partition(";")
    media_type = media_type.strip()
    if media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    ):
        charset = _CHARSET.search(f";{parameters}")
        if charset is None or charset.group(1) in ("utf-8", "utf8", "us-ascii"):
            return
        raise EdgeProblem(
            MEDIA_TYPE_UNSUPPORTED, f"The body was sent as {charset.group(1)[:40]}; JSON is UTF-8."
        )
    raise EdgeProblem(
        MEDIA_TYPE_UNSUPPORTED,
        f"The body was sent as {media_type[:80] or 'no media type at all'}.",
        headers={"Accept": "application/json"},
    )


def _require_plain(encoding: str | None) -> None:
    if encoding is not None and encoding.strip().lower() not in ("", "identity"):
        raise EdgeProblem(
            MEDIA_TYPE_UNSUPPORTED,
            f"The body was sent compressed ({encoding[:40]}); send it as it is.",
            headers={"Accept-Encoding": "identity"},
        )


def parse_json(raw: bytes, deepest: int = DEEPEST) -> Any:
    """The document in `raw`; raises EdgeProblem(malformed-json, invalid-input)."""
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise EdgeProblem(MALFORMED_JSON, f"The body cannot be read: {error}.") from error
    if raw.count(b"[") + raw.count(b"{") > deepest:
        _require_shallow(document, deepest)
    if _may_repeat_names(raw, _names(document)):
        _refuse_repeated_names(raw, deepest)
    # Two look-ups by the byte spare nearly every body the expression.
    if (b"\\" in raw or b"\xef\xbf" in raw) and _MAY_BE_UNWRITABLE.search(raw):
        _refuse_unwritable(document)
    return document


def _require_shallow(document: Any, deepest: int) -> None:
    level = [document]
    for _ in range(deepest):
        level = [inner for outer in level for inner in _members(outer)]
        if not level:
            return
    raise _too_deep(deepest)


def _too_deep(deepest: int) -> EdgeProblem:
    return EdgeProblem(MALFORMED_JSON, f"The body is nested deeper than {deepest} levels.")


def _members(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [inner for inner in value.values() if isinstance(inner, (dict, list))]
    if isinstance(value, list):
        return [inner for inner in value if isinstance(inner, (dict, list))]
    return []


def _names(value: Any) -> int:
    """How many names the document has, after a parser has dropped those given twice."""
    names, waiting = 0, [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            names += len(value)
            waiting += [inner for inner in value.values() if isinstance(inner, (dict, list))]
        elif isinstance(value, list):
            waiting += [inner for inner in value if isinstance(inner, (dict, list))]
    return names


def _may_repeat_names(raw: bytes, names: int) -> bool:
    """Whether more than `names` names may have been written; counting bytes is cheap.

    Every name ends with a colon, and with a quote right before it where no blank stands between.
    Texts hold colons too, so this is no proof, but nearly every body is let off by it.
    """
    if raw.count(b":") == names:
        return False
    return raw.count(b'":') != names or any(pair in raw for pair in _BLANK_AND_COLON)


def _refuse_repeated_names(raw: bytes, deepest: int) -> None:
    """Refuse a name given twice in one object: parsers disagree about which value counts.

    RFC 8259, section 4, leaves it open; a proxy that checks the first value
    and a service that takes the last are how limits are passed by.
    """
    try:
        document = json.loads(raw, object_pairs_hook=_Members)
    except RecursionError as error:
        # What was nested so deeply is gone from the document, dropped with its name.
        raise _too_deep(deepest) from error
    for place, found in _objects(document, ()):
        if found.repeated is not None:
            parts = [part.replace("\0", "")[:80] for part in (*place, found.repeated)]
            pointer = "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in parts)
            raise invalid(
                ".".join(parts) or "body",
                f"Give each name once; {pointer} is there more than once.",
                "repeated",
            )


class _Members(dict[str, Any]):
    """An object of a document, and a name that stands in it twice."""

    def __init__(self, members: list[tuple[str, Any]]) -> None:
        super().__init__(members)
        self.repeated: str | None = None
        if len(self) != len(members):
            times = Counter(name for name, _ in members)
            self.repeated = times.most_common(1)[0][0]


def _objects(value: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], _Members]]:
    if isinstance(value, _Members):
        yield place, value
        for name, inner in value.items():
            yield from _objects(inner, (*place, name))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _objects(inner, (*place, str(at)))


def _refuse_unwritable(document: Any) -> None:
    for place, text in _texts(document, ()):
        if (found := _UNWRITABLE.search(text)) is not None:
            raise invalid(
                ".".join(place) or "body",
                f"Leave out the character U+{ord(found.group()):04X}.",
                "nul-character" if found.group() == "\0" else "control-character",
            )


def _texts(value: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield place, key
            yield from _texts(inner, (*place, _UNWRITABLE.sub("", key)))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _texts(inner, (*place, str(at)))


def check_headers(scope: Scope) -> None:
    """Refuse a header given twice where only one can count.

    Whoever looked at the request before, a gateway or a log, may have seen the other.
    """
    seen: set[bytes] = set()
    for name, _ in scope["headers"]:
        if name not in _ONCE:
            continue
        if name in seen:
            message = "Send this header once."
            raise EdgeProblem(
                MALFORMED_REQUEST,
                f"The header {_ONCE[name]} was sent more than once.",
                [FieldError(field=f"header.{_ONCE[name]}", code="repeated", message=message)],
            )
        seen.add(name)


def check_address(scope: Scope, known: frozenset[str]) -> None:
    """Refuse what no route should see: unknown or repeated parameters, NUL, bad encoding.

    An unknown parameter is usually a misspelt filter, and ignoring it would
    return everything.
    """
    if "\0" in scope["path"]:
        raise invalid("path", "Leave out the character U+0000.", "nul-character")
    if b"%2f" in scope["raw_path"].lower():
        # A gateway that lets an address through by its path reads it otherwise than we do.
        raise EdgeProblem(MALFORMED_REQUEST, "The path has a slash written as %2F.")
    query: bytes = scope["query_string"]
    if not query:
        return
    if len(query) > LONGEST_QUERY:
        raise EdgeProblem(PATH_TOO_LONG, f"The query may have {LONGEST_QUERY} bytes.")
    seen: set[str] = set()
    for part in query.split(b"&")[:_MOST_FIELDS]:
        if not part:
            continue
        raw_name, _, raw_value = part.partition(b"=")
        try:
            name = unquote_to_bytes(raw_name.replace(b"+", b" ")).decode()
            value = unquote_to_bytes(raw_value.replace(b"+", b" ")).decode()
        except UnicodeDecodeError as error:
            raise EdgeProblem(MALFORMED_REQUEST, "The query string is not UTF-8.") from error
        field = f"query.{name[:80]}"
        if "\0" in name or "\0" in value:
            raise invalid(
                field.replace("\0", ""), "Leave out the character U+0000.", "nul-character"
            )
        if name not in known:
            offered = ", ".join(sorted(known)) or "none"
            raise invalid(field, f"There is no such parameter; there are: {offered}.", "unknown")
        if name in seen:
            raise invalid(field, "Give this parameter once.", "repeated")
        seen.add(name)

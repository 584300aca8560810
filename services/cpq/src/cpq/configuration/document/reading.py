"""From document to model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from cpq.configuration.document.assembling import Assembly
from cpq.configuration.document.form import MODEL
from cpq.configuration.document.problems import DocumentCannotBeRead, Problems
from cpq.configuration.model import Model
from servicekit.errors import InvalidInput, Kind

LARGEST: Final = 64 * 1024 * 1024
"""Bytes of a document."""


class DocumentIsTooLong(InvalidInput):
    """A document of more bytes than are read."""

    code = "configuration-document-too-long"
    kind = Kind.TOO_LARGE
    title = "The document is longer than is read"
    hint = "Split the model, or use tables instead of many rules."


def read(document: Mapping[str, Any] | object) -> Model:
    """The model that a document describes.

    Raises `ModelCannotBeRead` with everything that is wrong. Errors of the form do not hide those
    of names and types, where these can be told.
    """
    problems = Problems()
    found = MODEL.read(document, "", problems)
    model = Assembly(found, problems).model() if found is not None else None
    problems.raise_any()
    assert model is not None
    return model


def read_json(content: bytes) -> Model:
    """As `read`, from JSON.

    Raises `DocumentIsTooLong`, `DocumentCannotBeRead` for what is no JSON (UTF-8, no member twice),
    and what `read` raises.
    """
    if len(content) > LARGEST:
        raise DocumentIsTooLong(f"{len(content)} bytes; at most {LARGEST} are read")
    try:
        document = json.loads(
            content.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number
        )
    except UnicodeDecodeError as problem:
        raise DocumentCannotBeRead(f"byte {problem.start} is not UTF-8") from None
    except json.JSONDecodeError as problem:
        raise DocumentCannotBeRead(
            f"line {problem.lineno}, column {problem.colno}: {problem.msg}",
            line=problem.lineno,
            column=problem.colno,
        ) from None
    except RecursionError:
        raise DocumentCannotBeRead("its lists and objects are nested too deeply") from None
    except ValueError as problem:  # an integer of thousands of digits
        raise DocumentCannotBeRead(f"a number cannot be read: {problem}") from None
    return read(document)


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        names = [name for name, _ in members]
        twice = next(name for name in names if names.count(name) > 1)
        raise DocumentCannotBeRead(f"an object has the member {twice[:200]!r} twice")
    return found


def _no_number(text: str) -> Any:
    raise DocumentCannotBeRead(f"{text} is no number")

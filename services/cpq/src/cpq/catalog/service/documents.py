"""Documents of configuration models: read, examined, and written the one way that is hashed."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from cpq.catalog.models import LARGEST_DOCUMENT
from cpq.catalog.rules import DocumentIsTooLarge, ModelIsContradictory
from cpq.catalog.service.computing import examine_apart
from cpq.configuration.answers import Reason
from cpq.configuration.document import ModelCannotBeRead, read
from cpq.configuration.expressions import Selected
from cpq.configuration.model import Model
from cpq.solving import ConfigurationTakesTooLong, Engine
from servicekit.errors import Fault


@dataclass(frozen=True, slots=True)
class Document:
    """A document that describes a model."""

    model: Model
    content: bytes
    """Canonical JSON: sorted names, no spaces, UTF-8."""
    content_hash: str


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found in a document: everything that publishing would refuse."""

    document: Document | None
    faults: tuple[Fault, ...]


async def checked_document(document: Mapping[str, Any]) -> Document:
    """Read a document beside the event loop.

    Raises `ModelCannotBeRead` with every fault, `DocumentIsTooLarge`, `TooMuchWork`.
    """
    return await examine_apart(lambda _: _checked(document))


async def examine(document: Mapping[str, Any]) -> Examination:
    """Look at a document as publishing would.

    Raises `DocumentIsTooLarge`, `TooMuchWork`, and what an engine refuses of a model.
    """
    return await examine_apart(lambda seconds: _examined(document, seconds))


def model_of(content: bytes) -> Model:
    """The model of a kept document; it was checked when it was kept."""
    return read(orjson.loads(content))


def refuse_contradiction(model: Model, seconds: float) -> None:
    """Raise `ModelIsContradictory` unless the model has a valid configuration.

    Whatever an engine refuses of the model it refuses here too, before anybody configures it.
    """
    # The root is part of every configuration: it cannot be there only if there is none.
    try:
        reason = Engine(model).explain((), {}, Selected(model.root.key), True, seconds=seconds)
    except ConfigurationTakesTooLong as refusal:
        raise ConfigurationTakesTooLong(
            f"{seconds:.0f} s were not enough to find a valid configuration of {model.key!r}, "
            "or to prove that there is none",
            doing="looking for a valid configuration",
        ) from refusal
    if reason is not None:
        raise ModelIsContradictory(_words(reason), rules=list(reason.rules))


def _words(reason: Reason) -> str:
    said = [
        f"{rule}: {message}" if message else rule
        for rule, message in zip(reason.rules, reason.messages, strict=True)
    ]
    return f"these leave no valid configuration together: {'; '.join(said)}"


def _checked(document: Mapping[str, Any]) -> Document:
    try:
        content = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # Nested more deeply, or a larger number, than a sound document has: the reader says where.
        read(document)
        raise
    if len(content) > LARGEST_DOCUMENT:
        raise DocumentIsTooLarge(
            f"{len(content)} bytes; at most {LARGEST_DOCUMENT} are kept", field="document"
        )
    return Document(read(document), content, hashlib.sha256(content).hexdigest())


def _examined(document: Mapping[str, Any], seconds: float) -> Examination:
    try:
        found = _checked(document)
    except ModelCannotBeRead as refusal:
        return Examination(None, refusal.faults)
    try:
        refuse_contradiction(found.model, seconds)
    except ModelIsContradictory as refusal:
        return Examination(found, (Fault("", refusal.detail),))
    return Examination(found, ())

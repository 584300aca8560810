"""The life of a version of a configuration model: draft -> published -> retired."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from servicekit.errors import InvalidInput, Kind, NotFound, RuleBroken


class Status(StrEnum):
    """Where a version stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class Compilation(StrEnum):
    """What became of compiling a published version."""

    PENDING = "pending"
    COMPILED = "compiled"
    NOT_COMPILED = "not-compiled"
    """It is answered without; the reason says why."""


class ConfigurationModelNotFound(NotFound):
    """The version does not exist in this tenant, or none is published on the day."""

    code = "configuration-model-not-found"
    title = "There is no such version of a configuration model"
    hint = "List the versions of the key; look at the days on which they are valid."


class ConfigurationModelIsNotDraft(RuleBroken):
    """Only a draft changes; what was published stays as it is."""

    code = "configuration-model-is-not-draft"
    title = "Only a draft can be changed, published or discarded"
    hint = "Clone the version to a new draft, change that and publish it."


class ConfigurationModelIsNotPublished(RuleBroken):
    """Nothing new is configured with a draft or a retired version."""

    code = "configuration-model-is-not-published"
    title = "Only a published version can be configured or retired"
    hint = "Take the version that is published for the day; list the versions of the key."


class ConfigurationModelsOverlap(RuleBroken):
    """On one day a key has one published version."""

    code = "configuration-models-overlap"
    title = "Another version of the key is published on one of these days"
    hint = "Publish from a later day, which ends the version before, or retire the other version."


class PublishedVersionNeverChanges(RuleBroken):
    """What was configured with a version must mean the same for ever."""

    code = "published-version-never-changes"
    title = "A published version never changes"
    hint = "Clone the version to a new draft, change that and publish it."


class DraftKeepsItsKey(InvalidInput):
    """A version belongs to its key from the first draft on."""

    code = "draft-keeps-its-key"
    title = "A draft keeps the key it was created with"
    hint = "Create a new draft for the other key."


class ValidityIsEmpty(InvalidInput):
    """A version is valid on at least one day."""

    code = "configuration-model-validity-empty"
    title = "A version is valid on at least one day"
    hint = "Choose a valid_to after valid_from, or leave it out."


class DocumentIsTooLarge(InvalidInput):
    """A document beyond what is kept."""

    code = "configuration-model-too-large"
    kind = Kind.TOO_LARGE
    title = "The document is larger than a configuration model may be"
    hint = "Split the model, or use tables instead of many rules."


class ModelIsContradictory(InvalidInput):
    """A model without a single valid configuration; the detail names rules that clash."""

    code = "configuration-model-contradictory"
    title = "The rules of the model leave no valid configuration"
    hint = "Correct one of the rules that the detail names."


@dataclass(frozen=True, slots=True)
class Validity:
    """The days of a published version; `end` is the first day on which it no longer holds."""

    model_version: int
    start: date
    end: date | None


def check_draft(status: str, name: str) -> None:
    """Raise `ConfigurationModelIsNotDraft` unless the version may still change."""
    if status != Status.DRAFT:
        raise ConfigurationModelIsNotDraft(f"{name} is {status}")


def check_published(status: str, name: str) -> None:
    """Raise `ConfigurationModelIsNotPublished` unless the version may be retired."""
    if status != Status.PUBLISHED:
        raise ConfigurationModelIsNotPublished(f"{name} is {status}")


def predecessor_to_end(new: Validity, others: list[Validity]) -> Validity | None:
    """The version that a new one takes over from: it ends on the new one's first day.

    That is the one without an end that began earlier; a version with an end of its own is never
    cut short. Raises `ValidityIsEmpty`, and `ConfigurationModelsOverlap` when another version
    would still share a day with the new one.
    """
    if new.end is not None and new.end <= new.start:
        raise ValidityIsEmpty(f"valid_to {new.end} is not after {new.start}", field="valid_to")
    before = next((one for one in others if one.end is None and one.start < new.start), None)
    for one in others:
        if one is before:
            continue
        if (one.end is None or new.start < one.end) and (new.end is None or one.start < new.end):
            raise ConfigurationModelsOverlap(
                f"version {one.model_version} is published from {one.start} until "
                f"{one.end or 'further notice'}",
                field="valid_from",
            )
    return before

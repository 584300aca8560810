"""The use cases of the catalogue, and what others ask of its documents."""

from cpq.catalog.rules import ConfigurationModelIsNotPublished, ConfigurationModelNotFound
from cpq.catalog.service.compiling import compile_next
from cpq.catalog.service.computing import compute
from cpq.catalog.service.documents import Document, Examination, examine, model_of
from cpq.catalog.service.drafting import (
    Imported,
    clone,
    create_draft,
    discard_draft,
    import_model,
    replace_draft,
)
from cpq.catalog.service.publishing import publish, retire

__all__ = [
    "ConfigurationModelIsNotPublished",
    "ConfigurationModelNotFound",
    "Document",
    "Examination",
    "Imported",
    "clone",
    "compile_next",
    "compute",
    "create_draft",
    "discard_draft",
    "examine",
    "import_model",
    "model_of",
    "publish",
    "replace_draft",
    "retire",
]

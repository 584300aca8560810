"""The JSON form of models, expressions as text: `read`, `write`, and its JSON Schema.

docs/architecture/configuration-models.md explains it with an example.
"""

from cpq.configuration.document.form import FORMAT, schema
from cpq.configuration.document.problems import (
    DocumentCannotBeRead,
    Flaw,
    ModelCannotBeRead,
    Problem,
)
from cpq.configuration.document.reading import LARGEST, DocumentIsTooLong, read, read_json
from cpq.configuration.document.writing import write

__all__ = [
    "FORMAT",
    "LARGEST",
    "DocumentCannotBeRead",
    "DocumentIsTooLong",
    "Flaw",
    "ModelCannotBeRead",
    "Problem",
    "read",
    "read_json",
    "schema",
    "write",
]

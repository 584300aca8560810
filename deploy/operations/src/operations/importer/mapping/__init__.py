"""The mapping language; its forms are documented for users in docs/architecture/importer.md."""

from operations.importer.mapping.language import (
    PLACEHOLDER,
    Absence,
    Each,
    Expression,
    FieldType,
    Flag,
    ImportMapping,
    Listed,
    Lookup,
    MappingError,
    Record,
    Source,
    Step,
    Sum,
    Total,
    Value,
)
from operations.importer.mapping.reader import parse_mapping, read_mapping

__all__ = [
    "PLACEHOLDER",
    "Absence",
    "Each",
    "Expression",
    "FieldType",
    "Flag",
    "ImportMapping",
    "Listed",
    "Lookup",
    "MappingError",
    "Record",
    "Source",
    "Step",
    "Sum",
    "Total",
    "Value",
    "parse_mapping",
    "read_mapping",
]

"""Tables of another company's catalogue, written as rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from decimal import Decimal

from cpq.configuration.expressions import Value
from cpq.configuration.model import Model, Node
from cpq.readers import Effect, Reading, revenue_cloud

from .reading import documented

Tables = Mapping[str, Sequence[Sequence[str | int]]]


def table(rows: Sequence[Sequence[str | int]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def files(tables: Tables, **others: bytes) -> dict[str, bytes]:
    """Files in the folder `shop`, each table's first row its header; others by their path."""
    found = {f"shop/{name}.csv": table(rows) for name, rows in tables.items()}
    return {**found, **others}


def read(tables: Tables, **others: bytes) -> Reading:
    """The reading of tables; whatever they say, its models make sense."""
    reading = revenue_cloud.read(files(tables, **others))
    documented(reading.models)
    return reading


def model(reading: Reading, key: str) -> Model:
    return next(one for one in reading.models if one.key == key)


def node(model: Model, key: str) -> Node:
    return next(one for one in model.nodes() if one.key == key)


def decimals(*values: int | str) -> tuple[Value, ...]:
    return tuple(Decimal(one) for one in values)


def said(reading: Reading, effect: Effect) -> list[tuple[str, str]]:
    """The constructs that have the effect, with the places of the rows."""
    return [
        (one.construct, one.place.removeprefix("shop/"))
        for one in reading.findings
        if one.effect is effect
    ]

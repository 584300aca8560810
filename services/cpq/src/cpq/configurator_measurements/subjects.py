"""The models that are measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cpq.configuration.model import Model
from cpq.solving.generation import generate, usual_clauses

GROWTH: Final = (100, 300, 1_000, 2_500, 5_000, 10_000, 20_000)
"""Features of the generated models that show how cost grows, with four clauses for each."""

SEED: Final = 1


@dataclass(frozen=True, slots=True)
class Subject:
    """A model and what is wanted of it: milliseconds that 99 % of its domains take at most."""

    model: Model
    told: str
    wanted: float | None = None
    walks: int = 10
    steps: int = 15
    searched: int = 4
    """Walks that are repeated without the circuit."""


class DataIsMissing(Exception):
    """The data set that the subject is read from is not there."""


def subject(name: str, data: Path) -> Subject:
    """A subject by its name. Raises `DataIsMissing`, KeyError for an unknown name."""
    return _SUBJECTS[name](data)


def generated(features: int, clauses: int, **more: float) -> Subject:
    """A generated model, with the clauses that the usual translation has."""
    model = generate(features, clauses, seed=SEED)
    told = f"generated, {features:,} features, {usual_clauses(model):,} clauses"
    return Subject(model, told, **more)  # type: ignore[arg-type]


def _pc(data: Path) -> Subject:
    from cpq.readers import featureide

    path = data / "config-models" / "pc-richmond_Sprey2020.xml"
    if not path.exists():
        raise DataIsMissing("config-models")
    model = featureide.read(path.read_bytes(), name=path.name).models[0]
    return Subject(model, f"pc-richmond, {sum(1 for _ in model.nodes())} features", 5)


def _quantumbit(data: Path) -> Subject:
    from cpq.readers import revenue_cloud

    folder = data / "cpq-quantumbit"
    if not folder.is_dir():
        raise DataIsMissing("cpq-quantumbit")
    models = revenue_cloud.read_directory(folder).models
    model = max(models, key=lambda one: (_size(one), one.key))
    told = f"QuantumBit's largest, {model.key}: {_size(model)} nodes and attributes"
    return Subject(model, told, walks=4, steps=8, searched=0)


def _size(model: Model) -> int:
    return sum(1 + len(node.attributes) for node in model.nodes())


_SUBJECTS: Final[dict[str, Callable[[Path], Subject]]] = {
    "pc-richmond": _pc,
    "quantumbit": _quantumbit,
    "generated-2500": lambda _: generated(2_500, 10_000, wanted=10),
    "generated-14000": lambda _: generated(
        14_000, 200_000, wanted=50, walks=6, steps=12, searched=1
    ),
}

NAMES: Final = tuple(_SUBJECTS)

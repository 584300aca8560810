"""Artefacts: what is not exactly what was written is refused, and never read astray."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpq.solving.compiled import ArtefactUnreadable, Circuit, fingerprint
from cpq.solving.compiled import artefact as format_of
from cpq.solving.compiled.artefact import Arrays, formula_bytes, pack, unpack
from cpq.solving.compiled.child import compiled

from .formulas import generated

VARIABLES, CLAUSES = generated(60, 200, 1)
ARTEFACT = compiled(formula_bytes(VARIABLES, CLAUSES))
ARRAYS, OF_FORMULA = unpack(ARTEFACT)
COLUMNS = [field.name for field in fields(Arrays) if field.name != "variables"]


def test_an_artefact_names_its_formula() -> None:
    assert fingerprint(VARIABLES, CLAUSES) == OF_FORMULA
    assert fingerprint(VARIABLES + 1, CLAUSES) != OF_FORMULA
    assert fingerprint(VARIABLES, CLAUSES[1:]) != OF_FORMULA


def test_writing_what_was_read_gives_the_same_bytes() -> None:
    assert pack(ARRAYS, OF_FORMULA) == ARTEFACT
    again = Circuit.load(pack(ARRAYS, OF_FORMULA))
    assert again.count() == Circuit.load(ARTEFACT).count()
    assert 0 < again.size_bytes < 2**20


@given(at=st.integers(0, len(ARTEFACT) - 1), change=st.integers(1, 255))
@settings(deadline=None)
def test_a_changed_byte_is_noticed(at: int, change: int) -> None:
    damaged = bytearray(ARTEFACT)
    damaged[at] ^= change
    header = len(format_of.MAGIC) + 2
    if header <= at < header + 32:
        # The fingerprint is compared by whoever knows the formula.
        assert Circuit.load(bytes(damaged)).fingerprint != OF_FORMULA
    else:
        with pytest.raises(ArtefactUnreadable):
            Circuit.load(bytes(damaged))


@given(length=st.integers(0, len(ARTEFACT) - 1))
def test_a_cut_artefact_is_noticed(length: int) -> None:
    with pytest.raises(ArtefactUnreadable):
        Circuit.load(ARTEFACT[:length])


def test_what_follows_an_artefact_is_noticed() -> None:
    with pytest.raises(ArtefactUnreadable):
        Circuit.load(ARTEFACT + b"\0")


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_arrays_that_lead_astray_are_refused_or_harmless(data: st.DataObject) -> None:
    """As if somebody had written the checksum of the damaged artefact."""
    name = data.draw(st.sampled_from(COLUMNS))
    column = getattr(ARRAYS, name)
    at = data.draw(st.integers(0, column.size - 1))
    changed = column.copy()
    changed[at] = data.draw(st.integers(-3, 500) | st.integers(-(2**31), 2**31 - 1))
    arrays = replace(ARRAYS)
    object.__setattr__(arrays, name, changed)
    try:
        circuit = Circuit.load(pack(arrays, OF_FORMULA))
    except ArtefactUnreadable:
        return
    circuit.possible([1, -2])
    circuit.sample([], 1, seed=1)


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_of_the_wrong_length_are_refused(name: str) -> None:
    column = getattr(ARRAYS, name)
    for other in (column[:-1], np.append(column, np.int32(0)), column[:0]):
        arrays = replace(ARRAYS)
        object.__setattr__(arrays, name, other)
        with pytest.raises(ArtefactUnreadable):
            Circuit.load(pack(arrays, OF_FORMULA))


def test_an_artefact_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(format_of, "VERSION", 2)
    with pytest.raises(ArtefactUnreadable, match="version 1"):
        unpack(ARTEFACT)


def test_size_is_bounded_before_memory_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(format_of, "MOST_BYTES", 1000)
    with pytest.raises(ArtefactUnreadable, match="at most 1000"):
        unpack(ARTEFACT)
    with pytest.raises(format_of.ArtefactTooLarge):
        pack(ARRAYS, OF_FORMULA)

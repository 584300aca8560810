"""In which of its ways an item is sold on a line, and what that makes of the line's term."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from cpq.quotes.rules.term import AskedTerm, Term
from cpq.selling import Proration, SellingKind, SellingModel, TermUnit, Way, chosen_way
from servicekit.errors import InvalidInput

_TIMELESS = (SellingKind.ONE_OFF, SellingKind.USAGE)


class SellingModelDoesNotFit(InvalidInput):
    """A term goes with how a thing is sold."""

    code = "selling-model-does-not-fit"
    title = "The item is not sold in this way"
    hint = (
        "List the ways to sell the item. What is sold once has no term, what is sold for a term "
        "has months or a last day, what is evergreen neither; the model says what a price is for."
    )


def sold_by(
    selling_model: str | None,
    term: Term | AskedTerm | None,
    ways: Sequence[Way],
    models: Mapping[str, SellingModel],
    *,
    field: str,
    once: bool = False,
) -> tuple[str | None, Term | None]:
    """The key of the selling model and the term of a line.

    `ways` are those of its item, none where nobody said how it is sold; `models` are those that
    are known: a key that is none of theirs is a name for price rules and says nothing. What
    somebody asks for must not contradict the model; a `Term`, which was worked out before, follows
    it. `once`: it is to take no time. Raises `SellingModelDoesNotFit`.
    """
    kinds = _TIMELESS if once else _kinds(term)
    way = _way(selling_model, kinds, ways, models, field)
    if way is None and ways:
        keys = ", ".join(repr(one.model.key) for one in ways)
        raise SellingModelDoesNotFit(
            f"it is sold by {keys}, and none of them by default for this term",
            field=f"{field}.selling_model",
        )
    if way is None:
        if isinstance(term, AskedTerm):
            term = term.by(TermUnit.MONTH, 1, Proration.PERIOD_DAYS)
        return selling_model, term
    model = way.model
    if model.kind not in kinds and isinstance(term, Term):
        # It was sold so before the model became another; somebody changes it, or it stays.
        return model.key, term
    if model.kind not in kinds:
        raise SellingModelDoesNotFit(f"{model.key!r} is {model.kind.value}", field=f"{field}.term")
    if model.unit is None:
        if isinstance(term, AskedTerm):
            term = term.by(TermUnit.MONTH, 1, way.proration)
        return model.key, term
    if isinstance(term, AskedTerm):
        for name, asked, said in (
            ("unit", term.unit, model.unit),
            ("count", term.count, model.count),
            ("basis", term.basis, way.proration),
        ):
            if asked not in (None, said):
                raise SellingModelDoesNotFit(
                    f"the {name} of {model.key!r} is {said}", field=f"{field}.term.{name}"
                )
        term = term.by(model.unit, model.count, way.proration)
    elif term is None:
        evergreen = model.kind is SellingKind.EVERGREEN
        term = Term(months=None if evergreen else model.months, evergreen=evergreen)
    return model.key, replace(term, unit=model.unit, count=model.count, basis=way.proration)


def _way(
    selling_model: str | None,
    kinds: Collection[SellingKind],
    ways: Sequence[Way],
    models: Mapping[str, SellingModel],
    field: str,
) -> Way | None:
    if selling_model is None:
        return chosen_way(ways, kinds)
    found = next((way for way in ways if way.model.key == selling_model), None)
    if found is None and ways:
        keys = ", ".join(repr(way.model.key) for way in ways)
        raise SellingModelDoesNotFit(f"it is sold by {keys}", field=f"{field}.selling_model")
    if found is None and selling_model in models:
        return Way(models[selling_model], default=False, proration=Proration.PERIOD_DAYS)
    return found


def _kinds(term: Term | AskedTerm | None) -> Collection[SellingKind]:
    """The kinds of selling models that a term goes with."""
    if term is None:
        return tuple(SellingKind)
    return SellingKind.USAGE, SellingKind.EVERGREEN if term.evergreen else SellingKind.TERMED

"""What an engine does with requests: refusals, bounds, threads, and the rest of a state."""

from dataclasses import replace
from decimal import Decimal

import pytest

from cpq.configuration.answers import Domain, Origin, State
from cpq.configuration.expressions import AttributeOf, Quantity, Selected
from cpq.configuration.language import parse
from cpq.configuration.model import (
    Amounts,
    Answer,
    AnswerTo,
    Attribute,
    AttributeType,
    Choice,
    Fact,
    FactType,
    Group,
    Message,
    Model,
    Node,
    Option,
    Preference,
    Question,
    Rule,
    Severity,
    Supply,
    Target,
    Unavailable,
)
from cpq.solving import (
    ChoicesClash,
    ChosenTwice,
    Engine,
    FactMakesNoSense,
    ModelMakesNoSense,
    UnknownFact,
    UnknownTarget,
    UnknownValue,
    ValueIsCalculated,
)
from servicekit.errors import Refusal

DISK = Node(
    "disk",
    "Disk",
    maximum=4,
    item="DISK",
    attributes=(
        Attribute(
            "size",
            "Size",
            AttributeType.ENUMERATION,
            options=(
                Option("small", "Small"),
                Option("large", "Large", price=Decimal(50)),
                Option("huge", "Huge", item="PLATTER"),
            ),
            default="large",
        ),
    ),
)
SERVER = Node(
    "server",
    "Server",
    price=Decimal("1000.50"),
    attributes=(
        Attribute(
            "watts",
            "Watts",
            AttributeType.INTEGER,
            expression=parse("100 + 20 * qty(disk) + 50 * count(gpu)"),
        ),
        Attribute("label", "Label", AttributeType.TEXT, longest=5, default="mine"),
        Attribute(
            "budget",
            "Budget",
            AttributeType.DECIMAL,
            minimum=Decimal(0),
            maximum=Decimal(10000),
            step=Decimal("0.01"),
            default=Decimal(5000),
        ),
        Attribute(
            "loud",
            "Loud",
            AttributeType.BOOLEAN,
            visible_when=parse("gpu"),
        ),
    ),
    groups=(
        Group("storage", "Storage", (DISK,), minimum=1),
        Group(
            "cards",
            "Cards",
            (Node("gpu", "GPU", item="GPU", default=1), Node("nic", "Network card", item="NIC")),
            maximum=1,
        ),
    ),
)
MODEL = Model(
    "server",
    "Server",
    SERVER,
    currency="EUR",
    rules=(
        Rule("affordable", parse("@price <= server.budget"), "It costs more than the budget"),
        Rule("region", parse('@region == "us" => not nic'), "No network cards in the US"),
    ),
    preferences=(Preference("many", parse("qty(disk) >= 2")),),
    messages=(
        Message("hot", parse("server.watts >= 180"), "It gets hot", Severity.WARNING),
        Message("far", parse('@region == "us"'), "Shipped by air"),
    ),
    questions=(
        Question(
            "use",
            "What for?",
            (
                Answer("games", "Games", parse("gpu")),
                Answer("files", "Files", parse("qty(disk) >= 3")),
            ),
            ask_when=parse("not nic"),
        ),
    ),
    facts=(
        Fact("region", FactType.TEXT, ("eu", "us")),
        Fact("seats", FactType.NUMBER, (), Decimal(0), Decimal(10), Decimal("0.5")),
    ),
)
SUPPLY = Supply(
    {
        "DISK": Amounts(Decimal(100), Decimal(60), 2),
        "GPU": Amounts(Decimal("499.99"), Decimal(300), 9),
        "NIC": Amounts(Decimal(20), None, 1),
    },
    (Unavailable("PLATTER", "PLATTER is discontinued"),),
)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(MODEL, SUPPLY)


def domain(state: State, target: Target) -> Domain:
    return next(one for one in state.domains if one.target == target)


def chosen(*pairs: tuple[Target, object]) -> list[Choice]:
    return [Choice(target, value) for target, value in pairs]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("target", "value", "refusal"),
    [
        (Selected("printer"), True, UnknownTarget),
        (Quantity("printer"), Decimal(1), UnknownTarget),
        (AttributeOf("disk", "colour"), "red", UnknownTarget),
        (AnswerTo("why"), "games", UnknownTarget),
        (AnswerTo("use"), "music", UnknownValue),
        (Selected("disk"), Decimal(1), UnknownValue),
        (Selected("disk"), "true", UnknownValue),
        (Quantity("disk"), Decimal(5), UnknownValue),
        (Quantity("disk"), Decimal("1.5"), UnknownValue),
        (Quantity("disk"), Decimal("NaN"), UnknownValue),
        (Quantity("disk"), True, UnknownValue),
        (Quantity("gpu"), Decimal(2), UnknownValue),
        (AttributeOf("disk", "size"), "medium", UnknownValue),
        (AttributeOf("disk", "size"), Decimal(1), UnknownValue),
        (AttributeOf("server", "budget"), Decimal("0.001"), UnknownValue),
        (AttributeOf("server", "budget"), Decimal("Infinity"), UnknownValue),
        (AttributeOf("server", "budget"), Decimal(-1), UnknownValue),
        (AttributeOf("server", "label"), "longer", UnknownValue),
        (AttributeOf("server", "watts"), Decimal(100), ValueIsCalculated),
    ],
)
def test_a_choice_that_the_model_does_not_have_is_refused_by_place(
    engine: Engine, target: Target, value: object, refusal: type[Refusal]
) -> None:
    choices = chosen((Selected("server"), True), (target, value))
    for ask in (engine.state, engine.repairs, engine.count):
        with pytest.raises(refusal) as refused:
            ask(choices, {})
        assert refused.value.field == "choices.1"
    with pytest.raises(refusal) as refused:
        engine.explain([], {}, target, value)  # type: ignore[arg-type]
    assert refused.value.field == "value"


def test_why_there_cannot_be_one_of_a_node_is_why_it_cannot_be_selected(engine: Engine) -> None:
    choices = chosen((Selected("gpu"), True))
    one = engine.explain(choices, {}, Quantity("nic"), Decimal(1))

    assert one == engine.explain(choices, {}, Selected("nic"), True)
    assert one is not None
    assert one.rules == ("cards",)
    none = engine.explain([], {}, Quantity("server"), Decimal(0))
    assert none is not None
    assert none.rules == ("node:server",)


def test_a_target_is_chosen_once(engine: Engine) -> None:
    twice = chosen((Quantity("disk"), Decimal(1)), (Quantity("disk"), Decimal(2)))
    with pytest.raises(ChosenTwice):
        engine.state(twice, {})
    same = chosen((Quantity("disk"), Decimal(2)), (Quantity("disk"), Decimal("2.0")))
    assert engine.state(same, {}) == engine.state(same[:1], {})


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"tier": "gold"}, UnknownFact),
        ({"region": Decimal(1)}, FactMakesNoSense),
        ({"seats": "many"}, FactMakesNoSense),
        ({"seats": Decimal("0.3")}, FactMakesNoSense),
        ({"seats": Decimal(11)}, FactMakesNoSense),
        ({"seats": True}, FactMakesNoSense),
    ],
)
def test_a_fact_that_makes_no_sense_is_refused_by_name(
    engine: Engine, facts: dict[str, object], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal) as refused:
        engine.state([], facts)  # type: ignore[arg-type]
    assert refused.value.field == f"facts.{next(iter(facts))}"


def test_an_item_that_is_not_sold_is_excluded_with_its_reason(engine: Engine) -> None:
    states = {
        one.value: one for one in domain(engine.state([], {}), AttributeOf("disk", "size")).values
    }
    reason = states["huge"].reason
    assert not states["huge"].possible
    assert reason is not None
    assert (reason.choices, reason.rules) == ((), ("item:PLATTER",))
    assert reason.messages == ("PLATTER is discontinued",)


def test_a_price_condition_prunes_and_says_why(engine: Engine) -> None:
    choices = chosen((AttributeOf("server", "budget"), Decimal("1200.49")))
    state = engine.state(choices, {})
    gpu = domain(state, Selected("gpu"))
    assert gpu.origin is Origin.FORCED
    assert gpu.value is False
    assert gpu.reason is not None
    assert "affordable" in gpu.reason.rules
    assert set(gpu.reason.choices) == set(choices)
    assert [one.value for one in domain(state, Quantity("disk")).values if one.possible] == [1]
    assert state.totals.price == Decimal("1150.50")
    budget = domain(engine.state([], {}), AttributeOf("server", "budget"))
    assert budget.ranges == ((Decimal("1100.50"), Decimal(10000)),)
    assert budget.value == Decimal(5000)


def test_defaults_and_preferences_are_proposed_and_yield_to_choices(engine: Engine) -> None:
    state = engine.state([], {})
    proposed = {one.target: (one.value, one.origin) for one in state.domains}
    assert proposed[Selected("gpu")] == (True, Origin.DEFAULT)
    assert proposed[Quantity("disk")] == (Decimal(2), Origin.DEFAULT)
    assert proposed[AttributeOf("disk", "size")] == ("large", Origin.DEFAULT)
    assert proposed[AttributeOf("server", "label")] == ("mine", Origin.DEFAULT)
    assert proposed[AttributeOf("server", "watts")] == (Decimal(190), Origin.PROPOSED)
    state = engine.state(
        chosen((Selected("nic"), True), (Quantity("disk"), Decimal(1))), {"region": "eu"}
    )
    proposed = {one.target: (one.value, one.origin) for one in state.domains}
    assert proposed[Selected("gpu")] == (False, Origin.FORCED)
    assert proposed[Quantity("disk")] == (Decimal(1), Origin.USER)
    assert proposed[Selected("disk")] == (True, Origin.USER)
    assert proposed[AttributeOf("server", "watts")] == (Decimal(120), Origin.FORCED)


def test_messages_and_visibility_follow_the_proposal(engine: Engine) -> None:
    state = engine.state([], {})
    assert [one.key for one in state.messages] == ["hot"]
    assert domain(state, AttributeOf("server", "loud")).visible
    assert domain(state, AnswerTo("use")).visible
    state = engine.state(chosen((Selected("gpu"), False)), {"region": "us"})
    assert [one.key for one in state.messages] == ["far"]
    assert not domain(state, AttributeOf("server", "loud")).visible
    state = engine.state(chosen((Selected("nic"), True)), {})
    assert not domain(state, AnswerTo("use")).visible


def test_an_open_fact_leaves_open_what_it_would_exclude(engine: Engine) -> None:
    assert domain(engine.state([], {}), Selected("nic")).values[1].possible
    nic = domain(engine.state([], {"region": "us"}), Selected("nic")).values[1]
    assert nic.reason is not None
    assert nic.reason.rules == ("region",)
    # Another text than the declared ones is none of them.
    assert domain(engine.state([], {"region": "asia"}), Selected("nic")).values[1].possible


def test_an_answer_counts_as_a_choice(engine: Engine) -> None:
    state = engine.state(chosen((AnswerTo("use"), "files")), {})
    disk = domain(state, Quantity("disk"))
    assert [one.value for one in disk.values if one.possible] == [Decimal(3), Decimal(4)]
    assert disk.values[1].reason is not None
    assert disk.values[1].reason.choices == (Choice(AnswerTo("use"), "files"),)
    use = domain(state, AnswerTo("use"))
    assert (use.value, use.origin) == ("files", Origin.USER)
    assert [one.possible for one in use.values] == [True, True]


def test_totals_say_when_an_amount_is_not_known(engine: Engine) -> None:
    choices = chosen((Selected("nic"), True), (Quantity("disk"), Decimal(2)))
    totals = engine.state(choices, {"region": "eu"}).totals
    assert totals.price == Decimal("1000.50") + 2 * (100 + 50) + 20
    assert totals.cost is None
    assert totals.delivery_days == 2


def test_repairs_change_least_and_say_what_they_cost(engine: Engine) -> None:
    budget = Choice(AttributeOf("server", "budget"), Decimal(1650))
    choices = [budget, *chosen((Selected("gpu"), True), (Quantity("disk"), Decimal(4)))]
    state = engine.state(choices, {})
    assert state.conflict is not None
    assert state.conflict.reason.rules == ("affordable",)
    assert set(state.conflict.reason.choices) == set(choices)
    repairs = state.conflict.repairs
    assert [len(one.changes) for one in repairs] == [1, 1, 1]
    assert [one.changes[0].choice.target for one in repairs] == [
        Quantity("disk"),
        Selected("gpu"),
        AttributeOf("server", "budget"),
    ]
    assert [one.changes[0].to for one in repairs] == [Decimal(1), None, Decimal(5000)]
    assert [one.price for one in repairs[:2]] == [Decimal("1600.49"), Decimal("1600.50")]
    assert repairs[2].price == Decimal("1000.50") + Decimal("499.99") + 4 * (100 + 50)
    differences = [one.price_difference for one in repairs]
    assert differences == sorted(differences)  # type: ignore[type-var]


def test_a_completion_a_count_and_a_sample_need_consistent_choices(engine: Engine) -> None:
    choices = chosen((Selected("gpu"), True), (Selected("nic"), True))
    with pytest.raises(ChoicesClash):
        engine.sample(choices, {}, 1, 1)
    assert engine.count(choices, {}) == 0
    assert engine.count([], {"region": "eu"}) is None


@pytest.mark.parametrize(
    "condition",
    [
        "printer",
        "disk.colour == 3",
        "qty(disk) == disk.size",
        'server.label == "x"',
        "@moon == 1",
    ],
)
def test_a_model_that_makes_no_sense_is_refused_by_the_rule(condition: str) -> None:
    model = replace(MODEL, rules=(Rule("odd", parse(condition)),))
    with pytest.raises(ModelMakesNoSense) as refused:
        Engine(model)
    assert refused.value.field == "odd"


def test_a_calculation_of_itself_is_refused() -> None:
    attributes = tuple(
        Attribute(one, one, AttributeType.INTEGER, expression=parse(f"1 + root.{other}"))
        for one, other in (("a", "b"), ("b", "a"))
    )
    with pytest.raises(ModelMakesNoSense, match="itself"):
        Engine(Model("cycle", "Cycle", Node("root", "Root", attributes=attributes)))

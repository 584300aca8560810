"""Each construct of the language as its documentation has it, and what a model makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest

from cpq.configuration.evaluation import Semantics, enumerate_valid
from cpq.configuration.expressions import AttributeOf, Expression, Quantity, Value
from cpq.configuration.model import AttributeType, FactType, Model, Node, Severity
from cpq.readers import Reading, cml

from .reading import documented

Values = Mapping[str, Value | int]


def read(text: str) -> Reading:
    return cml.read(text.encode(), name="house.cml")


def only(text: str) -> Model:
    """The one model of a text that leaves nothing behind."""
    found = read(text)
    assert found.lost() == ()
    assert len(found.models) == 1
    documented(found.models)
    return found.models[0]


def node(model: Model, key: str) -> Node:
    return next(one for one in model.nodes() if one.key == key)


def configuration(values: Values) -> dict[Quantity | AttributeOf, Value]:
    """`part` is a quantity, `part.code` an attribute."""
    found: dict[Quantity | AttributeOf, Value] = {}
    for name, value in values.items():
        key, dot, code = name.partition(".")
        target = AttributeOf(key, code) if dot else Quantity(key)
        found[target] = value if isinstance(value, str | bool) else Decimal(value)
    return found


def broken(model: Model, values: Values, facts: Values | None = None) -> list[str]:
    """The words of what a configuration breaks."""
    given: dict[str, Value] = {
        name: one if isinstance(one, str) else Decimal(one) for name, one in (facts or {}).items()
    }
    keys = Semantics(model, given).violations(configuration({model.root.key: 1, **values}))
    words = {one.key: one.message for one in model.rules}
    words.update({one.key: one.message for one in model.tables})
    return [words.get(key, key) for key in keys]


def value(model: Model, name: str, values: Values) -> Value | None:
    key, _, code = name.partition(".")
    meaning = Semantics(model, {})
    return meaning.evaluate(AttributeOf(key, code), configuration({model.root.key: 1, **values}))


def holds(model: Model, expression: Expression, values: Values) -> Value | None:
    return Semantics(model, {}).evaluate(expression, configuration({model.root.key: 1, **values}))


# ---- types, variables, relations


def test_a_type_inherits_and_overrides() -> None:
    model = only("""
        type House { relation rooms : Room[0..3]; int area = rooms.sum(area); }
        type Room { int area = [1..100]; string color = ["white", "red"]; }
        type Bedroom : Room { int area = 12; }
        type Bath : Room;
    """)
    assert [one.key for one in model.nodes()] == ["House", "rooms/Bedroom", "rooms/Bath"]
    bath = node(model, "rooms/Bath").attribute("area")
    assert bath is not None
    assert (bath.minimum, bath.maximum) == (Decimal(1), Decimal(100))
    assert bath.expression is None
    rooms: Values = {"rooms/Bedroom": 2, "rooms/Bedroom.color": "red"}
    assert value(model, "House.area", rooms) == 24
    assert value(model, "House.area", {**rooms, "rooms/Bath": 1, "rooms/Bath.area": 5}) == 29


def test_a_domain_of_several_ranges_binds_a_part_while_it_is_there() -> None:
    model = only("""
        type House { relation door : Door[0..1]; }
        type Door { int width = [80..90, 120..130]; }
    """)
    assert broken(model, {}) == []
    assert broken(model, {"door": 1, "door.width": 85}) == []
    assert broken(model, {"door": 1, "door.width": 100}) == ["width may be 80 to 90, 120 to 130."]


def test_a_row_of_a_table_that_no_value_has_is_left_out_with_a_finding() -> None:
    reading = read("""type House {
        int rooms = [0..5]; decimal(1) height = [2, 2.5]; relation doors : Door[0..3];
        constraint(table(rooms, height, doors[Door], {6, 2, 1}, {1, 2.2, 1}, {1, 2, 4}, {1, 2, 3}));
    }
    type Door;""")
    documented(reading.models)
    (table,) = reading.models[0].tables
    assert table.rows == ((Decimal(1), Decimal(2), Decimal(3)),)
    said = [one.because for one in reading.findings if one.construct == "{…}"]
    assert len(said) == 3


def test_cardinality_bounds_what_a_relation_holds_in_all() -> None:
    model = only("""
        property maxRelationSize = 50;
        type House {
            relation one : Room[2];
            relation some : Wing[1..3];
            relation any : Room;
            relation more : Room[1..*];
        }
        type Room;
        type Wing;
        type East : Wing;
        type West : Wing;
    """)
    one = node(model, "one")
    assert (one.required, one.minimum, one.maximum) == (True, 2, 2)
    assert (node(model, "any").required, node(model, "any").maximum) == (False, 50)
    assert (node(model, "more").required, node(model, "more").maximum) == (True, 50)
    wings = next(group for group in model.root.groups if group.name == "some")
    assert (wings.least_units, wings.most_units) == (1, 3)
    assert [member.key for member in wings.members] == ["some/East", "some/West"]
    always: Values = {"one": 2, "more": 1}
    assert broken(model, {**always, "some/East": 2, "some/West": 1}) == []
    assert broken(model, {**always, "some/East": 2, "some/West": 2}) == ["House:some"]
    assert broken(model, always) == ["House:some"]


def test_order_and_defaults_name_members_of_their_own() -> None:
    model = only("""
        type House { relation rooms : Room[1..9] order (Bath, Bedroom) { default Bedroom(2); } }
        type Room;
        type Bedroom : Room;
        type Master : Bedroom;
        type Bath : Room;
    """)
    assert [one.key for one in model.nodes()][1:] == [
        "rooms/Bath",
        "rooms/Bedroom",
        "rooms/Master",
    ]
    assert node(model, "rooms/Bedroom").default == 2


def test_domains_lists_ranges_and_both() -> None:
    model = only("""
        define SIZES [1, 2, 5, 10..12]
        define COLORS ["red", "blue"]
        type Box {
            int size = SIZES;
            int even = [2, 4, 6, 8];
            int odd = [1, 3, 9];
            decimal(1) weight = [0.5..2];
            string color = COLORS;
            boolean lid;
            date due = ["2026-01-01".."2026-01-31"];
            string note;
            @(defaultValue = "8") int chosen = [2, 4, 8];
        }
    """)
    one = model.root.attribute
    even, weight, due = one("even"), one("weight"), one("due")
    assert even is not None
    assert weight is not None
    assert due is not None
    assert (even.minimum, even.maximum, even.step) == (Decimal(2), Decimal(8), Decimal(2))
    assert (weight.type, weight.minimum, weight.step) == (
        AttributeType.DECIMAL,
        Decimal("0.5"),
        Decimal("0.1"),
    )
    assert (due.minimum, due.maximum) == (Decimal(20454), Decimal(20484))
    kinds = {attribute.code: attribute.type for attribute in model.root.attributes}
    assert kinds["note"] is AttributeType.TEXT
    assert kinds["lid"] is AttributeType.BOOLEAN
    chosen, color = one("chosen"), one("color")
    assert chosen is not None
    assert color is not None
    assert chosen.default == 8
    assert color.default == "red"

    rest: Values = {
        "Box.even": 2, "Box.weight": 1, "Box.color": "red", "Box.lid": True,
        "Box.due": 20454, "Box.chosen": 2,
    }  # fmt: skip
    assert broken(model, {**rest, "Box.size": 5, "Box.odd": 9}) == []
    assert broken(model, {**rest, "Box.size": 11, "Box.odd": 9}) == []
    assert broken(model, {**rest, "Box.size": 7, "Box.odd": 9}) == [
        "size may be 1, 2, 5, 10 to 12."
    ]
    assert broken(model, {**rest, "Box.size": 5, "Box.odd": 5}) == ["odd may be 1, 3, 9."]


def test_component_groups_count_different_components() -> None:
    model = only("""
        @(minInstanceQty=1, maxInstanceQty=2)
        type ExtrasGroup {
            relation lamp : Lamp[0..4];
            relation plug : Plug[0..4];
            relation rail : Rail[0..1];
        }
        type Desk { ExtrasGroup extras; int wide = [1..3];
            constraint(extras.lamp[Lamp] > 2 -> extras.plug[Plug] > 0, "Many lamps need a plug.");
        }
        type Lamp; type Plug; type Rail;
    """)
    group = model.root.groups[0]
    assert (group.key, group.minimum, group.maximum) == ("Desk:extras", 1, 2)
    wide: Values = {"Desk.wide": 1}
    assert broken(model, {**wide, "extras/lamp": 2}) == []
    assert broken(model, wide) == ["Desk:extras"]
    assert broken(model, {**wide, "extras/lamp": 1, "extras/plug": 1, "extras/rail": 1}) == [
        "Desk:extras"
    ]
    assert broken(model, {**wide, "extras/lamp": 3}) == ["Many lamps need a plug."]


# ---- expressions


@pytest.mark.parametrize(
    ("condition", "true", "false"),
    [
        ("a == 3 && b == 1 || c", {"b": 1, "a": 3}, {"a": 3}),
        ("!(a == 3)", {"a": 2}, {"a": 3}),
        ("a > 1 -> b > 1", {"a": 2, "b": 2}, {"a": 2}),
        ("a > 1 <-> b > 1", {"a": 2, "b": 2}, {"b": 2}),
        ("(a > 1) ^ (b > 1)", {"a": 2}, {"a": 2, "b": 2}),
        ("xor(a > 1, b > 1)", {"b": 2}, {}),
        ("c ? a == 1 : a == 2", {"c": True, "a": 1}, {"c": True, "a": 2}),
        ("a + b * 2 - 1 == 6", {"a": 3, "b": 2}, {"a": 3, "b": 1}),
        ("-a + 4 == b", {"a": 3, "b": 1}, {"a": 3, "b": 2}),
        ("a in [1, 3..4]", {"a": 4}, {"a": 2}),
        ("a not in [1, 3..4]", {"a": 2}, {"a": 3}),
        ("a / 2 == 1", {"a": 3}, {"a": 4}),
        ("(a + 9) / 4 * 4 == 12", {"a": 3}, {"a": 2}),
        ("a % 3 == 1", {"a": 4}, {"a": 3}),
        ("mod(a, 3) == 1", {"a": 4}, {"a": 3}),
        ("ceil(a / 2) == 2", {"a": 3}, {"a": 2}),
        ("(a ^ 2) == 9", {"a": 3}, {"a": 2}),
        ("max(a, b) == 3", {"a": 3, "b": 1}, {"a": 2, "b": 2}),
        ("min(a, b) == 1", {"a": 3, "b": 1}, {"a": 2, "b": 2}),
        ("(c ? a : b) == 4", {"c": True, "a": 4}, {"a": 4}),
        ("c == true", {"c": True}, {}),
        ("c != true", {}, {"c": True}),
        ('s == "a/10"', {"s": "a/10"}, {"s": "b/20"}),
        ('s in ["a/10", "b/20"]', {"s": "b/20"}, {"s": "long text"}),
        ('strcontain(s, "/")', {"s": "a/10"}, {"s": "long text"}),
        (
            'strtoint(regexpreplace(s, "^(.+)/([0-9]+)$", "$2"), 0) > 10',
            {"s": "b/20"},
            {"s": "a/10"},
        ),
        ("strlen(s) == 9", {"s": "long text"}, {"s": "a/10"}),
        ('substr(s, 0, 1) == "b"', {"s": "b/20"}, {"s": "a/10"}),
        ('trim(strconcat("-", s, " x ")) == "a/10- x"', {"s": "a/10"}, {"s": "b/20"}),
        ('get(1, strsplit("x,y,z", ",")) == substr("xyz", 1, 2)', {}, None),
        ('strshare("a,b", "b,c", ",")', {}, None),
        ('strformat("%s is {}", s, 3) == "a/10 is 3"', {"s": "a/10"}, {"s": "b/20"}),
        ('s + "!" == "b/20!"', {"s": "b/20"}, {"s": "a/10"}),
        ('strtofloat("1.5") * 2 == 3', {}, None),
        ("s != null", {"s": "a/10"}, None),
        ('d < "2026-03-01"', {"d": 20454}, {"d": 20600}),
        ('(c ? "x" : "y") == "x"', {"c": True}, {}),
    ],
)  # fmt: skip
def test_operators_and_functions(condition: str, true: Values, false: Values | None) -> None:
    model = only(f"""
        type Thing {{
            int a = [0..5]; int b = [0..5]; boolean c;
            string s = ["a/10", "b/20", "long text"];
            date d = ["2026-01-01".."2026-12-31"];
            constraint({condition}, "No.");
        }}
    """)
    plain: Values = {"a": 0, "b": 0, "c": False, "s": "long text", "d": 20500}
    hidden = [one.code for one in model.root.attributes if one.code not in plain]

    def refused(given: Values) -> bool:
        """Whether the rule says no, whatever the hidden numbers are."""
        thing: Values = {f"Thing.{name}": one for name, one in {**plain, **given}.items()}
        outcomes = set()
        for candidates in _combinations(model, hidden):
            found = broken(model, {**thing, **candidates})
            if all(one == "No." for one in found):
                outcomes.add(bool(found))
        assert len(outcomes) == 1, "the hidden numbers are bound to one value"
        return outcomes.pop()

    assert not refused(true)
    if false is not None:
        assert refused(false)


def _combinations(model: Model, hidden: list[str]) -> list[Values]:
    found: list[Values] = [{}]
    for code in hidden:
        attribute = model.root.attribute(code)
        assert attribute is not None
        assert attribute.minimum is not None
        assert attribute.maximum is not None
        every = range(int(attribute.minimum), int(attribute.maximum) + 1)
        found = [{**one, f"Thing.{code}": each} for one in found for each in every]
    return found


def test_a_hidden_number_adds_no_configuration() -> None:
    """What a division makes is bound to one value, so that counting stays exact."""
    model = only("""
        type Thing { int a = [0..7]; boolean c; constraint(a / 3 >= 1, "At least three."); }
    """)
    assert len(list(enumerate_valid(model))) == 5 * 2


AGGREGATED = """
    type Rack {
        relation disks : Disk[0..6] {
            totalWatts = sum(watts);
            kinds = total(watts);
            hungry = count(watts > 5);
            most = max(watts);
            least = min(watts);
        }
        int watts = disks.totalWatts;
        int each = disks.kinds;
        int many = disks.hungry;
        int most = disks.most;
        int least = disks.least;
        int all = disks[Disk];
        int big = disks[Big];
        int counted = cardinality(Disk, disks);
        int found = cardinality("Big");
        int slow = disks.count(Disk.speed == "slow");
        int pairs = disks[Small].sum(quantity);
    }
    type Disk { int watts = [1..9]; string speed = ["slow", "fast"]; int units = this.quantity; }
    type Big : Disk { int watts = 8; int twice = units * 2; }
    type Small : Disk { int watts = 3; }
"""


def test_aggregates_of_a_relation() -> None:
    model = only(AGGREGATED)
    parts: Values = {
        "disks/Big": 2, "disks/Big.speed": "slow", "disks/Small": 3, "disks/Small.speed": "fast",
    }  # fmt: skip
    assert {
        name: value(model, f"Rack.{name}", parts)
        for name in ("watts", "each", "many", "all", "big", "counted", "found", "slow", "pairs")
    } == {
        "watts": 2 * 8 + 3 * 3,
        "each": 8 + 3,
        "many": 2,
        "all": 5,
        "big": 2,
        "counted": 5,
        "found": 2,
        "slow": 2,
        "pairs": 3,
    }
    assert value(model, "disks/Big.twice", parts) == 4
    for extreme, right, wrong in (("highest of most", 8, 3), ("lowest of least", 3, 8)):
        rule = next(one for one in model.rules if one.key == f"Rack:{extreme}")
        assert holds(model, rule.condition, {**parts, f"Rack.{extreme}": right}) is True
        assert holds(model, rule.condition, {**parts, f"Rack.{extreme}": wrong}) is False
        assert holds(model, rule.condition, {f"Rack.{extreme}": 0}) is True


def test_a_rule_about_an_attribute_of_parts_holds_for_each_of_them() -> None:
    model = only("""
        type Rack {
            int need = [1..5];
            relation disks : Disk[0..6];
            constraint(disks[Disk].size >= need, "A disk is too small.");
        }
        type Disk { int size = [1..9]; }
        type Big : Disk;
        type Small : Disk { int size = 2; }
    """)
    need: Values = {"Rack.need": 3}
    assert broken(model, need) == []
    assert broken(model, {**need, "disks/Big": 1, "disks/Big.size": 3}) == []
    assert broken(model, {**need, "disks/Big": 1, "disks/Big.size": 2}) == ["A disk is too small."]
    both: Values = {**need, "disks/Small": 1, "disks/Big": 1, "disks/Big.size": 9}
    assert broken(model, both) == ["A disk is too small."]


def test_a_part_reads_its_parents_and_the_root() -> None:
    model = only("""
        type System { string use = ["home", "work"]; relation racks : Rack[0..2]; }
        type Rack {
            int rails = [1..4];
            string use = parent(use);
            relation disks : Disk[0..3];
            message(use == "work", "At {}: {} rails.", use, rails);
        }
        type Disk {
            int size = [1..9];
            constraint(size <= parent(rails) * 2, "Too large for its rack.");
            constraint(root(use) == "home" || size > 1, "Too small for work.");
            constraint(parent(use, 1) == "home" -> size < 9, "Too large for home.");
        }
    """)
    parts: Values = {"System.use": "work", "racks": 1, "racks.rails": 2, "racks/disks": 1}
    assert broken(model, {**parts, "racks/disks.size": 4}) == []
    assert broken(model, {**parts, "racks/disks.size": 5}) == ["Too large for its rack."]
    assert broken(model, {**parts, "racks/disks.size": 1}) == ["Too small for work."]
    home: Values = {**parts, "System.use": "home", "racks.rails": 4}
    assert broken(model, {**home, "racks/disks.size": 8}) == []
    assert "Too large for home." in broken(model, {**home, "racks/disks.size": 9})
    shown = [one.text for one in model.messages if holds(model, one.condition, parts)]
    assert shown == ["At work: rails rails."]


def test_a_way_through_relations_counts_units_of_units() -> None:
    model = only("""
        type Quote {
            relation sets : Set[0..3];
            relation kit : Kit[0..1];
            require(sets.extras[Extra] > 5, kit[Kit] == 1, "A kit is missing.");
        }
        type Set { relation extras : Extra[0..9]; }
        type Extra; type Kit;
    """)
    assert broken(model, {"sets": 2, "sets/extras": 2}) == []
    assert broken(model, {"sets": 2, "sets/extras": 3}) == ["A kit is missing."]
    assert broken(model, {"sets": 2, "sets/extras": 3, "kit": 1}) == []


# ---- rules


RULES = """
    type Car {
        string engine = ["petrol", "electric"];
        int seats = [2..7];
        relation tow : Tow[0..1];
        relation tank : Tank[0..2];
        relation seat : Seat[0..7];
        relation roof : Roof[0..1];
        constraint named(engine == "electric" -> tank[Tank] == 0, "No tank for electric cars.");
        constraint(tow[Tow] > 0, seats > 2);
        require(seats > 5, roof[Roof]{kind = "rack"} == 1, "Much luggage.");
        require(roof[Roof], seat[Seat] >= 2);
        exclude(engine == "electric", tow[Tow], "It cannot tow.");
        exclude(true, seat[Child]);
        message(seats == 2, "A small car with {} seats.", seats);
        message(seats == 7, "A bus.", "WARNING");
        message(seats == 6 && engine == "electric", "Not made: %s with %d.", engine, 6, "Error");
        preference(seats == 5, "Five is usual.");
        setdefault(engine == "petrol", tank[Tank] == 1, "One tank is usual.");
        rule(engine == "electric", "hide", "relation", "tank");
        rule(
            engine == "electric", "disable", "relation", "roof", "type", "Roof",
            "message", "No roof."
        );
        rule(engine == "electric", "hide", "attribute", "seats");
        rule(engine == "electric", "hide", "attribute", "seats", "value", [3, 4]);
        rule(seats > 5, "recommend", "type", "Tow", "message", "Tow it.");
        rule(seats > 6, "recommend", "relation", "roof");
    }
    type Tow; type Tank; type Seat; type Child : Seat; type Adult : Seat;
    type Roof { string kind = ["box", "rack"]; }
"""


def test_each_kind_of_rule() -> None:
    model = only(RULES)
    car: Values = {"Car.engine": "petrol", "Car.seats": 5}
    electric: Values = {"Car.engine": "electric", "Car.seats": 5}
    assert broken(model, car) == []
    assert "No tank for electric cars." in broken(model, {**electric, "tank": 1})
    assert broken(model, {"Car.engine": "petrol", "Car.seats": 2, "tow": 1}) == [
        "If there is Tow, then seats is more than 2. [worded by the reader]"
    ]
    assert broken(model, {**car, "Car.seats": 6}) == ["Much luggage."]
    box: Values = {"roof": 1, "roof.kind": "box", "seat/Adult": 2}
    assert broken(model, {**car, "Car.seats": 6, **box}) == ["Much luggage."]
    assert broken(model, {**car, "Car.seats": 6, **box, "roof.kind": "rack"}) == []
    assert broken(model, {**car, **box, "seat/Adult": 1}) == [
        "If there is Roof, then the number of Seat is at least 2. [worded by the reader]"
    ]
    assert broken(model, {**electric, "tow": 1}) == ["It cannot tow."]
    assert broken(model, {**car, "seat/Child": 1}) == [
        "Child cannot be chosen. [worded by the reader]"
    ]
    assert broken(model, {**electric, "Car.seats": 3}) == [
        'Seats 3 or 4 cannot be chosen if engine is "electric". [worded by the reader]'
    ]
    assert "No roof." in broken(model, {**electric, **box})
    assert "Not made: electric with 6." in broken(model, {**electric, "Car.seats": 6})


def test_messages_preferences_and_what_is_hidden() -> None:
    model = only(RULES)
    shown = {one.text: (one.severity, one.node) for one in model.messages}
    assert shown == {
        "A small car with seats seats.": (Severity.INFO, None),
        "A bus.": (Severity.WARNING, None),
        "Tow it.": (Severity.RECOMMENDATION, "tow"),
        "Roof is recommended. [worded by the reader]": (Severity.RECOMMENDATION, "roof"),
    }
    assert [one.message for one in model.preferences] == ["Five is usual.", "One tank is usual."]
    usual = model.preferences[1].condition
    assert holds(model, usual, {"Car.engine": "petrol", "tank": 1}) is True
    assert holds(model, usual, {"Car.engine": "petrol"}) is False
    assert holds(model, usual, {"Car.engine": "electric"}) is True
    seats = model.root.attribute("seats")
    assert seats is not None
    assert seats.visible_when is not None
    assert holds(model, seats.visible_when, {"Car.engine": "electric"}) is False
    tank = node(model, "tank").visible_when
    assert tank is not None
    assert holds(model, tank, {"Car.engine": "petrol"}) is True
    assert node(model, "roof").visible_when is None
    assert "Car:named" in {one.key for one in model.rules}


def test_keys_of_rules_stay_when_lines_move() -> None:
    rules = [
        'constraint(a > 1, "One.");',
        "constraint(a / 2 < 2);",
        'message(a > 3, "Many.");',
        "preference(a == 2);",
        "require(a > 2, parts[Part] > 0);",
        "constraint named(a != 4);",
    ]

    def keys(said: list[str]) -> set[str]:
        model = only(f"type Set {{ int a = [0..5]; relation parts : Part[0..3]; {' '.join(said)} }}"
                     "type Part;")  # fmt: skip
        return {
            *(one.key for one in model.rules),
            *(one.key for one in model.preferences),
            *(one.key for one in model.messages),
            *(one.code for one in model.root.attributes),
        }

    before = keys(rules)
    assert len(before) == 9
    moved = ["// first", 'constraint(a   >= 0, "Zero.");', *reversed(rules)]
    assert before < keys([f"\n{one}\n" for one in moved])
    assert len(keys([*rules, rules[0]])) == 10


def test_hidden_numbers_are_those_that_something_needs() -> None:
    reading = read("""
        type Set { int a = [0..5]; int b = (a / 2) + sqrt(a); constraint(a / 3 > missing); }
    """)
    assert [one.construct for one in reading.lost()] == ["sqrt()", "constraint: missing"]
    assert [one.code for one in reading.models[0].root.attributes] == ["a"]
    assert reading.models[0].rules == ()
    reading = read("type Set { int a = [0..5]; int b = b / 2; constraint(b / 3 > a - 9); }")
    assert [one.construct for one in reading.lost()] == ["b", "constraint: b"]
    assert [one.code for one in reading.models[0].root.attributes] == ["a"]


def test_tables_alone_and_inside_of_rules() -> None:
    model = only("""
        type Set {
            string volt = ["low", "high"]; int duty = [1..3]; boolean cold;
            relation fan : Fan[0..2];
            constraint pairs(
                table(volt, duty, {"low", 1}, {"low", 2}, {"high", 3}, {"none", 1}), "Not so."
            );
            constraint(cold -> table(volt, fan[Fan], {"low", 1}, {"high", 2}), "Fans by volt.");
        }
        type Fan;
    """)
    assert [(one.key, len(one.rows)) for one in model.tables] == [("Set:pairs", 3)]
    warm: Values = {"Set.volt": "low", "Set.duty": 2, "Set.cold": False}
    assert broken(model, warm) == []
    assert broken(model, {**warm, "Set.duty": 3}) == ["Not so."]
    assert broken(model, {**warm, "Set.cold": True}) == ["Fans by volt."]
    assert broken(model, {**warm, "Set.cold": True, "fan": 1}) == []


# ---- the request


def test_external_variables_are_facts_and_constants() -> None:
    model = only("""
        @(contextPath = "SalesTransaction.Country") extern string country = "DE";
        @(contextPath = "SalesTransaction.Level") extern int level;
        @(tagName = "Urgent") extern boolean urgent;
        @(contextPath = "SalesTransaction.Due") extern date due;
        extern decimal(1) limit = 1.5;
        type Thing {
            int a = [0..3];
            constraint(country == "US" -> a > 0, "US.");
            constraint(level >= 3 -> a > 1, "Level.");
            constraint(urgent && country != null -> a < 3, "Urgent.");
            constraint(due > "2026-06-30" -> a != 2, "Late.");
            constraint(a <= limit * 2, "Limit.");
        }
    """)
    facts = {one.name: one for one in model.facts}
    assert {name: one.type for name, one in facts.items()} == {
        "country": FactType.TEXT,
        "level": FactType.NUMBER,
        "urgent": FactType.TEXT,
        "due": FactType.DATE,
    }
    assert facts["country"].values == ("US", "(none)", "(other)", "DE")
    assert [one.message for one in model.preferences] == [
        "country is DE unless the request says otherwise."
    ]
    usual: Values = {"country": "DE", "level": 0, "urgent": "false", "due": 20000}
    assert broken(model, {"Thing.a": 0}, usual) == []
    assert broken(model, {"Thing.a": 0}, {**usual, "country": "US"}) == ["US."]
    assert broken(model, {"Thing.a": 1}, {**usual, "level": 3}) == ["Level."]
    assert broken(model, {"Thing.a": 3}, {**usual, "urgent": "true"}) == ["Urgent."]
    assert broken(model, {"Thing.a": 2}, {**usual, "due": 20700}) == ["Late."]


def test_what_the_customer_has_already_is_a_fact() -> None:
    model = only("""
        @(virtual = true)
        type Order {
            @(sourceContextNode = "SalesTransaction.SalesTransactionItem")
            relation sets : Set[0..9];
            @(sourceContextNode = "Asset", closeRelation = true)
            relation owned : Set;
            relation kits : Kit[0..9];
            require(owned[Set] >= 1 && sets[Set] > 0, kits[Kit], "A kit belongs to it.");
        }
        type Set; type Kit;
    """)
    assert model.root.abstract
    assert [one.name for one in model.facts] == ["owned/Set"]
    assert broken(model, {"sets": 1}, {"owned/Set": 0}) == []
    assert broken(model, {"sets": 1}, {"owned/Set": 2}) == ["A kit belongs to it."]


def test_the_quantity_of_a_line_by_its_tag() -> None:
    model = only("""
        type Order {
            relation mice : Mouse[0..5];
            constraint(mice[Mouse].amount != 3, "Not three.");
        }
        type Mouse { @(tagName = "LineItemQuantity") int amount; }
    """)
    assert broken(model, {"mice": 2}) == []
    assert broken(model, {"mice": 3}) == ["Not three."]

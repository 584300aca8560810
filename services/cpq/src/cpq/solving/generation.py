"""Models with the shape of real feature models, of any size, for measurements and tests.

A tree of groups, most of them alternatives with sizes as uneven as in catalogues; rules between
neighbouring groups, as vehicle makers and shops write them (one part calls for some of another
kind, two parts exclude each other), of which some ask a few groups that everything depends on,
like market and model line; prices on what can be bought.

Two car makers' published models were the pattern (SoftVarE-Group/feature-model-benchmark,
automotive01 and automotive2_1): 2,513 features, 10,311 clauses, 2,833 rules of two features each,
374 alternative groups, 10^211 configurations; 14,010 features, 237,706 clauses, 666 rules, 1,010
alternative groups, 10^1261 configurations.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from cpq.configuration.expressions import And, Expression, Implies, Not, Or, Selected
from cpq.configuration.model import Group, Model, Node, Rule

WITNESSES: Final = 48
"""Configurations drawn before the rules; every rule allows all of them, so there are solutions."""

MOST_RULES: Final = 2_800
"""Between 700 and 2,800 are written for a car, however many parts it has."""

LONGEST_CALL: Final = 5
"""A part calls for one of at most so many."""

NEIGHBOURS: Final = 6
"""A rule speaks of groups that lie at most this far apart."""


@dataclass(slots=True)
class _Part:
    """A node in the making; a `core` one is in every configuration of the tree.

    `seen` has bit i when witness i has the node.
    """

    key: str
    depth: int
    required: bool = False
    core: bool = False
    seen: int = 0
    groups: list[_Cluster] = field(default_factory=list)


@dataclass(slots=True)
class _Cluster:
    """A group in the making; `minimum` and `maximum` bound how many members are selected."""

    key: str
    parent: _Part
    minimum: int
    maximum: int | None
    members: list[_Part] = field(default_factory=list)


def generate(features: int, clauses: int, *, rules: int | None = None, seed: int = 1) -> Model:
    """A satisfiable model with so many features and about so many clauses.

    Clauses are counted as usual: one for each child, required child and group, one for each pair of
    an alternative group, one for each rule. What the tree and the rules leave of them goes into
    pairs, so more clauses for each feature mean larger alternative groups. Equal arguments give
    equal models. Raises ValueError for fewer than 10 features or 2 clauses for each.

    Args:
        rules: how many to write, if there is room. None: one for each feature up to MOST_RULES
            where there are few clauses for each feature, one for twenty where there are many.
    """
    if features < 10 or clauses < 2 * features:
        raise ValueError("a generated model has at least 10 features and 2 clauses for each")
    chance = random.Random(seed)
    if rules is None:
        rules = min(features, MOST_RULES) if clauses < 8 * features else features // 20
        rules = min(rules, clauses - 3 * features // 2)
    clusters = _tree(features, clauses - rules, chance)
    root = clusters[0].parent
    _draw_witnesses(clusters, root, chance)
    return Model(
        key=f"generated-{features}-{clauses}-{seed}",
        name=f"{features} features, {clauses} clauses",
        root=_node(root, chance),
        currency="EUR",
        rules=tuple(_rules(clusters, rules, chance)),
    )


def usual_clauses(model: Model) -> int:
    """Clauses of a generated model's usual translation, with pairs that exclude each other."""
    count = 1 + len(model.rules)
    for node in model.nodes():
        for group in node.groups:
            size = len(group.members)
            count += size + sum(member.required for member in group.members) + bool(group.minimum)
            count += size * (size - 1) // 2 if group.maximum == 1 else 0
    return count


def _tree(features: int, clauses: int, chance: random.Random) -> list[_Cluster]:
    """Groups under a root, breadth first, that together need about so many clauses."""
    weights: list[tuple[str, float]] = []
    count = 0
    while count < features - 1:
        kind = chance.choices(("alternative", "optional", "some"), (0.5, 0.4, 0.1))[0]
        weights.append((kind, min(chance.paretovariate(1.6), 30.0)))
        count += 2
    low, high = 0.5, 40.0
    for _ in range(30):
        middle = (low + high) / 2
        if _cost(_sizes(weights, middle, features - 1)) > clauses:
            high = middle
        else:
            low = middle
    root = _Part("f0", 0, core=True)
    frame, others, made = [root], [root], 1
    clusters: list[_Cluster] = []
    for kind, size in _sizes(weights, low, features - 1):
        # Most groups hang on a frame of parts that every product has, the others anywhere.
        parents = frame if chance.random() < 0.85 else others
        parent = parents[int(len(parents) * chance.random() ** 1.2)]
        parent = parent if parent.depth < 10 else root
        minimum, maximum = {"alternative": (1, 1), "optional": (0, None), "some": (1, None)}[kind]
        cluster = _Cluster(f"g{len(clusters)}", parent, minimum, maximum)
        for _ in range(size):
            required = kind == "optional" and chance.random() < 0.4
            core = required and parent.core
            member = _Part(f"f{made}", parent.depth + 1, required, core)
            cluster.members.append(member)
            (frame if core else others).append(member)
            made += 1
        parent.groups.append(cluster)
        clusters.append(cluster)
    return clusters


def _sizes(
    weights: Sequence[tuple[str, float]], scale: float, members: int
) -> list[tuple[str, int]]:
    """Sizes of groups until all members are placed; alternatives grow with the scale."""
    made: list[tuple[str, int]] = []
    for kind, weight in weights:
        if members <= 0:
            break
        size = max(2, round(1.5 * weight * (scale if kind == "alternative" else 1.0)))
        size = min(size, members)
        made.append((kind if size > 1 else "optional", size))
        members -= size
    return made


def _cost(sizes: Sequence[tuple[str, int]]) -> float:
    return sum(
        1.3 * size + (size * (size - 1) / 2 if kind == "alternative" else 0) for kind, size in sizes
    )


def _draw_witnesses(clusters: Sequence[_Cluster], root: _Part, chance: random.Random) -> None:
    """Valid configurations of the tree alone, as bits of its parts."""
    root.seen = (1 << WITNESSES) - 1
    for cluster in clusters:
        for witness in range(WITNESSES):
            if not cluster.parent.seen >> witness & 1:
                continue
            chosen = {chance.randrange(len(cluster.members))} if cluster.minimum else set()
            if cluster.maximum is None:
                chosen.update(at for at in range(len(cluster.members)) if chance.random() < 0.4)
                chosen.update(at for at, one in enumerate(cluster.members) if one.required)
            for at in chosen:
                cluster.members[at].seen |= 1 << witness


def _rules(clusters: Sequence[_Cluster], number: int, chance: random.Random) -> Iterator[Rule]:
    """Rules that all witnesses keep, one clause each."""
    ordered = _in_tree_order(clusters[0].parent)
    hubs = [one for one in clusters[:12] if one.maximum == 1][:3] or [ordered[0]]
    # Rules come in bunches: a part of the catalogue that is ruled is ruled throughout.
    places = [chance.randrange(len(ordered)) for _ in range(max(2, len(ordered) // 3))]
    known: set[tuple[str, ...]] = set()
    tries = 0
    # A small tree has no room for many rules.
    while len(known) < number and tries < 100 * number:
        tries += 1
        reach = NEIGHBOURS if tries < 20 * number else len(ordered)
        at = chance.choice(places) + chance.randrange(-1, 2)
        first = ordered[at % len(ordered)]
        other = ordered[(at + chance.randrange(1, reach + 1)) % len(ordered)]
        if chance.random() < 0.15:
            first = chance.choice(hubs)
        if first is other:
            continue
        rule = _rule(first, other, chance)
        if rule is None or rule[0] in known:
            continue
        known.add(rule[0])
        yield Rule(f"r{len(known)}", rule[1], f"Rule {len(known)} of the catalogue")


def _in_tree_order(root: _Part) -> list[_Cluster]:
    """All groups, each before those below it: neighbours in the list are near in the tree."""
    ordered: list[_Cluster] = []
    waiting = list(reversed(root.groups))
    while waiting:
        cluster = waiting.pop()
        ordered.append(cluster)
        for member in reversed(cluster.members):
            waiting.extend(reversed(member.groups))
    return ordered


def _rule(
    first: _Cluster, other: _Cluster, chance: random.Random
) -> tuple[tuple[str, ...], Expression] | None:
    """A rule between two groups that all witnesses keep, with what makes it different; or None."""
    cause = chance.choice(first.members)
    members = other.members
    effect = chance.choice(members)
    if chance.random() < 0.6:
        if cause.seen & effect.seen or not effect.seen:
            return None
        pair = Not(And((Selected(cause.key), Selected(effect.key))))
        return (cause.key, "-", effect.key), pair
    if chance.random() < 0.6 and not cause.seen & ~effect.seen and not effect.core:
        return (cause.key, "+", effect.key), Implies(Selected(cause.key), Selected(effect.key))
    # The part calls for one of those that it was seen with, and a few more.
    missing, needed = cause.seen, []
    for member in chance.sample(members, len(members)):
        if member.seen & missing:
            needed.append(member)
            missing &= ~member.seen
    if missing:
        return None
    rest = [member for member in members if member not in needed]
    needed.extend(chance.sample(rest, min(len(rest), chance.randrange(3))))
    if len(needed) == len(members) or not 0 < len(needed) <= LONGEST_CALL:
        return None
    keys = sorted(member.key for member in needed)
    effects = tuple(Selected(key) for key in keys)
    wanted = effects[0] if len(effects) == 1 else Or(effects)
    return (cause.key, "+", *keys), Implies(Selected(cause.key), wanted)


def _node(part: _Part, chance: random.Random) -> Node:
    """The finished node; leaves have a price and a cost."""
    groups = tuple(
        Group(
            cluster.key,
            f"Group {cluster.key[1:]}",
            tuple(_node(member, chance) for member in cluster.members),
            cluster.minimum,
            cluster.maximum,
        )
        for cluster in part.groups
    )
    price = cost = None
    if not groups:
        price = Decimal(chance.randrange(0, 200_000)).scaleb(-2)
        cost = (price * Decimal(chance.randrange(50, 90)) / 100).quantize(Decimal("0.01"))
    return Node(
        part.key,
        f"Feature {part.key[1:]}",
        required=part.required,
        price=price,
        cost=cost,
        abstract=bool(groups),
        groups=groups,
    )

"""What asks for an approval, who decides, and what need not be asked again."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpq.approvals.models import PolicyVersion
from cpq.approvals.queries import policy_of, written
from cpq.approvals.rules import (
    AboveApproversLimit,
    ApprovalRule,
    Approver,
    ApproverGroup,
    Comparison,
    Condition,
    Deal,
    DealLine,
    FactAge,
    FactLimit,
    FactsAreStale,
    MakerIsNotChecker,
    Matched,
    Measured,
    NotAnApprover,
    Policy,
    RequestStatus,
    StepStatus,
    Variable,
    check_freshness,
    covered,
    decider,
    faults_of,
    flags_of,
    matches,
    outcome,
    planned,
    to_open,
)

DAY = date(2026, 11, 26)


def more(variable: Variable, value: str, currency: str | None = None) -> Condition:
    return Condition(variable, Comparison.MORE, Decimal(value), currency)


def less(variable: Variable, value: str) -> Condition:
    return Condition(variable, Comparison.LESS, Decimal(value))


def rule(key: str, *conditions: Condition, **of: object) -> ApprovalRule:
    return ApprovalRule(key, key.title(), conditions, str(of.pop("group", "managers")), **of)  # type: ignore[arg-type]


DISCOUNT = rule("discount", more(Variable.DISCOUNT_FRACTION, "0.2"))
MARGIN = rule("margin", less(Variable.LINE_MARGIN_FRACTION, "0.1"))
LARGE = rule("large", more(Variable.NET, "10000", "EUR"), group="directors", level=2)


def deal(*lines: DealLine, currency: str = "EUR", **variables: str | None) -> Deal:
    return Deal(
        currency,
        {
            Variable(name): None if value is None else Decimal(value)
            for name, value in variables.items()
        },
        lines,
    )


def line(key: str, margin: str | None) -> DealLine:
    value = None if margin is None else Decimal(margin)
    return DealLine(key, {Variable.LINE_MARGIN_FRACTION: value})


def found(found_in: Deal, *rules: ApprovalRule) -> list[str]:
    return [each.rule.key for each in matches(Policy(1, rules), found_in)]


def test_a_rule_asks_where_all_its_conditions_hold() -> None:
    assert found(deal(discount_fraction="0.21"), DISCOUNT) == ["discount"]
    assert found(deal(discount_fraction="0.2"), DISCOUNT) == []
    both = rule("both", *DISCOUNT.conditions, *LARGE.conditions)
    assert found(deal(discount_fraction="0.3", net="9999"), both) == []
    assert found(deal(discount_fraction="0.3", net="10001"), both) == ["both"]


def test_conditions_on_lines_hold_of_the_same_line_and_name_it() -> None:
    (matched,) = matches(
        Policy(1, (MARGIN,)), deal(line("a", "0.05"), line("b", "0.3"), line("c", "0.09"))
    )
    assert [(each.line, each.value) for each in matched.measured] == [
        ("a", Decimal("0.05")),
        ("c", Decimal("0.09")),
    ]


def test_what_nobody_knows_is_looked_at_and_what_does_not_apply_is_not() -> None:
    assert found(deal(line("a", None)), MARGIN) == ["margin"]
    assert found(deal(net="1", currency="USD"), LARGE) == ["large"], "money of another currency"
    assert found(deal(), DISCOUNT, LARGE) == []


@given(
    st.sampled_from([Comparison.MORE, Comparison.AT_LEAST, Comparison.LESS, Comparison.AT_MOST]),
    st.decimals(0, 1, places=3),
    st.decimals(0, 1, places=3),
)
def test_only_what_got_worse_is_asked_again(
    comparison: Comparison, approved: Decimal, now: Decimal
) -> None:
    asked = rule("r", Condition(Variable.DISCOUNT_FRACTION, comparison, Decimal("0.5")))
    matched = Matched(asked, (Measured(Variable.DISCOUNT_FRACTION, now),))
    grew = comparison in (Comparison.MORE, Comparison.AT_LEAST)
    better = now <= approved if grew else now >= approved

    assert covered(matched, [Measured(Variable.DISCOUNT_FRACTION, approved)]) is better


def test_a_line_that_nobody_looked_at_is_asked_about() -> None:
    approved = [Measured(Variable.LINE_MARGIN_FRACTION, Decimal("0.05"), "a")]
    same = Matched(MARGIN, (Measured(Variable.LINE_MARGIN_FRACTION, Decimal("0.06"), "a"),))
    other = Matched(MARGIN, (Measured(Variable.LINE_MARGIN_FRACTION, Decimal("0.09"), "b"),))
    unknown = Matched(MARGIN, (Measured(Variable.LINE_MARGIN_FRACTION, None, "a"),))

    assert covered(same, approved)
    assert not covered(other, approved)
    assert not covered(unknown, approved)


def test_a_group_is_asked_once_a_level_and_levels_follow_each_other() -> None:
    found_by = matches(
        Policy(1, (DISCOUNT, MARGIN, LARGE)),
        deal(line("a", "0"), discount_fraction="0.5", net="20000"),
    )
    steps = planned(found_by)
    assert [(step.level, step.group, len(step.matched)) for step in steps] == [
        (1, "managers", 2),
        (2, "directors", 1),
    ]
    waiting, approved = StepStatus.WAITING, StepStatus.APPROVED
    assert to_open([("main", 1, waiting), ("main", 1, waiting), ("main", 2, waiting)]) == [0, 1]
    assert to_open([("main", 1, approved), ("main", 2, waiting), ("legal", 1, waiting)]) == [1, 2]
    assert to_open([("main", 1, StepStatus.OPEN), ("main", 2, waiting)]) == []
    assert outcome([approved, StepStatus.CARRIED]) is RequestStatus.APPROVED
    assert outcome([]) is RequestStatus.APPROVED
    assert outcome([approved, StepStatus.OPEN]) is RequestStatus.OPEN
    assert outcome([StepStatus.REJECTED, StepStatus.OPEN]) is RequestStatus.REJECTED


ANNA = Approver("anna", Decimal(50_000), "EUR", deputy="dora", away_from=DAY, away_until=DAY)
BEN = Approver("ben")
GROUP = ApproverGroup("managers", "Managers", (ANNA, BEN))


def decides(subject: str, net: str = "100", currency: str = "EUR", day: date = DAY) -> str:
    return decider(
        [GROUP], subject, makers=("sam",), day=day, net=Decimal(net), currency=currency
    ).subject


def test_who_decides() -> None:
    assert decides("anna") == "anna"
    assert decides("dora") == "anna", "the deputy of somebody who is away"
    assert decides("ben", "1000000", "USD") == "ben"
    with pytest.raises(NotAnApprover):
        decides("dora", day=date(2026, 11, 27))
    with pytest.raises(NotAnApprover):
        decides("eve")
    with pytest.raises(MakerIsNotChecker):
        decides("sam")
    with pytest.raises(AboveApproversLimit):
        decides("anna", "50000.01")
    with pytest.raises(AboveApproversLimit):
        decides("anna", "1", "USD")


def test_a_deputy_is_bound_as_whom_they_stand_in_for() -> None:
    with pytest.raises(MakerIsNotChecker):
        decider([GROUP], "dora", makers=("anna",), day=DAY, net=Decimal(1), currency="EUR")


def test_a_band_is_not_covered_by_another_place_in_it() -> None:
    """Between a tenth and a fifth: 19 % is worse than the 15 % that somebody approved."""
    band = rule(
        "band",
        more(Variable.LINE_DISCOUNT_FRACTION, "0.1"),
        Condition(Variable.LINE_DISCOUNT_FRACTION, Comparison.AT_MOST, Decimal("0.2")),
    )

    def measured(value: str, item: str = "BK-1") -> tuple[Measured, ...]:
        return (Measured(Variable.LINE_DISCOUNT_FRACTION, Decimal(value), "bike", item),) * 2

    assert covered(Matched(band, measured("0.15")), measured("0.15"))
    assert not covered(Matched(band, measured("0.19")), measured("0.15"))
    assert not covered(Matched(band, measured("0.15", "BK-2")), measured("0.15"))


OWN_DEPUTY = Approver("ben", deputy="ben")
GOOD = Policy(
    1,
    (DISCOUNT, MARGIN, LARGE),
    (GROUP, ApproverGroup("directors", "Directors", (BEN,))),
    (FactLimit("credit", 3600, blocks=True),),
)


def test_a_policy_is_kept_as_it_was_written() -> None:
    assert faults_of(GOOD) == []
    assert policy_of(PolicyVersion(version=1, content=written(GOOD))) == GOOD


@pytest.mark.parametrize(
    ("policy", "place"),
    [
        (replace(GOOD, groups=(GROUP,)), "rules.2.group"),
        (replace(GOOD, rules=(DISCOUNT, DISCOUNT)), "rules.1.key"),
        (replace(GOOD, rules=(rule("r"),)), "rules.0.conditions"),
        (
            replace(GOOD, rules=(rule("r", more(Variable.NET, "1")),)),
            "rules.0.conditions.0.currency",
        ),
        (
            replace(GOOD, rules=(rule("r", more(Variable.TIER, "1")),)),
            "rules.0.conditions.0.value",
        ),
        (replace(GOOD, groups=(*GOOD.groups, GROUP)), "groups.2.key"),
        (
            replace(GOOD, groups=(*GOOD.groups, ApproverGroup("x", "X", (BEN,), 4, "nobody"))),
            "groups.2.escalate_to",
        ),
        (
            replace(
                GOOD, groups=(*GOOD.groups, ApproverGroup("x", "X", (replace(BEN, deputy="ben"),)))
            ),
            "groups.2.approvers.0.deputy",
        ),
        (replace(GOOD, fact_limits=GOOD.fact_limits * 2), "fact_limits.1.fact"),
    ],
)
def test_a_policy_that_makes_no_sense_names_the_place(policy: Policy, place: str) -> None:
    assert place in [fault.field for fault in faults_of(policy)]


def test_facts_past_their_limit_are_flagged_and_may_block() -> None:
    limits = [FactLimit("credit", 60, blocks=True), FactLimit("stock", 60, blocks=False)]
    flags = flags_of(
        limits, [FactAge("credit", 60), FactAge("stock", 61, "1"), FactAge("cost", 10**9, "1")]
    )
    assert [(flag.fact, flag.line) for flag in flags] == [("stock", "1")]
    check_freshness(flags)
    with pytest.raises(FactsAreStale, match="61 s old, the limit is 60 s"):
        check_freshness(flags_of(limits, [FactAge("credit", 61)]))

"""Where an opportunity may go."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.opportunities.rules import (
    DEFAULT_PIPELINE,
    AmountIsFinerThanItsCurrency,
    LossNeedsReason,
    OpportunityIsClosed,
    OpportunityIsOpen,
    OpportunityMustStartOpen,
    PipelineNeedsEveryEnd,
    StageDoesNotFollow,
    StageIsUnknown,
    StageKind,
    check_amount,
    check_pipeline,
    first_stage,
    move,
    pipeline,
    reopen,
    starting_stage,
    win,
)
from servicekit.errors import Refusal
from servicekit.values import Money

STAGES = pipeline(DEFAULT_PIPELINE)
codes = st.sampled_from([*STAGES, "nowhere"])


def test_an_opportunity_starts_at_the_first_open_stage_unless_told_otherwise() -> None:
    assert starting_stage(STAGES, None).code == "qualification"
    assert starting_stage(STAGES, "proposal").code == "proposal"
    with pytest.raises(OpportunityMustStartOpen):
        starting_stage(STAGES, "won")
    with pytest.raises(StageIsUnknown):
        starting_stage(STAGES, "nowhere")


@given(st.lists(st.tuples(codes, st.sampled_from([None, "too dear"])), max_size=15))
def test_however_it_is_moved_a_closed_opportunity_stays_closed(
    asked: list[tuple[str, str | None]],
) -> None:
    stage, closed_as = "qualification", None
    for target, reason in asked:
        try:
            moved = move(STAGES, stage, target, reason=reason)
        except Refusal:
            continue
        if moved is not None:
            assert closed_as is None, "a closed opportunity moved"
            stage = moved.code
            closed_as = stage if moved.kind is not StageKind.OPEN else None
    assert closed_as is None or closed_as == stage


def test_won_and_lost_are_left_by_reopening_only() -> None:
    with pytest.raises(OpportunityIsClosed):
        move(STAGES, "won", "proposal", reason=None)
    assert reopen(STAGES, "won", None).code == "qualification"
    assert reopen(STAGES, "lost", "proposal").code == "proposal"
    with pytest.raises(OpportunityIsOpen):
        reopen(STAGES, "proposal", None)
    with pytest.raises(OpportunityMustStartOpen):
        reopen(STAGES, "lost", "won")


def test_a_loss_says_why() -> None:
    with pytest.raises(LossNeedsReason):
        move(STAGES, "proposal", "lost", reason=None)
    lost = move(STAGES, "proposal", "lost", reason="too dear")
    assert lost is not None
    assert lost.kind is StageKind.LOST


def test_going_where_it_stands_is_no_step() -> None:
    assert move(STAGES, "proposal", "proposal", reason=None) is None


def test_a_stage_leads_only_where_the_pipeline_says_but_a_decision_does_not_wait() -> None:
    strict = pipeline(
        [
            replace(stage, next_stages=("discovery",)) if stage.code == "qualification" else stage
            for stage in DEFAULT_PIPELINE
        ]
    )

    assert move(strict, "qualification", "discovery", reason=None) == strict["discovery"]
    assert move(strict, "qualification", "won", reason=None) == strict["won"]
    with pytest.raises(StageDoesNotFollow):
        move(strict, "qualification", "negotiation", reason=None)


@given(st.sampled_from([*STAGES]))
def test_an_accepted_quote_wins_once_from_wherever_it_stands(code: str) -> None:
    won = win(STAGES, code)

    assert (won is None) == (STAGES[code].kind is StageKind.WON)
    assert won is None or win(STAGES, won.code) is None


@given(st.sampled_from(list(StageKind)))
def test_no_pipeline_lacks_a_kind_of_stage(kind: StageKind) -> None:
    check_pipeline(DEFAULT_PIPELINE)
    assert first_stage(STAGES, kind).kind is kind
    with pytest.raises(PipelineNeedsEveryEnd):
        check_pipeline([stage for stage in DEFAULT_PIPELINE if stage.kind is not kind])


def test_a_successor_must_exist() -> None:
    with pytest.raises(StageIsUnknown):
        check_pipeline([replace(DEFAULT_PIPELINE[0], next_stages=("nowhere",)), *DEFAULT_PIPELINE])


def test_an_expected_amount_is_no_finer_than_its_currency() -> None:
    check_amount(None)
    check_amount(Money(Decimal("12.50"), "EUR"))
    check_amount(Money(Decimal("12.500"), "KWD"))
    with pytest.raises(AmountIsFinerThanItsCurrency):
        check_amount(Money(Decimal("12.5"), "JPY"))

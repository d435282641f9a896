"""Plans hold together, and risk is ordered."""

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fazai_tui.core.plan import Plan, Risk, Step, StepStatus, chained


def step(name: str, *needs: str) -> Step:
    """Return a step."""
    return Step(id=name, title=name, command=name, needs=needs)


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ((step("a"), step("a")), "same id"),
        ((step("a", "b"),), "needs b, which does not exist"),
        ((step("a", "a"),), "circle"),
        ((step("a", "b"), step("b", "c"), step("c", "a")), "circle"),
        ((), "at least 1"),
    ],
)
def test_a_plan_that_does_not_hold_is_refused(steps: tuple[Step, ...], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Plan(goal="g", steps=steps)


def test_needs_may_point_forward() -> None:
    assert Plan(goal="g", steps=(step("b", "a"), step("a"))).step("a").command == "a"


@given(st.lists(st.from_regex(r"[a-z]{1,6}", fullmatch=True), min_size=1, max_size=20, unique=True))
def test_chained_steps_follow_each_other(names: list[str]) -> None:
    plan = Plan(goal="g", steps=chained([step(name, "replaced") for name in names]))

    assert [s.needs for s in plan.steps] == [(), *((name,) for name in names[:-1])]


def test_replacing_changes_one_step() -> None:
    plan = Plan(goal="g", steps=(step("a"), step("b")))

    changed = plan.replacing(plan.step("b").with_status(StepStatus.DONE))

    assert [s.status.value for s in changed.steps] == ["pending", "done"]
    assert [s.status.value for s in plan.steps] == ["pending", "pending"]
    with pytest.raises(KeyError):
        plan.step("c")


def test_values_are_fixed() -> None:
    with pytest.raises(ValidationError):
        setattr(step("a"), "command", "other")  # noqa: B010


def test_risks_are_ordered() -> None:
    assert [risk.rank for risk in (Risk.LOW, Risk.MEDIUM, Risk.HIGH, Risk.CRITICAL)] == [0, 1, 2, 3]
    assert Risk.highest() is Risk.LOW


@given(st.lists(st.sampled_from(list(Risk)), min_size=1))
def test_the_highest_risk_is_never_lower_than_any(risks: list[Risk]) -> None:
    highest = Risk.highest(*risks)

    assert highest in risks and all(highest.rank >= risk.rank for risk in risks)


def test_a_plan_survives_json_and_its_schema() -> None:
    plan = Plan(goal="g", steps=chained([step("a"), step("b")]))

    text = plan.model_dump_json()

    jsonschema.validate(json.loads(text), Plan.model_json_schema())
    assert Plan.model_validate_json(text) == plan

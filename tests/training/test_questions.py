"""The shipped model on questions: what it answers, what it looks up, and that it says what is beyond it."""

import asyncio
from pathlib import Path

import pytest

from training.dataset import Example
from training.questions import KINDS, Asked, ask_all, read_questions, refusals, sampled, table

FILES = Path(__file__).parent / "questions"

SAMPLE = 30
"""How many questions of each kind are asked, the same ones each time."""

FLOORS = {"off_topic": 0.76, "host": 0.86, "about": 0.73}
"""What share of the sample must come out right at least: two questions under what was measured."""

MOST_FALSE = 0.24
"""The most of the general questions that may get an answer or a command of something else."""

MOST_REFUSED = 0.027
"""The most of the orders that may be taken for questions beyond the model: one more than were measured."""


@pytest.fixture(scope="module")
def asked() -> list[Asked]:
    """Return what became of a sample of the questions that nothing was tuned on."""
    return asyncio.run(ask_all(sampled(read_questions(FILES / "held_out.toml"), SAMPLE)))


def test_questions_come_out_as_well_as_they_did(asked: list[Asked]) -> None:
    for kind in KINDS:
        verdicts = [item.verdict for item in asked if item.kind == kind]
        assert verdicts.count("right") / len(verdicts) >= FLOORS[kind], table(asked)


def test_general_questions_seldom_get_something_else(asked: list[Asked]) -> None:
    verdicts = [item.verdict for item in asked if item.kind == "off_topic"]

    assert verdicts.count("wrong") / len(verdicts) <= MOST_FALSE, table(asked)


def test_hardly_an_order_is_taken_for_something_beyond(examples: list[Example]) -> None:
    refused, orders = refusals(examples)

    assert orders > 200
    assert refused / orders <= MOST_REFUSED


def test_nothing_that_is_tuned_on_is_measured() -> None:
    tuned = {question for _, question, _ in read_questions(FILES / "tuning.toml")}
    held_out = [question for _, question, _ in read_questions(FILES / "held_out.toml")]

    assert not tuned.intersection(held_out)
    assert len(held_out) == len(set(held_out)) > 160


def test_a_sample_stays_nearly_the_same_when_questions_are_added() -> None:
    questions = list(read_questions(FILES / "held_out.toml"))
    before = sampled(questions[1:], SAMPLE)
    after = sampled(questions, SAMPLE)

    assert [sum(kind == own for own, _, _ in after) for kind in KINDS] == [SAMPLE] * len(KINDS)
    assert len(set(before) - set(after)) <= 1
    assert after == sampled(reversed(questions), SAMPLE)

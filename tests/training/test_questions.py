"""The shipped model on questions: what it answers, what it looks up, and that it says what is beyond it."""

import asyncio
from pathlib import Path

import pytest

from training.questions import KINDS, Asked, ask_all, read_questions, refusals, table

FILES = Path(__file__).parent / "questions"

FLOORS = {"off_topic": 0.76, "host": 0.85, "about": 0.72}
"""What share of the questions that nothing was tuned on must come out right at least."""

MOST_FALSE = 0.24
"""The most of the general questions that may get an answer or a command of something else."""


@pytest.fixture(scope="module")
def asked() -> list[Asked]:
    """Return what became of the questions that nothing was tuned on."""
    return asyncio.run(ask_all(FILES / "held_out.toml"))


def test_questions_come_out_as_well_as_they_did(asked: list[Asked]) -> None:
    for kind in KINDS:
        verdicts = [item.verdict for item in asked if item.kind == kind]
        assert verdicts.count("right") / len(verdicts) >= FLOORS[kind], table(asked)


def test_general_questions_seldom_get_something_else(asked: list[Asked]) -> None:
    verdicts = [item.verdict for item in asked if item.kind == "off_topic"]

    assert verdicts.count("wrong") / len(verdicts) <= MOST_FALSE, table(asked)


def test_hardly_an_order_is_taken_for_something_beyond() -> None:
    refused, orders = refusals()

    assert orders > 800
    assert refused / orders <= 0.015


def test_nothing_that_is_tuned_on_is_measured() -> None:
    tuned = {question for _, question, _ in read_questions(FILES / "tuning.toml")}
    held_out = [question for _, question, _ in read_questions(FILES / "held_out.toml")]

    assert not tuned.intersection(held_out)
    assert len(held_out) == len(set(held_out)) > 160

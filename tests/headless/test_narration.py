"""What people read on stderr."""

import io

import pytest

from fazai_tui.cli.terminal import printable
from fazai_tui.config.texts import Texts
from fazai_tui.core.events import (
    ApprovalDecided,
    CommandFinished,
    CommandStarted,
    EngineStateChanged,
    ErrorOccurred,
    Event,
    MessageProduced,
    OutputReceived,
    PlanProposed,
    RepairStarted,
    TokenGenerated,
)
from fazai_tui.core.language import Language
from fazai_tui.core.plan import Plan, Risk, Step
from fazai_tui.core.policy import ApprovalDecision, Assessment, Decision
from fazai_tui.headless.narration import LastMessage, Narrator

EVIL = "\x1b]0;title\x07\x1b[2J\x9b31m\u202e"
GRADE = Assessment(command=f"rm {EVIL}", risk=Risk.HIGH, decision=Decision.ASK)
STEP = Step(id="s1", title=f"Remove {EVIL}", command=GRADE.command, risk=Risk.HIGH)
EVENTS: tuple[Event, ...] = (
    EngineStateChanged(state="loading"),
    PlanProposed(plan=Plan(goal=f"Goal {EVIL}", steps=(STEP,))),
    CommandStarted(command_id="c", step_id="s1", command=GRADE.command, cwd="/", assessment=GRADE),
    OutputReceived(command_id="c", text=f"line {EVIL}\r\nno end"),
    CommandFinished(
        command_id="c", step_id="s1", status="failed", exit_code=3, output="no end", duration_ms=1, cwd="/"
    ),
    RepairStarted(attempt=1, step_id="s1", observation=EVIL),
    ApprovalDecided(
        approval_id="a",
        step_id="s1",
        command=GRADE.command,
        assessment=GRADE,
        decision=ApprovalDecision.DECLINE,
        decided_by="policy",
    ),
    ErrorOccurred(code="model", message=f"Gone {EVIL}", hint="get it again"),
    TokenGenerated(text="not for people"),
)


def told(*events: Event, language: Language = "en", is_coloured: bool = False) -> str:
    """Return what a narrator writes."""
    stream = io.StringIO()
    narrator = Narrator(stream, Texts(language), printable, is_coloured=is_coloured)
    for event in events:
        narrator.tell(event)
    return stream.getvalue()


def test_what_happens_is_told_in_order() -> None:
    lines = told(*EVENTS).splitlines()

    assert [line.split(" ")[0] for line in lines if line.strip()] == [
        "loading",
        "Plan:",
        "",
        "$",
        "line",
        "no",
        "ended",
        "failed;",
        "declined:",
        "fazai:",
    ]
    assert "[high]" in lines[2] and lines[-1].endswith("(get it again)")


def test_nothing_from_outside_reaches_the_terminal_raw() -> None:
    text = told(*EVENTS)

    assert not set(text) & {"\x1b", "\x07", "\x9b", "\u202e", "\r"}
    assert "\\x1b]0;title\\x07" in text


def test_colours_are_our_own_and_only_on_request() -> None:
    coloured = told(*EVENTS, is_coloured=True)

    assert "\x1b[1m$ rm \\x1b" in coloured
    assert "\x1b[0m" not in told(*EVENTS)


@pytest.mark.parametrize(("language", "word"), [("pt", "alto"), ("en", "high")])
def test_it_speaks_the_users_language(language: Language, word: str) -> None:
    assert f"[{word}]" in told(*EVENTS, language=language)


def test_the_last_message_is_kept() -> None:
    last = LastMessage()
    for event in (MessageProduced(text="one"), *EVENTS, MessageProduced(text="two")):
        last.tell(event)

    assert last.text == "two"

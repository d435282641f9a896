"""The approval card: what it shows, which keys decide, and what it refuses."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from textual.widgets import Input, Static

from fazai_tui.core import events as ev
from fazai_tui.core.plan import Risk
from fazai_tui.core.policy import ApprovalDecision, ApprovalReply
from fazai_tui.widgets.command_editor import CommandEditor
from tests.screens.samples import approval, script_plan

OpenScene = Callable[..., AbstractAsyncContextManager[Any]]

SCRIPT_LINES = ("cat > conta.sh", "for i in $(seq 1 10); do", "EOF")


def shown(card: Any) -> str:
    """Return the text of a card."""
    return "\n".join(str(part.render()) for part in card.query(Static) if part.display)


@pytest.mark.parametrize(("language", "title"), [("pt", "Aprovação"), ("en", "Approval")])
async def test_the_card_shows_what_code_knows_of_the_command(open_scene: OpenScene, language: str, title: str) -> None:
    async with open_scene(language=language) as scene:
        await scene.ask()

        text = shown(scene.card)
        assert scene.card.border_title == title
        for fact in (
            *SCRIPT_LINES,
            "ana@tupi",
            "/home/ana/projeto/conta.sh",
            "danger-full-access",
            "rm -f conta.sh",
            "conta.sh",
        ):
            assert fact in text


async def test_while_the_user_decides_the_model_is_ready(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        status = scene.screen.parts.status
        await scene.ask()
        assert status.state == "ready"

        await scene.emit(scene.decided(ApprovalDecision.RUN))

        assert status.state == "thinking"


@pytest.mark.parametrize(
    ("key", "decision"),
    [
        ("y", ApprovalDecision.RUN),
        ("n", ApprovalDecision.DECLINE),
        ("a", ApprovalDecision.APPROVE_REST),
        ("s", ApprovalDecision.SKIP),
        ("d", ApprovalDecision.DRY_RUN),
        ("escape", ApprovalDecision.ABORT),
    ],
)
async def test_a_key_decides(open_scene: OpenScene, key: str, decision: ApprovalDecision) -> None:
    async with open_scene() as scene:
        await scene.ask()
        await scene.press(key)

        assert scene.session.replies == [("a1", ApprovalReply(decision=decision))]


async def test_keys_in_the_first_400_ms_are_ignored(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.ask(is_armed=False)
        scene.clock.now += 0.39
        await scene.press("y", "n", "a", "s", "d", "escape", "e")

        assert not scene.session.replies
        assert not scene.card.query_one(CommandEditor).has_focus

        scene.clock.now += 0.02
        await scene.press("y")

        assert [reply.decision for _, reply in scene.session.replies] == [ApprovalDecision.RUN]


async def test_what_the_user_was_typing_does_not_decide(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.order()
        await scene.type("outra coisa ")
        await scene.ask(is_armed=False)
        await scene.type("yay")

        assert not scene.session.replies


async def test_declining_with_a_reason_gives_it_to_the_planner(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.ask()
        await scene.press("r")
        await scene.type("use 20 y n")
        await scene.press("enter")

        assert scene.session.replies == [("a1", ApprovalReply(decision=ApprovalDecision.DECLINE, reason="use 20 y n"))]


async def test_escape_goes_back_from_the_reason_and_decides_nothing(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.ask()
        await scene.press("r")
        await scene.type("por")
        await scene.press("escape")

        assert not scene.session.replies
        assert scene.card.has_focus


async def test_an_edited_command_is_graded_and_runs_as_edited(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.ask("ls", Risk.MEDIUM)
        await scene.press("e")
        await scene.type(" -la")
        await scene.press("enter")

        assert scene.session.replies == [("a1", ApprovalReply(decision=ApprovalDecision.RUN, command="ls -la"))]


async def test_the_new_grade_shows_while_the_command_is_edited(open_scene: OpenScene) -> None:
    async with open_scene(language="en") as scene:
        await scene.ask("ls", Risk.LOW)
        await scene.press("e")
        await scene.type(" ; rm x")

        assert scene.card.assessment.risk is Risk.HIGH
        assert "high risk" in shown(scene.card)
        assert not scene.session.replies


async def test_an_edit_that_raises_the_risk_is_asked_for_again(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.ask("ls", Risk.LOW)
        await scene.press("e")
        await scene.type(" ; rm x")
        await scene.press("enter")

        assert not scene.session.replies

        await scene.press("y")

        assert scene.session.replies == [("a1", ApprovalReply(decision=ApprovalDecision.RUN, command="ls ; rm x"))]


async def test_an_edit_that_becomes_critical_takes_the_host_name(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.ask("ls", Risk.LOW)
        await scene.press("e")
        await scene.type(" ; rm -rf x")
        await scene.press("enter", "y")

        assert not scene.session.replies

        await scene.type("tupi")
        await scene.press("enter")

        reply = ApprovalReply(decision=ApprovalDecision.RUN, command="ls ; rm -rf x", typed="tupi")
        assert scene.session.replies == [("a1", reply)]


async def test_an_empty_edit_does_not_run(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.ask("ls", Risk.LOW)
        await scene.press("e", "backspace", "backspace", "enter")

        assert not scene.session.replies
        assert scene.card.query_one(CommandEditor).has_focus


async def test_escape_leaves_the_edit_and_the_command_as_it_was(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.ask("ls", Risk.MEDIUM)
        await scene.press("e")
        await scene.type(" -la")
        await scene.press("escape", "y")

        assert scene.session.replies == [("a1", ApprovalReply(decision=ApprovalDecision.RUN))]


async def test_a_critical_command_does_not_run_by_a_key(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.ask("rm -rf /", Risk.CRITICAL)
        await scene.press("y", "enter", "a", "enter", "y", "enter")

        assert not [reply for _, reply in scene.session.replies if reply.decision is not ApprovalDecision.DECLINE]
        assert not scene.session.replies


@pytest.mark.parametrize("opening", ["", "y"])
async def test_a_critical_command_runs_by_the_host_name(open_scene: OpenScene, opening: str) -> None:
    async with open_scene() as scene:
        await scene.ask("rm -rf /", Risk.CRITICAL)
        await scene.type(opening + "tupi")
        await scene.press("enter")

        assert scene.session.replies == [("a1", ApprovalReply(decision=ApprovalDecision.RUN, typed="tupi"))]


async def test_another_name_is_refused_and_may_be_typed_again(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.ask("rm -rf /", Risk.CRITICAL)
        await scene.type("ytup")
        await scene.press("enter")

        assert not scene.session.replies
        assert scene.card.query_one(Input).value == ""

        await scene.type("tupi")
        await scene.press("enter")

        assert len(scene.session.replies) == 1


async def test_a_critical_command_may_be_declined_by_its_key(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.ask("rm -rf /", Risk.CRITICAL)
        await scene.press("n")

        assert [reply.decision for _, reply in scene.session.replies] == [ApprovalDecision.DECLINE]


async def test_the_rest_is_not_approved_with_a_high_risk_step(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.ask("rm x", Risk.HIGH)
        await scene.press("a")

        assert not scene.session.replies


async def test_explaining_shows_why_and_where_from(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.ask()
        assert not scene.card.query_one("#approval-explain").display

        await scene.press("x")

        assert scene.card.query_one("#approval-explain").display
        assert "script-count" in str(scene.card.query_one("#approval-explain", Static).render())


@pytest.mark.parametrize(("language", "words"), [("pt", "de: runbook deploy"), ("en", "from: runbook deploy")])
async def test_the_card_says_where_imported_knowledge_has_the_command_from(
    open_scene: OpenScene, language: str, words: str
) -> None:
    evil = "\x1b]0;x\x07[bold].md"
    async with open_scene(language=language) as scene:
        await scene.order()
        card = approval().card.model_copy(update={"provenance": f"runbook deploy{evil}", "is_imported": True})
        await scene.emit(ev.PlanProposed(plan=script_plan()), ev.ApprovalRequested(card=card))
        await scene.until(lambda: scene.screen.parts.approvals.current)

        shown = str(scene.card.query_one("#approval-facts", Static).render())
        assert words in shown and "[bold].md" in shown and "\x1b" not in shown


async def test_the_card_of_a_cookbook_command_names_no_source(open_scene: OpenScene) -> None:
    async with open_scene(language="en") as scene:
        await scene.ask()

        assert "from:" not in str(scene.card.query_one("#approval-facts", Static).render())


async def test_hidden_characters_of_a_command_are_spelled_out(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.ask("echo \u202e[bold]x[/bold]\x1b[2K", Risk.MEDIUM)

        assert "echo \\u202e[bold]x[/bold]\\x1b[2K" in shown(scene.card)


async def test_the_card_goes_with_the_answer_and_the_prompt_has_the_focus(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.ask()
        await scene.emit(scene.decided(ApprovalDecision.RUN))

        assert scene.screen.parts.approvals.current is None
        assert scene.screen.parts.prompt.editor.has_focus
        assert "aprovado: cat > conta.sh" in scene.chat_text


async def test_a_second_card_waits_for_the_first(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.ask()
        await scene.emit(scene.requested("rm x", Risk.HIGH, "a2"))
        assert scene.card.card.approval_id == "a1"

        await scene.emit(scene.decided(ApprovalDecision.RUN))

        assert scene.card.card.approval_id == "a2"


async def test_remapped_keys_decide_and_are_shown(open_scene: OpenScene) -> None:
    async with open_scene(keys={"approval_run": "k"}) as scene:
        await scene.ask()
        await scene.press("y")
        assert not scene.session.replies

        await scene.press("k")

        assert [reply.decision for _, reply in scene.session.replies] == [ApprovalDecision.RUN]

"""For how long an approval holds, what a command does, and keys typed ahead on the card."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from textual import events
from textual.widgets import OptionList, Static

from fazai_tui.core.plan import Risk
from fazai_tui.core.policy import AppliedRule, ApprovalDecision, ApprovalReply, Assessment, Decision, RuleScope, Tier
from fazai_tui.widgets.command_editor import CommandEditor
from fazai_tui.widgets.rule_chooser import RuleChooser
from tests.screens.samples import approval

OpenScene = Callable[..., AbstractAsyncContextManager[Any]]

OFFER = '[[rule]]\ndecision = "allow"\nprefix = ["rm", "[b]x\\u001b"]\nargs = []\n'


async def _ask(scene: Any, risk: Risk = Risk.MEDIUM, offer: str = OFFER, **changes: Any) -> None:
    """Show a card whose command a rule could cover."""
    await scene.order()
    request = approval("rm x", risk)
    assessment = request.card.assessment.model_copy(update={"offer": offer, **changes})
    await scene.emit(request.model_copy(update={"card": request.card.model_copy(update={"assessment": assessment})}))
    await scene.until(lambda: scene.screen.parts.approvals.current)
    await scene.settle()
    scene.clock.now += 1


def _typed_ahead(scene: Any, *keys: str) -> None:
    """Let keys arrive at once, before any of them has had its effect."""
    for key in keys:
        scene.app.post_message(events.Key(key, key if len(key) == 1 else None))


def _rule(scene: Any) -> str:
    return str(scene.card.query_one(RuleChooser).query_one(Static).render())


@pytest.mark.parametrize(
    ("keys", "reply"),
    [
        (("a",), ApprovalReply(decision=ApprovalDecision.APPROVE_REST)),
        (("down", "enter"), ApprovalReply(decision=ApprovalDecision.RUN, scope=RuleScope.SESSION)),
        (("down", "down", "a"), ApprovalReply(decision=ApprovalDecision.RUN, scope=RuleScope.ALWAYS)),
        (("3",), ApprovalReply(decision=ApprovalDecision.RUN, scope=RuleScope.ALWAYS)),
    ],
)
async def test_a_scope_is_chosen(open_scene: OpenScene, keys: tuple[str, ...], reply: ApprovalReply) -> None:
    async with open_scene() as scene:
        await _ask(scene)
        await scene.press("a")
        assert not scene.session.replies
        await scene.press(*keys)

        assert scene.session.replies == [("a1", reply)]


async def test_the_rule_is_shown_in_full_before_it_is_taken(open_scene: OpenScene) -> None:
    async with open_scene(language="en") as scene:
        await _ask(scene)
        await scene.press("a")
        assert "prefix" not in _rule(scene)

        await scene.press("down", "down")

        assert 'prefix = ["rm", "[b]x\\u001b"]\nargs = []' in _rule(scene)
        assert "approved.toml" in _rule(scene) and "fazai policy remove" in _rule(scene)
        assert not scene.session.replies


async def test_escape_leaves_the_choice_and_decides_nothing(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await _ask(scene)
        await scene.press("a", "down", "escape")
        assert not scene.session.replies and scene.card.has_focus

        await scene.press("y")

        assert scene.session.replies == [("a1", ApprovalReply(decision=ApprovalDecision.RUN))]


async def test_a_high_risk_is_offered_rules_but_not_the_rest(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await _ask(scene, Risk.HIGH)
        await scene.press("a")
        assert [option.id for option in scene.card.query_one(OptionList).options] == ["session", "always"]

        await scene.press("enter")

        assert scene.session.replies == [("a1", ApprovalReply(decision=ApprovalDecision.RUN, scope=RuleScope.SESSION))]


@pytest.mark.parametrize(("risk", "count"), [(Risk.MEDIUM, 1), (Risk.HIGH, 0)])
async def test_without_a_rule_to_offer_the_key_means_the_rest(open_scene: OpenScene, risk: Risk, count: int) -> None:
    async with open_scene() as scene:
        await _ask(scene, risk, offer="")
        await scene.press("a")

        assert [reply.decision for _, reply in scene.session.replies] == [ApprovalDecision.APPROVE_REST] * count


async def test_what_a_rule_refuses_is_not_approved_by_any_key(open_scene: OpenScene) -> None:
    rule = AppliedRule(id="x", tier=Tier.ADMIN, decision=Decision.REFUSE)
    async with open_scene() as scene:
        await _ask(scene, offer="", rule=rule, decision=Decision.REFUSE)
        await scene.press("y", "enter", "t", "u", "p", "i", "enter")
        assert not scene.session.replies

        await scene.press("n")

        assert [reply.decision for _, reply in scene.session.replies] == [ApprovalDecision.DECLINE]


async def test_explaining_asks_once_and_shows_the_answer(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await _ask(scene)
        await scene.press("x")
        await scene.until(lambda: "rm: explained" in str(scene.card.query_one("#approval-explain").render()))
        await scene.press("x")

        assert not scene.card.query_one("#approval-explain").display


async def test_an_edited_command_says_anew_what_it_touches(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await _ask(scene)
        await scene.press("e")
        await scene.type(" y")
        await scene.until(lambda: "resolved edited" in str(scene.card.query_one("#approval-facts").render()))


async def test_keys_typed_ahead_go_to_the_edit_in_their_order(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await _ask(scene)
        _typed_ahead(scene, "e", "ctrl+u", *"dsny -x")
        await scene.until(lambda: scene.card.query_one(CommandEditor).text == "dsny -x")
        assert not scene.session.replies

        _typed_ahead(scene, "backspace", "z", "enter", "9", "9")
        await scene.until(lambda: scene.session.replies)

        assert scene.session.replies == [("a1", ApprovalReply(decision=ApprovalDecision.RUN, command="dsny -z"))]


async def test_a_new_line_comes_where_it_was_typed(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await _ask(scene)
        await scene.press("e")
        _typed_ahead(scene, "a", "ctrl+j", "b", "home", "c")
        await scene.until(lambda: scene.card.query_one(CommandEditor).text == "rm xa\ncb")


async def test_keys_typed_ahead_go_to_the_reason(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await _ask(scene)
        _typed_ahead(scene, "r", *"nay", "enter")
        await scene.until(lambda: scene.session.replies)

        assert scene.session.replies == [("a1", ApprovalReply(decision=ApprovalDecision.DECLINE, reason="nay"))]


async def test_an_edit_is_graded_where_its_step_would_run(open_scene: OpenScene) -> None:
    asked: list[tuple[str, str]] = []
    async with open_scene() as scene:
        grade: Callable[[str, str], Assessment] = scene.session.assess

        def assess(command: str, cwd: str) -> Assessment:
            asked.append((command, cwd))
            return grade(command, cwd)

        scene.session.assess = assess
        scene.session.cwd = "/elsewhere"
        await _ask(scene)
        await scene.press("e", "z")
        await scene.until(lambda: asked)

        assert asked == [("rm xz", "/home/ana/projeto")]

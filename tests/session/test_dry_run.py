"""Trying a step out from its card, and a whole plan with --dry-run."""

from pathlib import Path

import pytest

from fazai_tui.core.events import ApprovalRequested, MessageProduced
from fazai_tui.core.policy import ApprovalDecision, ApprovalPolicy, ApprovalReply
from tests.overlays import overlay_refusal
from tests.session.conftest import Bench, Opener, plan

TRY = ApprovalReply(decision=ApprovalDecision.DRY_RUN)
ABORT = ApprovalReply(decision=ApprovalDecision.ABORT)


pytestmark = pytest.mark.skipif(bool(overlay_refusal()), reason=f"no overlay here: {overlay_refusal()}")


def told(bench: Bench) -> str:
    """Return what the dry run said."""
    return bench.of(MessageProduced)[0].text


async def test_a_card_shows_what_the_trial_came_to(open_session: Opener, workspace: Path) -> None:
    (workspace / "a").write_text("one\n")
    command = "rm a && echo two > b && echo said"
    bench = await open_session(plan(command), keeps=True, replies=[TRY, ABORT], approval=ApprovalPolicy.UNTRUSTED)
    await bench.order()

    text = told(bench)
    assert f"- {workspace}/a" in text and f"+ {workspace}/b  (4 B)" in text and "\nsaid\n" in text
    first, second = bench.of(ApprovalRequested)
    assert first.card.rehearsal == ()
    assert second.card.rehearsal == (
        "tried out in a throw-away layer, no network: exit 0",
        "files: +1 ~0 -1",
    )
    assert [path.name for path in workspace.iterdir()] == ["a"]


async def test_a_plan_is_tried_out_and_critical_steps_are_not(open_session: Opener, workspace: Path) -> None:
    bench = await open_session(plan("touch made", "rm -rf /"), keeps=True)
    assert await bench.order(dry_run=True) == "fulfilled"

    assert told(bench).count("throw-away layer") == 1
    assert list(workspace.iterdir()) == []
    assert bench.commands == []


async def test_a_step_sees_what_those_before_it_would_have_done(open_session: Opener, workspace: Path) -> None:
    (workspace / "a").write_text("one")
    bench = await open_session(plan("mkdir new; cd new; mv ../a b; n=3", "cat b; echo $n; rm b; touch c"), keeps=True)
    assert await bench.order(dry_run=True) == "fulfilled"

    text = told(bench)
    assert "After the steps before it." in text and "one3" in text
    _, _, second = text.partition("After the steps before it.")
    assert f"- {workspace}/new/b\n+ {workspace}/new/c\n" in second and f"{workspace}/a" not in second
    assert [path.name for path in workspace.iterdir()] == ["a"]


async def test_a_step_that_could_not_see_those_before_it_says_so(open_session: Opener, workspace: Path) -> None:
    bench = await open_session(plan("touch made; exit 0", "ls; echo alone"), keeps=True)
    assert await bench.order(dry_run=True) == "fulfilled"

    assert "Without all that the steps before it would have done" in told(bench)
    assert "\nalone\n" in told(bench) and "\nmade\n" not in told(bench)

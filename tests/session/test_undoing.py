"""Taking steps back in a session: by turn, by step, through policy and approval, into the ledger."""

from pathlib import Path

from fazai_tui.core.events import ApprovalRequested, FilesRestored, PlanProposed, StepChanged
from fazai_tui.core.plan import StepStatus
from fazai_tui.core.policy import ApprovalDecision, ApprovalPolicy, ApprovalReply
from tests.session.conftest import RUN, Opener, plan


async def test_undo_takes_the_last_turn_back(open_session: Opener, workspace: Path) -> None:
    (workspace / "a").write_text("one\n")
    bench = await open_session(plan("echo two > a", "mkdir -p d && touch d/new"), keeps=True)
    assert await bench.order() == "fulfilled"
    assert (workspace / "d" / "new").exists()

    assert await bench.order("/undo", kind="undo") == "fulfilled"

    assert (workspace / "a").read_text() == "one\n"
    assert [path.name for path in workspace.iterdir()] == ["a"]
    statuses = [event for event in bench.of(StepChanged) if event.status is StepStatus.ROLLED_BACK]
    assert [event.step_id for event in statuses] == ["s2", "s1"]
    assert "verified" in bench.message
    assert bench.recorded("SELECT count(*) FROM events WHERE type = 'files_restored'") == [2]


async def test_a_step_is_taken_back_by_its_id_and_the_rest_stays(open_session: Opener, workspace: Path) -> None:
    bench = await open_session(plan("touch a", "touch b"), keeps=True)
    await bench.order()

    assert await bench.order("/undo s1", kind="undo") == "fulfilled"

    assert [path.name for path in workspace.iterdir()] == ["b"]


async def test_an_undo_is_taken_back_by_the_id_it_names(open_session: Opener, workspace: Path) -> None:
    (workspace / "a").write_text("one\n")
    bench = await open_session(plan("rm a"), keeps=True)
    await bench.order()
    await bench.order("/undo", kind="undo")
    assert (workspace / "a").exists()
    again = bench.message.rpartition("`/undo ")[2].partition("`")[0]

    assert await bench.order(f"/undo {again}", kind="undo") == "fulfilled"

    assert not (workspace / "a").exists()


async def test_what_changed_since_is_named_and_left(open_session: Opener, workspace: Path) -> None:
    (workspace / "a").write_text("one\n")
    bench = await open_session(plan("echo two > a"), keeps=True)
    await bench.order()
    (workspace / "a").write_text("mine\n")

    assert await bench.order("/undo", kind="undo") == "failed"
    assert (workspace / "a").read_text() == "mine\n"
    assert "changed since" in bench.message

    assert await bench.order("/undo force", kind="undo") == "fulfilled"
    assert (workspace / "a").read_text() == "one\n"


async def test_commands_that_lead_back_are_approved(open_session: Opener, workspace: Path) -> None:
    setup = "git init -q -b main . && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m one"
    bench = await open_session(plan(setup), plan("git switch -q -c topic"), keeps=True, replies=[RUN, RUN])
    bench.session.settings = bench.session.settings.model_copy(update={"approval": ApprovalPolicy.UNTRUSTED})
    await bench.order()
    await bench.order()
    bench.replies.append(ApprovalReply(decision=ApprovalDecision.DECLINE))

    assert await bench.order("/undo", kind="undo") == "failed"
    assert "refs/heads/topic" in (workspace / ".git" / "HEAD").read_text()

    bench.replies.append(RUN)
    assert await bench.order("/undo", kind="undo") == "fulfilled"
    assert "refs/heads/main" in (workspace / ".git" / "HEAD").read_text()
    assert bench.of(PlanProposed)[-1].plan.steps[0].command == bench.commands[-1]


async def test_the_card_says_before_what_will_not_come_back(open_session: Opener, workspace: Path) -> None:
    (workspace / "a").write_text("one\n")
    abort = ApprovalReply(decision=ApprovalDecision.ABORT)
    bench = await open_session(
        plan("rm a && python3 -c 'print(1)'"), keeps=True, replies=[abort], approval=ApprovalPolicy.UNTRUSTED
    )
    await bench.order()

    lines = bench.of(ApprovalRequested)[0].card.undo
    assert "puts back 1 path (4 B)" in lines[0]
    assert any("whatever else `python3" in line for line in lines)


async def test_without_anything_kept_undo_says_so(open_session: Opener) -> None:
    bench = await open_session(keeps=True)
    assert await bench.order("/undo", kind="undo") == "failed"
    assert "nothing to undo" in bench.message

    bench = await open_session()
    assert await bench.order("/undo", kind="undo") == "failed"
    assert bench.message.startswith("Undo is off")
    assert bench.of(FilesRestored) == []

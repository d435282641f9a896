"""The human gate: who is asked, what each answer does, and what never runs."""

import asyncio
import os
import socket

import pytest

from fazai_tui.core.events import (
    ApprovalDecided,
    ApprovalRequested,
    CommandFinished,
    MessageProduced,
    PlanProposed,
    RepairStarted,
    StepChanged,
    TurnFinished,
)
from fazai_tui.core.plan import Risk, StepStatus
from fazai_tui.core.policy import ApprovalDecision, ApprovalPolicy, ApprovalReply, Assessment, Decision
from fazai_tui.session.approvals import is_confirmed, is_grave, needs_asking
from tests.session.conftest import RUN, Opener, plan, step

ASKING = ApprovalPolicy.UNTRUSTED
DECLINE = ApprovalReply(decision=ApprovalDecision.DECLINE)
SKIP = ApprovalReply(decision=ApprovalDecision.SKIP)
ABORT = ApprovalReply(decision=ApprovalDecision.ABORT)
REST = ApprovalReply(decision=ApprovalDecision.APPROVE_REST)
DRY_RUN = ApprovalReply(decision=ApprovalDecision.DRY_RUN)
CRITICAL = "wipefs -a /dev/sdzz"


def edited(command: str, typed: str = "") -> ApprovalReply:
    """Return an approval of another command."""
    return ApprovalReply(decision=ApprovalDecision.RUN, command=command, typed=typed)


async def test_an_approved_step_runs_and_says_who_approved(open_session: Opener) -> None:
    bench = await open_session(plan("touch made"), replies=[RUN], approval=ASKING)

    assert await bench.order() == "fulfilled"

    (decided,) = bench.of(ApprovalDecided)
    assert (decided.decision, decided.decided_by, decided.edited) == (ApprovalDecision.RUN, "user", False)
    assert decided.approval_id == bench.of(ApprovalRequested)[0].card.approval_id
    statuses = [change.status.value for change in bench.of(StepChanged)]
    assert statuses == ["awaiting_approval", "running", "done"]
    types = [event.type for event in bench.events]
    assert types.index("approval_requested") < types.index("approval_decided") < types.index("command_started")
    recorded = bench.recorded("SELECT type FROM events")
    assert recorded.index("approval_decided") < recorded.index("command_started")


async def test_the_card_shows_what_code_found_out(open_session: Opener) -> None:
    bench = await open_session(
        plan(step("rm -f notes.txt *.log", title="Tidy", explain="harmless, trust me", rollback="git restore .")),
        replies=[DECLINE],
        approval=ASKING,
    )
    for name, text in {"notes.txt": "abc", "a.log": "1", "b.log": "22"}.items():
        (bench.folder / name).write_text(text)

    await bench.order()

    card = bench.of(ApprovalRequested)[0].card
    assert (card.assessment.command, card.title) == ("rm -f notes.txt *.log", "Tidy")
    assert (card.cwd, card.host) == (str(bench.folder), socket.gethostname())
    assert card.user and card.sandbox == "danger-full-access" and card.rollback == "git restore ."
    assert card.assessment.reasons and card.assessment.risk is not Risk.LOW
    assert card.touches == ("deletes 1 file, 3 B: notes.txt", "deletes 2 files, 3 B: *.log")


async def test_nothing_runs_while_a_human_thinks(open_session: Opener) -> None:
    bench = await open_session(plan("touch made"), approval=ASKING)
    turn = asyncio.create_task(bench.order())
    card = (await bench.until(ApprovalRequested)).card
    await asyncio.sleep(0.2)

    assert bench.commands == [] and not (bench.folder / "made").exists()
    assert not bench.session.reply("somebody-else", RUN)
    assert bench.session.reply(card.approval_id, RUN)
    # The first answer wins.
    assert not bench.session.reply(card.approval_id, DECLINE)
    assert await turn == "fulfilled"
    assert not bench.session.reply(card.approval_id, RUN)
    assert (bench.folder / "made").exists()


async def test_a_declined_step_ends_the_plan(open_session: Opener) -> None:
    bench = await open_session(plan("touch one", "touch two", "touch three"), replies=[RUN, DECLINE], approval=ASKING)

    assert await bench.order() == "declined"

    assert os.listdir(bench.folder) == ["one"]
    last = {change.step_id: change.status for change in bench.of(StepChanged)}
    assert last == {"s1": StepStatus.DONE, "s2": StepStatus.DECLINED, "s3": StepStatus.SKIPPED}
    assert "touch two" in bench.of(TurnFinished)[0].reason


async def test_a_reason_goes_back_to_the_planner(open_session: Opener) -> None:
    reason = "use the folder /tmp/elsewhere instead"
    bench = await open_session(
        plan("touch here"),
        plan("touch better"),
        replies=[ApprovalReply(decision=ApprovalDecision.DECLINE, reason=reason), RUN],
        approval=ASKING,
    )

    assert await bench.order() == "fulfilled"

    assert os.listdir(bench.folder) == ["better"]
    assert reason not in bench.prompts[0] and reason in bench.prompts[1]
    assert "touch here" in bench.prompts[1]
    assert [proposed.attempt for proposed in bench.of(PlanProposed)] == [0, 1]
    assert bench.of(RepairStarted)[0].observation == reason
    assert [decided.reason for decided in bench.of(ApprovalDecided)] == [reason, ""]


async def test_a_plan_that_ignores_the_reason_is_not_proposed_again(open_session: Opener) -> None:
    bench = await open_session(
        plan("touch here"),
        plan("touch here"),
        replies=[ApprovalReply(decision=ApprovalDecision.DECLINE, reason="not here")],
        approval=ASKING,
    )

    assert await bench.order() == "declined"

    assert len(bench.of(ApprovalRequested)) == 1 and bench.commands == []


async def test_an_edited_command_is_graded_anew_and_marked(open_session: Opener) -> None:
    bench = await open_session(
        plan(step("touch one", check="test -e one", rollback="rm one")),
        replies=[edited("rm -rf /tmp/no-such-thing")],
        approval=ASKING,
    )

    assert await bench.order() == "fulfilled"

    (decided,) = bench.of(ApprovalDecided)
    assert decided.edited and decided.command == decided.assessment.command == "rm -rf /tmp/no-such-thing"
    asked = bench.of(ApprovalRequested)[0].card.assessment
    assert decided.assessment.risk.rank > asked.risk.rank
    # The check of the command it replaces would have failed.
    assert bench.commands == ["rm -rf /tmp/no-such-thing"] and not (bench.folder / "one").exists()


async def test_the_same_command_sent_back_is_no_edit(open_session: Opener) -> None:
    bench = await open_session(plan("touch one"), replies=[edited("touch one")], approval=ASKING)

    assert await bench.order() == "fulfilled"

    assert not bench.of(ApprovalDecided)[0].edited


async def test_an_edit_to_something_critical_asks_for_the_hosts_name(open_session: Opener) -> None:
    bench = await open_session(plan("touch one"), replies=[edited(CRITICAL), DECLINE], approval=ASKING)

    assert await bench.order() == "declined"

    first, second = (request.card for request in bench.of(ApprovalRequested))
    assert not first.needs_typing
    assert second.needs_typing and second.assessment.command == CRITICAL
    assert bench.commands == []


async def test_a_skipped_step_lets_the_plan_go_on(open_session: Opener) -> None:
    bench = await open_session(plan("touch one", "touch two"), replies=[SKIP, RUN], approval=ASKING)

    assert await bench.order() == "fulfilled"

    assert os.listdir(bench.folder) == ["two"]
    assert [c.status for c in bench.of(StepChanged) if c.step_id == "s1"][-1] is StepStatus.SKIPPED


async def test_a_plan_of_skipped_steps_claims_nothing(open_session: Opener) -> None:
    bench = await open_session(plan("touch one", "touch two"), replies=[SKIP, SKIP], approval=ASKING)

    assert await bench.order() == "declined"

    assert bench.commands == []
    assert bench.message == "Declined. Nothing was run."


async def test_an_aborted_plan_stops_at_once(open_session: Opener) -> None:
    bench = await open_session(plan("touch one", "touch two"), replies=[ABORT], approval=ASKING)

    assert await bench.order() == "declined"

    assert os.listdir(bench.folder) == []
    assert len(bench.of(ApprovalRequested)) == 1


async def test_approving_the_rest_stops_at_high_risk(open_session: Opener) -> None:
    (high,) = ["rm -rf /var/lib/thing-that-is-not-there"]
    bench = await open_session(
        plan("touch one", "mkdir two", high, "touch three"), replies=[REST, DECLINE], approval=ASKING
    )

    assert await bench.order() == "declined"

    assert sorted(os.listdir(bench.folder)) == ["one", "two"]
    assert [r.card.assessment.command for r in bench.of(ApprovalRequested)] == ["touch one", high]
    assert [(d.decision.value, d.decided_by) for d in bench.of(ApprovalDecided)] == [
        ("approve_rest", "user"),
        ("run", "policy"),
        ("decline", "user"),
    ]


async def test_approving_the_rest_ends_with_the_turn(open_session: Opener) -> None:
    bench = await open_session(plan("touch one"), plan("touch two"), replies=[REST, DECLINE], approval=ASKING)

    assert await bench.order() == "fulfilled"
    assert await bench.order() == "declined"

    assert os.listdir(bench.folder) == ["one"]


async def test_a_dry_run_on_the_card_tells_and_asks_again(open_session: Opener) -> None:
    bench = await open_session(plan("rm -f old"), replies=[DRY_RUN, RUN], approval=ASKING)
    (bench.folder / "old").write_text("abcd")

    assert await bench.order() == "fulfilled"

    assert "deletes 1 file, 4 B: old" in bench.of(MessageProduced)[0].text
    assert len(bench.of(ApprovalRequested)) == 2
    assert bench.commands == ["rm -f old"]


@pytest.mark.parametrize("approval", list(ApprovalPolicy))
async def test_a_critical_command_takes_the_hosts_name(open_session: Opener, approval: ApprovalPolicy) -> None:
    host = socket.gethostname()
    answers = [RUN, REST, RUN.model_copy(update={"typed": "yes"}), RUN.model_copy(update={"typed": host})]
    bench = await open_session(plan(CRITICAL), replies=answers, approval=approval, repairs=0)

    # Its device does not exist, so that it does no harm; that it ran at all is what counts.
    assert await bench.order() == "failed"

    assert [request.card.needs_typing for request in bench.of(ApprovalRequested)] == [True] * 4
    assert bench.commands == [CRITICAL]
    assert bench.of(CommandFinished)[0].exit_code
    assert [decided.decision.value for decided in bench.of(ApprovalDecided)] == ["run"]


@pytest.mark.parametrize("order", ["destroy it", f"!{CRITICAL}"])
@pytest.mark.parametrize("approval", list(ApprovalPolicy))
async def test_a_critical_command_never_runs_where_nobody_can_be_asked(
    open_session: Opener, approval: ApprovalPolicy, order: str
) -> None:
    bench = await open_session(plan(CRITICAL, "touch after"), approval=approval, can_ask=False)

    assert await bench.order(order) == "declined"

    assert bench.commands == [] and os.listdir(bench.folder) == []
    (decided,) = bench.of(ApprovalDecided)
    assert (decided.decision, decided.decided_by) == (ApprovalDecision.DECLINE, "policy")
    assert CRITICAL in bench.message


async def test_where_nobody_can_be_asked_what_would_be_asked_is_declined(open_session: Opener) -> None:
    bench = await open_session(plan("touch made"), approval=ASKING, can_ask=False)

    assert await bench.order() == "declined"

    assert os.listdir(bench.folder) == []


async def test_reading_is_not_asked_for(open_session: Opener) -> None:
    bench = await open_session(plan("ls -la", "cat /etc/hostname"), approval=ASKING)

    assert await bench.order() == "fulfilled"

    assert bench.of(ApprovalRequested) == []
    assert {decided.decided_by for decided in bench.of(ApprovalDecided)} == {"policy"}


async def test_an_interrupt_ends_the_waiting(open_session: Opener) -> None:
    bench = await open_session(plan("touch made"), plan("touch next"), approval=ASKING)
    turn = asyncio.create_task(bench.order())
    card = (await bench.until(ApprovalRequested)).card

    assert bench.session.interrupt()

    assert await turn == "interrupted"
    assert not bench.session.reply(card.approval_id, RUN)
    assert os.listdir(bench.folder) == []
    bench.replies.append(RUN)
    assert await bench.order() == "fulfilled"
    assert os.listdir(bench.folder) == ["next"]


ORDER_OF_GRADES = [
    (Risk.LOW, Decision.ALLOW),
    (Risk.LOW, Decision.ASK),
    (Risk.MEDIUM, Decision.ASK),
    (Risk.HIGH, Decision.ASK),
    (Risk.CRITICAL, Decision.ASK),
    (Risk.HIGH, Decision.REFUSE),
]
WHO_IS_ASKED = {
    ApprovalPolicy.UNTRUSTED: [False, True, True, True, True, True],
    ApprovalPolicy.ON_REQUEST: [False, False, True, True, True, True],
    ApprovalPolicy.ON_FAILURE: [False, False, False, False, True, True],
    ApprovalPolicy.NEVER: [False, False, False, False, True, True],
}


@pytest.mark.parametrize("approval", list(ApprovalPolicy))
def test_who_is_asked(approval: ApprovalPolicy) -> None:
    grades = [Assessment(command="x", risk=risk, decision=decision) for risk, decision in ORDER_OF_GRADES]

    asked = [needs_asking(approval, grade, rest_approved=False) for grade in grades]
    asked_later = [needs_asking(approval, grade, rest_approved=True) for grade in grades]

    assert asked == WHO_IS_ASKED[approval]
    assert asked_later == [False, False, False, approval in (ASKING, ApprovalPolicy.ON_REQUEST), True, True]
    assert [is_grave(grade) for grade in grades] == [False, False, False, False, True, True]


@pytest.mark.parametrize("decision", [d for d in ApprovalDecision if d not in (RUN.decision, REST.decision)])
def test_only_an_approval_confirms(decision: ApprovalDecision) -> None:
    grade = Assessment(command="x", risk=Risk.LOW, decision=Decision.ASK)

    assert not is_confirmed(ApprovalReply(decision=decision, typed="host"), grade, "host")
    assert is_confirmed(RUN, grade, "host")

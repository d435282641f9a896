"""What the panes show as a turn goes on."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from textual.widgets import Static

from fazai_tui.core import events as ev
from fazai_tui.core.errors import FazaiError
from fazai_tui.core.plan import Plan, Risk, Step, StepStatus, chained
from fazai_tui.core.policy import ApprovalDecision
from fazai_tui.screens.ports import ScreenOptions
from fazai_tui.widgets.answer import Answer
from fazai_tui.widgets.chat_entries import ErrorCard
from fazai_tui.widgets.memory import MemoryPart
from fazai_tui.widgets.plan_node import PlanNode

OpenScene = Callable[..., AbstractAsyncContextManager[Any]]


def plan_text(scene: Any) -> str:
    """Return what the plan pane shows."""
    parts = scene.screen.parts.plan.children
    return "\n".join(str(part.render()) for part in parts)


def shell_text(scene: Any) -> str:
    """Return what the shell pane's log holds."""
    return str(scene.screen.parts.shell.log_lines.plain_text)


async def test_an_order_shows_at_once_with_what_is_awaited(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.type("liste")
        await scene.press("enter")

        activity = scene.screen.parts.chat.activity
        assert activity.label
        scene.clock.now += 3.2
        assert "3.2 s" in str(activity.render())
        await scene.until(lambda: "liste" in scene.chat_text)


async def test_the_state_follows_the_turn(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        status = scene.screen.parts.status
        seen = [status.state]
        await scene.order()
        seen.append(status.state)
        await scene.emit(scene.started())
        seen.append(status.state)
        await scene.emit(scene.ended())
        seen.append(status.state)
        scene.session.finish()
        await scene.until(lambda: status.state == "ready")
        await scene.until(lambda: not scene.screen.parts.chat.activity.label)

        assert seen == ["ready", "thinking", "running", "thinking"]


async def test_an_answer_streams_and_the_final_text_completes_it(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.order("o que faz rsync?")
        for piece in ("**rsync** ", "copia ", "arquivos"):
            await scene.emit(ev.TokenGenerated(text=piece, purpose="answer"))
        assert scene.screen.query_one(Answer).text == "**rsync** copia arquivos"

        await scene.emit(ev.MessageProduced(text="**rsync** copia arquivos.", by_model=True))

        assert [answer.text for answer in scene.screen.query(Answer)] == ["**rsync** copia arquivos."]


async def test_a_conclusion_is_a_message_of_its_own(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.order()
        await scene.emit(ev.MessageProduced(text="Feito."))
        scene.session.finish()
        await scene.settle()

        assert "Feito." in scene.chat_text
        assert "✓ feito · 2.3 s · 412 → 58 tokens" in scene.chat_text


@pytest.mark.parametrize(("said", "is_repeated"), [("Não deu certo.", False), ("Outra coisa.", True)])
async def test_the_end_does_not_repeat_what_was_said(open_scene: OpenScene, said: str, is_repeated: bool) -> None:
    async with open_scene() as scene:
        await scene.order()
        end = ev.TurnFinished(turn_id="u1", status="failed", duration_ms=10, reason="Não deu certo.")
        await scene.emit(ev.MessageProduced(text=said), end)

        assert ("× falhou · Não deu certo." in scene.chat_text) is is_repeated


async def test_text_of_a_model_is_no_markup(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.order("[bold]x[/bold] [@click=app.quit]y[/]")
        plan = Plan(goal="[red]g[/red]", steps=(Step(id="s1", title="[b]t[/b]", command="echo [i]"),))
        await scene.emit(ev.PlanProposed(plan=plan), ev.ErrorOccurred(code="x", message="[/nope]", hint="[a]"))

        assert "[bold]x[/bold] [@click=app.quit]y[/]" in scene.chat_text
        assert "[/nope]" in scene.chat_text
        assert all(text in plan_text(scene) for text in ("[red]g[/red]", "[b]t[/b]", "echo [i]"))


async def test_an_error_is_a_card_with_its_remedy(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.emit(ev.ErrorOccurred(code="model", message="Modelo quebrado: x.gguf", hint="fazai model list"))

        card = scene.screen.query_one(ErrorCard)
        assert "Modelo quebrado" in str(card.render())
        assert "fazai model list" in str(card.render())


async def test_what_a_session_raises_becomes_a_card_and_the_next_order_goes_on(
    open_scene: OpenScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_scene() as scene:
        errors = [FazaiError("Título", "o que houve", "o que fazer"), ZeroDivisionError("inesperado")]

        async def failing(*_: object, **__: object) -> None:
            raise errors.pop(0)

        monkeypatch.setattr(scene.session, "submit", failing)
        for _ in range(2):
            scene.screen.send("liste")
            await scene.until(lambda: not scene.screen.is_busy)
            await scene.settle()

        assert "Título: o que houve" in scene.chat_text
        assert "ZeroDivisionError: inesperado" in scene.chat_text
        assert len(scene.screen.query(ErrorCard)) == 2


async def test_nodes_change_live_with_time_risk_and_exit_code(open_scene: OpenScene) -> None:
    async with open_scene(language="en") as scene:
        await scene.ask()
        await scene.emit(ev.StepChanged(step_id="s1", status=StepStatus.AWAITING_APPROVAL))
        assert "◆  Escrever o script conta.sh" in plan_text(scene)
        assert "3 steps" in plan_text(scene)
        assert plan_text(scene).count("│") == 2

        await scene.emit(ev.StepChanged(step_id="s1", status=StepStatus.RUNNING), scene.started())
        scene.clock.now += 4.5
        assert "4.5 s" in plan_text(scene)

        await scene.emit(scene.ended(3), ev.StepChanged(step_id="s1", status=StepStatus.FAILED))

        first = scene.screen.query(PlanNode).first()
        assert "×" in str(first.render())
        assert "1.2 s exit 3" in str(first.render())


async def test_a_repair_is_an_attempt_below_the_first(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.ask()
        repaired = Plan(goal="Corrigir", steps=chained([Step(id="s1", title="De novo", command="true")]))
        await scene.emit(ev.RepairStarted(attempt=1, step_id="s1", observation="x"))
        assert "corrigindo, tentativa 1" in scene.screen.parts.chat.activity.label
        await scene.emit(ev.PlanProposed(plan=repaired, attempt=1))

        text = plan_text(scene)
        assert text.index("Escrever o script") < text.index("Tentativa 2: Corrigir") < text.index("De novo")
        await scene.emit(ev.StepChanged(step_id="s1", status=StepStatus.DONE))
        nodes = list(scene.screen.query(PlanNode))
        assert "✓" in str(nodes[-1].render())
        assert "✓" not in str(nodes[0].render())


async def test_a_new_turn_takes_the_old_plan_away(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.ask()
        await scene.emit(ev.TurnStarted(turn_id="u2", order="outra", kind="order"))

        assert not scene.screen.query(PlanNode)


async def test_the_shell_shows_command_output_and_end(open_scene: OpenScene) -> None:
    async with open_scene(language="en") as scene:
        await scene.emit(
            scene.started("ls\ncat <<E"),
            ev.OutputReceived(command_id="c1", text="\x1b[31mred\x1b[0m\r\n10%\r"),
            ev.OutputReceived(command_id="c1", text="100%"),
            scene.ended(),
        )

        lines = [line for line in shell_text(scene).splitlines() if line]
        assert lines == ["$ ls", "> cat <<E", "/home/ana/projeto", "red", "100%", "✓ exit status 0 · 1.2 s"]
        assert scene.screen.parts.status.cwd == "/tmp"


async def test_a_flood_is_kept_line_by_line_and_in_order(open_scene: OpenScene) -> None:
    async with open_scene(language="en") as scene:
        await scene.emit(scene.started())
        for start in range(0, 50_000, 500):
            scene.session.emit(
                ev.OutputReceived(command_id="c1", text="".join(f"{n}\n" for n in range(start, start + 500)))
            )
        await scene.until(lambda: "49999" in shell_text(scene))

        lines = shell_text(scene).splitlines()
        assert lines[lines.index("0") :][:50_000] == [str(n) for n in range(50_000)]


async def test_memory_shows_the_parts_and_opens_their_text(open_scene: OpenScene) -> None:
    async with open_scene(language="en") as scene:
        parts = (
            ev.ContextPart(name="host", text="Debian 12", tokens=1),
            ev.ContextPart(name="knowledge", text="[b]entry[/b]", tokens=214, detail="script-count 12.4"),
        )
        await scene.emit(ev.ContextBuilt(parts=parts, budget=1000))

        bar = str(scene.screen.parts.memory.children[1].render())
        assert "215 of 1000 tokens · 22%" in bar
        shown = [str(part.query(Static).first().render()) for part in scene.screen.query(MemoryPart)]
        assert [text.split("  ")[1] for text in shown] == ["1 token", "214 tokens"]

        await scene.press("f8", "tab", "tab", "enter")

        opened = scene.screen.query(MemoryPart)[1]
        assert str(opened.query(".memory-detail").only_one(Static).render()) == "from: script-count 12.4"
        assert "[b]entry[/b]" in str(opened.query(Static).last().render())
        assert opened.query(Static).last().display


@pytest.mark.parametrize(
    ("decision", "reason", "by", "said"),
    [
        (ApprovalDecision.RUN, "", "user", "✓ aprovado"),
        (ApprovalDecision.DECLINE, "use 20", "user", "∅ recusado: cat > conta.sh <<'EOF'… (motivo: use 20)"),
        (ApprovalDecision.DECLINE, "", "policy", "(pela política)"),
        (ApprovalDecision.SKIP, "", "user", "pulado"),
        (ApprovalDecision.ABORT, "", "user", "abortado"),
    ],
)
async def test_a_decision_is_noted(
    open_scene: OpenScene, decision: ApprovalDecision, reason: str, by: str, said: str
) -> None:
    async with open_scene() as scene:
        await scene.ask()
        await scene.emit(scene.decided(decision, reason=reason, by=by))

        assert said in scene.chat_text


async def test_what_the_policy_lets_run_is_not_worth_a_note(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.order()
        before = scene.chat_text
        await scene.emit(scene.decided(ApprovalDecision.RUN, by="policy"))

        assert scene.chat_text == before


async def test_an_order_given_at_the_start_waits_for_the_session(open_scene: OpenScene) -> None:
    async with open_scene(options=ScreenOptions(order="liste", is_dry_run=True)) as scene:
        await scene.until(lambda: scene.session.submitted)

        assert scene.session.submitted == [("liste", None, True)]


async def test_a_refused_command_shows_its_risk_in_the_plan(open_scene: OpenScene) -> None:
    async with open_scene(language="en") as scene:
        await scene.ask("rm -rf /", Risk.CRITICAL)

        assert "critical" in plan_text(scene)

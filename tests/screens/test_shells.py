"""The shell panes: search, marks, folds, commands typed there, two shells, jobs, time limits."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from textual.widgets import Input, OptionList

from fazai_tui.core import events as ev
from fazai_tui.core.jobs import Job, JobProcess
from fazai_tui.core.policy import ApprovalDecision
from fazai_tui.screens.jobs import JobsScreen
from fazai_tui.widgets.input_card import InputCard
from fazai_tui.widgets.program_display import ProgramDisplay
from fazai_tui.widgets.time_limit_card import TimeLimitCard
from tests.screens.samples import ASKER

OpenScene = Callable[..., AbstractAsyncContextManager[Any]]


def output(text: str, command_id: str = "c1") -> ev.OutputReceived:
    return ev.OutputReceived(command_id=command_id, text=text)


def job(number: int, command: str) -> Job:
    first = JobProcess(pid=number, command=command)
    return Job(id=number, command=command, state="sleeping", seconds=5, cwd="/srv", processes=(first,))


async def test_search_finds_older_and_newer_rows_and_escape_ends_it(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.emit(scene.started(), output("".join(f"row {n}\n" for n in range(2000))), scene.ended())
        log = scene.screen.parts.shell.log_lines
        await scene.press("f7")
        await scene.press("slash")
        await scene.type("row 199")
        await scene.press("enter")
        await scene.settle()
        assert log.is_searching
        for _ in range(10):
            await scene.press("n")
        assert log.scroll_offset.y < 300, "ten matches older than the last stands row 199"
        await scene.press("N")
        assert log.scroll_offset.y > 1000
        assert "n" in scene.screen.parts.shell.border_subtitle

        await scene.press("escape")

        assert not log.is_searching and scene.screen.parts.shell.border_subtitle == ""
        assert log.has_focus


async def test_long_output_is_folded_and_opens(open_scene: OpenScene) -> None:
    async with open_scene(language="en") as scene:
        await scene.emit(scene.started(), output("".join(f"row {n}\n" for n in range(1000))), scene.ended())
        log = scene.screen.parts.shell.log_lines
        lines = log.plain_text.splitlines()
        assert len(lines) < 100 and "row 0" in lines and "row 999" in lines
        assert log.scroll_offset.y == log.max_scroll_y > 0, "the end stays in sight"
        folded = next(number for number, line in enumerate(lines) if "lines folded" in line)

        log.scroll_to(y=folded - 3, animate=False, immediate=True)
        await scene.settle()
        await scene.pilot.click(log, offset=(5, folded - log.scroll_offset.y))
        await scene.settle()
        assert "row 500" in log.plain_text.splitlines()

        await scene.press("enter")
        assert "row 500" not in log.plain_text.splitlines()
        await scene.press("enter")
        assert "row 500" in log.plain_text.splitlines()


async def test_rows_are_marked_and_copied_by_keys(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.emit(scene.started(), output("one\ntwo " + "long " * 40 + "end\nthree\n"))
        await scene.press("f7")
        await scene.press("space", "up", "up", "up", "up", "y")
        await scene.settle()

        assert scene.app.clipboard.splitlines()[-2:] == ["two " + "long " * 40 + "end", "three"]


async def test_a_command_is_typed_in_the_pane_even_in_one_go(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.press("f7")
        await scene.pilot.press(*"ls", "space", "slash", *"tmp", "enter")
        await scene.until(lambda: scene.session.submitted)

        assert scene.session.submitted[0][0] == "!ls /tmp"
        assert scene.screen.parts.shells.current.log_lines.has_focus

        await scene.pilot.press("l", "s", "escape", "p", "w", "d", "up", "down", "enter", "x", "escape")
        await scene.settle()
        assert scene.screen.parts.prompt.editor.text == "!pwd", "what cannot run now is kept in the prompt"
        assert scene.screen.parts.shells.current.log_lines.has_focus

        await scene.emit(scene.started("ls /tmp"))
        await scene.press("x")
        assert not scene.screen.query_one("#shell PaneLine").is_open


async def test_the_users_own_shell_comes_to_the_front_and_f7_goes_between(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        shells = scene.screen.parts.shells
        await scene.emit(scene.started("apt update"), output("planned\n"))
        own = scene.started("top", "c2").model_copy(update={"shell": "own"})
        await scene.emit(own, output("mine\n", "c2"))
        assert shells.current is shells.own
        assert "mine" in shells.own.log_lines.plain_text and "mine" not in shells.plan.log_lines.plain_text

        await scene.press("f7", "f7")
        assert shells.current is shells.plan
        await scene.press("ctrl+f")
        await scene.press("a")
        assert scene.session.written == [b"a"] and shells.plan.has_keyboard

        await scene.emit(scene.ended(0, "c2"))
        assert shells.plan.has_keyboard, "another shell's end is not this one's"


async def test_jobs_are_listed_shown_and_ended(open_scene: OpenScene) -> None:
    async with open_scene(language="en") as scene:
        scene.session.background = (job(41, "sleep 300"), job(42, "python -m http.server"))
        scene.screen.send("/jobs")
        await scene.until(lambda: isinstance(scene.app.screen, JobsScreen))
        await scene.until(lambda: [shown.option_count for shown in scene.app.screen.query(OptionList)] == [2])
        await scene.press("down")
        await scene.settle()
        assert "/srv" in str(scene.app.screen.query_one("#jobs-detail").render())
        await scene.press("k", "k")
        await scene.until(lambda: len(scene.session.ended_jobs) == 2)
        assert scene.session.ended_jobs == [(42, False), (42, True)]
        await scene.press("escape")
        assert scene.app.screen is scene.screen


async def test_what_runs_in_the_background_stands_under_the_log(open_scene: OpenScene) -> None:
    async with open_scene(language="en") as scene:
        scene.session.background = (job(41, "sleep 300"),)
        await scene.until(lambda: scene.screen.parts.shells.jobs.has_class("-open"), 10)
        assert "1 in the background: sleep 300" in str(scene.screen.parts.shells.jobs.render())
        await scene.emit(ev.BackgroundPrinted(text="from the back\n"))
        assert "from the back" in scene.screen.parts.shell.log_lines.plain_text


async def test_what_is_sent_to_a_command_is_said_in_its_pane(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.emit(scene.started(), ev.CommandNoted(command_id="c1", text="SIGTERM [b]enviado[/b]"))
        assert "SIGTERM [b]enviado[/b]" in scene.screen.parts.shell.log_lines.plain_text


async def test_the_time_limit_is_asked_about(open_scene: OpenScene) -> None:
    async with open_scene(language="en") as scene:
        await scene.emit(scene.started("make all"))
        await scene.emit(ev.TimeLimitReached(question_id="q1", command_id="c1", seconds=90))
        card = scene.screen.query_one(TimeLimitCard)
        assert "1 min 30 s" in str(card.query("Static").first().render())
        await scene.press("y")
        await scene.settle()
        assert [(answer, reply.decision) for answer, reply in scene.session.replies] == [("q1", ApprovalDecision.RUN)]
        assert not scene.screen.query(TimeLimitCard)

        await scene.emit(ev.TimeLimitReached(question_id="q2", command_id="c1", seconds=180))
        await scene.press("n")
        await scene.settle()
        assert scene.session.replies[-1][1].decision is ApprovalDecision.ABORT


async def test_the_card_repeats_the_question_of_the_program(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.emit(scene.started("apt install x"), output("Do you want to continue? [Y/n] "))
        await scene.emit(ev.InputAwaited(command_id="c1", is_secret=False, asker=ASKER))
        card = scene.screen.query_one(InputCard)
        assert any("[Y/n]" in str(part.render()) for part in card.query(".input-question"))
        assert card.query_one(Input).has_focus
        await scene.press("Y", "enter")
        assert scene.session.written == [b"Y\n"]


async def test_a_full_screen_program_is_asked_for_no_line_and_gets_the_mouse(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.emit(scene.started("vim"), output("\x1b[?1049h\x1b[?1000h\x1b[?1006h\x1b[2;2Hx"))
        await scene.emit(ev.InputAwaited(command_id="c1", is_secret=False, asker=ASKER))
        assert not scene.screen.query(InputCard)
        assert "Ctrl+F" in scene.screen.parts.chat.activity.label

        await scene.pilot.click(ProgramDisplay, offset=(4, 2))
        await scene.settle()

        assert b"".join(scene.session.written) == b"\x1b[<0;5;3M\x1b[<0;5;3m"


async def test_what_a_program_leaves_on_the_main_screen_stays_in_the_log(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.emit(scene.started("pull"), output("first\r\na 10%\r\nb 10%\r\n"))
        await scene.emit(output("\x1b[2Aa 90%\r\n\r\n"))
        assert scene.screen.query_one(ProgramDisplay).plain_text.splitlines()[:3] == ["first", "a 90%", "b 10%"]
        await scene.emit(scene.ended())

        assert "first\na 90%\nb 10%\n" in scene.screen.parts.shell.log_lines.plain_text
        assert not scene.screen.query(ProgramDisplay)

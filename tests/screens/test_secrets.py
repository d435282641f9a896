"""The field for a password: it names who asks, shows nothing, and keeps nothing."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from textual import events
from textual.widgets import Static

from fazai_tui.core import events as ev
from fazai_tui.core.plan import Risk
from fazai_tui.widgets.input_card import InputCard
from fazai_tui.widgets.secret_card import SecretCard
from fazai_tui.widgets.secret_field import SecretField
from fazai_tui.widgets.time_limit_card import TimeLimitCard
from tests.screens.samples import ASKER

OpenScene = Callable[..., AbstractAsyncContextManager[Any]]

CANARY = "c4n4ry-s3cret"
SPOOFED = ev.AskingProgram(pid=9, started=2, name="su\x1b[2Jdo", command="bash \u202e evil\n[bold]x")


def asks(asker: ev.AskingProgram = ASKER, command_id: str = "c1") -> ev.InputAwaited:
    """Return that a process asks for a secret."""
    return ev.InputAwaited(command_id=command_id, is_secret=True, asker=asker)


def shown(card: SecretCard) -> str:
    """Return the words of a card."""
    return "\n".join(str(part.render()) for part in card.query(Static))


async def test_the_process_that_asks_is_named_and_gets_what_is_typed(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.order("!sudo id")
        question = ev.OutputReceived(command_id="c1", text="[sudo] password for ana: ")
        await scene.emit(scene.started("sudo id"), question, asks())
        card = scene.screen.query_one(SecretCard)
        assert "sudo (processo 4711) pede uma senha" in shown(card) and "[sudo] password for ana:" in shown(card)
        await scene.type("x" + CANARY[:-1])
        await scene.press("tab", "up", "ctrl+a", "backspace", "ctrl+u")
        await scene.press("f1", "escape")
        scene.screen.set_focus(card.query_one(SecretField))
        await scene.type(CANARY)
        picture = scene.app.export_screenshot()
        assert "digitado, sem aparecer" in picture.replace("&#160;", " ") and CANARY not in picture
        await scene.press("enter")
        await scene.settle()

        assert scene.session.secrets == [(CANARY.encode() + b"\n", "c1", ASKER)]
        assert not scene.session.written
        assert not scene.screen.query(SecretCard) and scene.screen.parts.prompt.editor.has_focus
        assert CANARY not in scene.app.export_screenshot()
        assert not any(CANARY in order for order in scene.screen.parts.prompt.history.orders)
        assert CANARY not in scene.screen.parts.prompt.editor.text and CANARY not in (scene.app.clipboard or "")


async def test_what_a_process_says_of_itself_is_spelled_out(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.emit(scene.started("x"), asks(SPOOFED))
        text = shown(scene.screen.query_one(SecretCard))

        assert r"su\x1b[2Jdo" in text and r"bash \u202e evil ⏎ [bold]x" in text


async def test_a_paste_is_taken_up_to_its_line_break(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.emit(scene.started("x"), asks())
        paste = events.Paste(f"{CANARY}\nrm -rf x\n")
        scene.app.post_message(paste)
        await scene.until(lambda: not paste.text)
        await scene.press("enter")
        await scene.settle()

        assert [secret for secret, _, _ in scene.session.secrets] == [CANARY.encode() + b"\n"]


async def test_what_nobody_waits_for_is_discarded_and_said(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        scene.session.takes_secrets = False
        await scene.emit(scene.started("x"), asks())
        await scene.type(CANARY)
        await scene.press("enter")
        await scene.settle()

        said = "sudo (processo 4711) não espera mais por uma senha"
        assert said in scene.screen.parts.shell.log_lines.plain_text
        assert any(said in str(notification.message) for notification in scene.app._notifications)
        assert not scene.screen.query(SecretCard)


async def test_escape_sends_nothing_and_offers_to_interrupt(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.emit(scene.started("x"), asks())
        await scene.type(CANARY)
        await scene.press("escape")
        assert "Nada foi enviado" in shown(scene.screen.query_one(SecretCard))
        await scene.type("abx")
        await scene.press("enter")
        await scene.type("ok")
        await scene.press("escape", "c")
        await scene.settle()

        assert scene.session.written == [b"\x03"] and not scene.session.secrets
        assert not scene.screen.query(SecretCard) and scene.screen.parts.prompt.editor.text == ""


async def test_a_field_that_was_put_off_is_opened_again(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.emit(scene.started("x"), asks())
        await scene.type(CANARY)
        await scene.press("escape", "escape")
        await scene.settle()
        assert not scene.screen.query(SecretCard)
        assert "Ctrl+F abre o campo de novo" in scene.screen.parts.shell.log_lines.plain_text
        await scene.press("ctrl+f")
        await scene.type("again")
        await scene.press("enter")
        await scene.settle()

        assert [secret for secret, _, _ in scene.session.secrets] == [b"again\n"]


async def test_the_keyboard_as_a_whole_can_be_given_instead(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.emit(scene.started("x"), asks())
        await scene.press("ctrl+f")
        await scene.emit(asks())
        await scene.press("a", "b")

        assert b"".join(scene.session.written) == b"ab" and not scene.screen.query(SecretCard)
        await scene.emit(asks(SPOOFED))
        assert scene.screen.query_one(SecretField).has_focus


async def test_the_end_of_the_command_takes_the_field_away(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.emit(scene.started(), asks())
        await scene.type("sec")
        await scene.emit(scene.ended())

        assert not scene.screen.query(SecretCard) and not scene.session.secrets
        assert scene.screen.parts.prompt.editor.has_focus and scene.screen.parts.prompt.editor.text == ""


async def test_nothing_takes_the_keys_from_a_field_that_is_open(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        other = ev.AskingProgram(pid=12, started=5, name="ssh")
        await scene.order()
        await scene.emit(scene.started(), asks())
        await scene.type("n")
        await scene.emit(
            ev.TimeLimitReached(question_id="q1", command_id="c1", seconds=60),
            scene.started("ssh x", "c2"),
            asks(other, "c2"),
            scene.requested("rm x", Risk.HIGH, "a1"),
        )
        await scene.until(lambda: scene.screen.parts.approvals.current)
        scene.clock.now += 1
        await scene.type("sy")
        await scene.press("enter")
        await scene.settle()

        assert [secret for secret, _, _ in scene.session.secrets] == [b"nsy\n"]
        assert not scene.session.replies
        assert scene.screen.query(TimeLimitCard) and scene.screen.query_one(SecretCard).asker == other
        assert not scene.screen.query(InputCard)
        await scene.type("two")
        await scene.press("enter")
        await scene.settle()
        assert scene.session.secrets[1] == (b"two\n", "c2", other)


async def test_what_is_typed_before_the_field_opens_goes_into_it(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.order("!sudo ls")
        await scene.emit(scene.started("sudo ls"))
        scene.session.hides_typing = True
        await scene.type("hunt")
        assert scene.screen.parts.prompt.editor.text == ""

        await scene.emit(ev.InputAwaited(command_id="c1", is_secret=True, asker=ASKER))
        await scene.until(lambda: isinstance(scene.screen.focused, SecretField))
        field = scene.screen.query_one(SecretField)
        await scene.until(lambda: "digitado" in str(field.render()) or "oculto" in str(field.render()))
        await scene.type("er2")
        await scene.press("enter")
        await scene.settle()

        assert [secret for secret, *_ in scene.session.secrets] == [b"hunter2\n"]
        assert scene.screen.parts.prompt.editor.text == ""


async def test_what_no_field_comes_for_is_dropped_and_told_and_the_next_keys_go_on(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.order("!stty -echo; sleep 9")
        await scene.emit(scene.started("stty -echo; sleep 9"))
        scene.session.hides_typing = True
        await scene.type("abc")

        await scene.until(lambda: "descartado" in str([note.message for note in scene.app._notifications]))

        assert scene.screen.parts.prompt.editor.text == ""
        await scene.type("/jobs")
        assert scene.screen.parts.prompt.editor.text == "/jobs"

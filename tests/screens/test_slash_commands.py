"""The commands that begin with a slash, and what completes them."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from fazai_tui.core.policy import ApprovalPolicy
from fazai_tui.screens.help import HelpScreen
from fazai_tui.screens.settings import SettingsScreen
from fazai_tui.screens.slash_commands import NAMES
from tests.screens.conftest import MemoryHistory

OpenScene = Callable[..., AbstractAsyncContextManager[Any]]


async def run(scene: Any, command: str) -> None:
    """Type a command and send it."""
    await scene.type(command)
    await scene.press("escape", "enter")
    await scene.settle()


async def test_help_and_config_open_their_screens(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await run(scene, "/help")
        assert isinstance(scene.app.screen, HelpScreen)
        await scene.press("escape")
        await run(scene, "/config")
        assert isinstance(scene.app.screen, SettingsScreen)


async def test_mode_takes_the_names_of_either_language(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await run(scene, "/mode dry-run")
        assert scene.screen.mode == "dry-run"
        await run(scene, "/mode conversa")
        assert scene.screen.mode == "chat"
        await run(scene, "/mode xyz")
        assert scene.screen.mode == "chat"
        assert "xyz" in scene.chat_text


async def test_export_says_where_the_file_is_and_knows_its_forms(open_scene: OpenScene) -> None:
    async with open_scene(history=MemoryHistory()) as scene:
        await run(scene, "/export script")
        await scene.until(lambda: "Gravado: /home/ana/projeto/t-1.script" in scene.chat_text)
        await run(scene, "/export pdf")
        assert "/export não conhece pdf" in scene.chat_text


async def test_approval_changes_the_policy_and_the_status_line(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await run(scene, "/approval on-request")

        assert scene.session.settings.approval is ApprovalPolicy.ON_REQUEST
        assert "on-request" in str(scene.screen.parts.status.render())


async def test_theme_changes_the_colours_and_knows_its_names(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await run(scene, "/theme fazai-light")
        assert scene.app.theme == "fazai-light"
        await run(scene, "/theme nenhum")
        assert scene.app.theme == "fazai-light"
        assert "fazai-contrast" in scene.chat_text


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("/model", "faisca"),
        ("/persona", "claudio"),
        ("/sandbox", "danger-full-access"),
        ("/lang", "português"),
        ("/doctor", "fazai doctor"),
        ("/hstory", "/history"),
        ("/retry", "Nenhuma ordem"),
        ("/copy", "Ainda não"),
    ],
)
async def test_a_command_answers_in_the_chat(open_scene: OpenScene, command: str, answer: str) -> None:
    async with open_scene() as scene:
        await run(scene, command)

        assert answer in scene.chat_text
        assert not scene.session.submitted


async def test_retry_gives_the_last_order_again(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.order("liste")
        scene.session.finish()
        await scene.until(lambda: not scene.screen.is_busy)
        await run(scene, "/retry")

        assert [text for text, _, _ in scene.session.submitted] == ["liste", "liste"]


async def test_new_closes_the_session_and_clears_the_panes(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.order("liste")
        scene.session.finish()
        await scene.until(lambda: not scene.screen.is_busy)
        await run(scene, "/new")

        assert scene.session.is_closed
        assert "liste" not in scene.chat_text


async def test_a_path_at_the_beginning_is_an_order(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.type("/etc/hosts tem quantas linhas")
        await scene.press("enter")
        await scene.settle()

        assert [text for text, _, _ in scene.session.submitted] == ["/etc/hosts tem quantas linhas"]


async def test_a_command_is_completed_and_sent_by_enter(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.type("/hel")
        assert scene.screen.parts.prompt.completion.is_open
        await scene.press("enter")
        await scene.settle()

        assert isinstance(scene.app.screen, HelpScreen)


async def test_a_whole_name_means_itself_and_not_a_longer_one(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.type("/mode")
        current = scene.screen.parts.prompt.completion.current

        assert current.insert == "/mode"


async def test_tab_and_arrows_choose_among_suggestions(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.type("/theme f")
        await scene.press("down", "tab")

        assert scene.screen.parts.prompt.editor.text.startswith("/theme fazai-")
        assert scene.screen.parts.prompt.editor.has_focus


async def test_an_at_sign_offers_files_and_the_choice_replaces_the_fragment(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.type("rode @con")
        await scene.until(lambda: scene.screen.parts.prompt.completion.is_open)
        await scene.press("enter")

        assert scene.screen.parts.prompt.editor.text == "rode @conta.sh "
        assert not scene.session.submitted


async def test_a_mail_address_offers_nothing(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.type("escreva a eu@con")
        await scene.settle()

        assert not scene.screen.parts.prompt.completion.is_open


async def test_escape_closes_the_suggestions_first(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.type("/mo")
        await scene.press("escape")

        assert not scene.screen.parts.prompt.completion.is_open
        assert scene.screen.parts.prompt.editor.text == "/mo"


async def test_the_palette_carries_out_a_command(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.press("ctrl+p")
        await scene.type("/help")
        await scene.settle()
        await scene.press("enter")
        await scene.until(lambda: isinstance(scene.app.screen, HelpScreen))


async def test_every_name_does_something(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        for name in NAMES:
            if name not in ("quit", "new"):
                scene.screen.send(f"/{name}")
                await scene.settle()
                if scene.app.screen is not scene.screen:
                    await scene.press("escape")

        assert scene.app.is_running
        assert "Quis dizer" not in scene.chat_text

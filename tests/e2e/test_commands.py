"""Commands of the user's own through the screen: cards, keys, interrupts, resizes, hostile output."""

import re
import time

import psutil
import pytest

from tests.e2e.conftest import PATIENCE_SECONDS, Tmux

CARD = "─ Aprovação ─"
READY = "● pronto"
NO_CARD = rf"\A(?![\s\S]*{CARD})"


@pytest.fixture
def opened(tmux: Tmux) -> Tmux:
    """Open the assistant on a wide screen, ready."""
    tmux.start(160, 48)
    tmux.wait_for(READY)
    return tmux


def shell_pane(shown: str) -> str:
    """Return what stands right of the chat, where commands and their output are."""
    return "\n".join(line[76:] for line in shown.splitlines())


def wait_for_process(tmux: Tmux, command: list[str]) -> list[psutil.Process]:
    """Return the processes of a command line as soon as there is one."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := tmux.running(command)):
        assert time.monotonic() < deadline, f"{command} was not started:\n{tmux.screen()}"
        time.sleep(0.03)
    return found


def test_a_declined_command_does_not_run(opened: Tmux) -> None:
    opened.order("!touch never")

    opened.press_on(CARD, "n", until="recusado: touch never")

    opened.wait_for(READY)
    assert not re.search(CARD, opened.screen())
    assert not (opened.cwd / "never").exists()
    assert "$ touch never" not in shell_pane(opened.screen())


def test_ctrl_c_stops_the_command_and_nothing_else(opened: Tmux) -> None:
    opened.order("!sleep 61.5")
    opened.wait_for("executando sleep 61.5")
    [sleep] = wait_for_process(opened, ["sleep", "61.5"])

    opened.press("C-c")

    sleep.wait(timeout=3)
    opened.wait_for(READY)
    opened.wait_for("Interrompido")
    opened.order("!echo still-$((6*7))")
    opened.wait_for("still-42")


def test_the_edited_command_is_the_one_that_runs(opened: Tmux) -> None:
    opened.order("!touch old")
    opened.press_on(CARD, "e", until="executar o comando editado")

    opened.press("C-u")
    opened.wait_for(r"│ Executar o comando +│[^\n]*\n│ {70,}│")
    opened.type("touch new; echo made-$((40+2))")
    opened.wait_for(r"toca +new")
    opened.press("Enter")

    opened.wait_for("made-42")
    opened.wait_for(READY)
    assert "(editado)" in opened.screen()
    assert [path.name for path in opened.cwd.iterdir()] == ["new"]


def test_keys_that_were_typed_ahead_approve_nothing(opened: Tmux) -> None:
    opened.type("!touch ahead")

    opened.press("Enter", *["y"] * 12)

    shown = opened.wait_for(CARD)
    assert "touch ahead " in shown, "keys after Enter joined the command"
    # A key that the card does take proves that all those before it have been read.
    opened.press_on(CARD, "x", until="contém")
    assert re.search(CARD, opened.screen())
    assert not (opened.cwd / "ahead").exists()


def test_a_key_pressed_as_the_card_appears_approves_nothing(opened: Tmux) -> None:
    # A machine that stalls may bring the key when the card already listens, but not every time.
    for name in ("one", "two", "three"):
        opened.order(f"!touch {name}")
        opened.wait_for(rf"{CARD}[\s\S]*touch {name}")
        opened.press("y")
        shown = opened.press_on(f"{CARD}|aprovado: touch {name}", "x", until=rf"contém|aprovado: touch {name}")
        if "contém" in shown and not (opened.cwd / name).exists():
            return
        opened.wait_for(READY)
    pytest.fail(f"each card took the key at once:\n{opened.screen()}", pytrace=False)


def test_quitting_asks_first_and_leaves_nothing_behind(opened: Tmux) -> None:
    opened.order("!sleep 62.5")
    [sleep] = wait_for_process(opened, ["sleep", "62.5"])

    opened.press("C-q")
    opened.wait_for("Sair e interromper")
    assert opened.is_open()
    assert sleep.is_running()
    opened.press("y")

    left = opened.wait_for(r"\[ended with status \d+\]")
    assert left.strip() == "[ended with status 0]"
    sleep.wait(timeout=3)


def test_a_resized_screen_is_laid_out_anew(opened: Tmux) -> None:
    opened.order("!echo before-$((6*7))")
    opened.wait_for("before-42")
    opened.wait_for(READY)

    opened.resize(80, 24)
    narrow = opened.wait_for(r"Conversa\b.*Plano\b.*Shell\b.*Memória")
    assert "Traceback" not in narrow
    assert max(len(line) for line in narrow.splitlines()) <= 80

    opened.resize(160, 48)
    opened.wait_for(r"╭─ Conversa ─+╮╭─ Plano ─+╮")
    opened.order("!echo after-$((6*8))")
    opened.wait_for("after-48")
    assert opened.is_open()


def test_what_a_command_prints_cannot_touch_the_screen(opened: Tmux) -> None:
    title = opened.title()
    opened.order(r"!printf '\033]0;evil\007\033[2J\033[1;1Hb\157o'")

    shown = opened.wait_for(r"│ boo\b")
    opened.wait_for(READY)
    assert opened.title() == title
    for frame in (r"╭─ Conversa ─+╮╭─ Plano ─+╮", r"╭─ Shell · seu ─+╮", r"╭─ Memória ─+╮", r"╭─ ordem ─+╮"):
        assert re.search(frame, shown), shown


def test_without_its_model_the_screen_opens_and_commands_run(tmux: Tmux) -> None:
    tmux.start(160, 48, variables={"FAZAI_GEMMA_MODEL": "/nonexistent.gguf"})

    tmux.wait_for("● erro")
    tmux.wait_for("/nonexistent.gguf")
    tmux.order("!echo hi-$((6*7))")

    tmux.wait_for("hi-42")
    assert "Traceback" not in tmux.screen()
    assert tmux.is_open()

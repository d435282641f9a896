"""The shell pane as a terminal: full-screen programs, resize, mouse, search, copy, jobs, interrupts."""

import re
import shutil

import pytest

from tests.e2e.conftest import PATIENCE_SECONDS, Tmux
from tests.e2e.test_commands import CARD, READY, shell_pane, wait_for_process

FULL_SCREEN = r"programa de tela cheia · Ctrl\+F"
KEYBOARD = "o teclado está com o programa"


@pytest.fixture
def opened(tmux: Tmux) -> Tmux:
    """Open the assistant on a wide screen, ready, in a terminal that takes what programs copy."""
    tmux.start(160, 48, "--approval", "on-failure")
    tmux.set_option("set-clipboard", "on")
    tmux.wait_for(READY)
    return tmux


def need(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


def run_to(tmux: Tmux, command: str, until: str) -> str:
    """Run a command of the user's own, approve it when asked, and return the screen that shows what is expected."""
    tmux.order(f"!{command}")
    shown = tmux.wait_for(f"{CARD}|{until}")
    return tmux.press_on(CARD, "y", until) if re.search(CARD, shown) else shown


def give_keyboard(tmux: Tmux) -> None:
    tmux.press("C-f")
    tmux.wait_for(KEYBOARD)


def test_vim_edits_saves_follows_the_mouse_and_the_window(opened: Tmux) -> None:
    need("vim")
    (opened.cwd / "notes.txt").write_text("".join(f"line {number}\n" for number in range(1, 60)))
    run_to(opened, "vim -Nu NONE -n -c 'set ruler mouse=a ttymouse=sgr' notes.txt", FULL_SCREEN)
    opened.wait_for("line 20")
    give_keyboard(opened)

    # The pane's text begins at column 78, row 9 of the window: this is line 5, column 3.
    opened.press("-H", *(f"{byte:02x}" for byte in b"\x1b[<0;80;13M\x1b[<0;80;13m"))
    opened.wait_for(r"\b5,3\b")
    opened.resize(140, 40)
    opened.wait_for(r"\b5,3 [\s\S]*" + KEYBOARD)
    opened.type("Ccha")
    opened.press("Escape")
    opened.type(":wq")
    opened.press("Enter")

    opened.wait_for(READY)
    assert (opened.cwd / "notes.txt").read_text().splitlines()[4] == "licha"
    assert "status de saída 0" in opened.screen() and "line 20" not in shell_pane(opened.screen())


def test_less_and_top_take_keys_and_give_them_back(opened: Tmux) -> None:
    need("less")
    need("top")
    (opened.cwd / "many.txt").write_text("".join(f"line {number}\n" for number in range(1, 500)))
    run_to(opened, "less many.txt", FULL_SCREEN)
    give_keyboard(opened)
    opened.type("/line 321")
    opened.press("Enter")
    opened.wait_for(r"line 321 [\s\S]*line 322")
    opened.press("Escape", "Escape")
    opened.wait_for(FULL_SCREEN)
    give_keyboard(opened)
    # The first of the two Escapes went to less, which takes it for the beginning of a key.
    opened.type("qq")
    opened.wait_for(READY)

    run_to(opened, "top", r"load average[\s\S]*PID +USER")
    give_keyboard(opened)
    opened.type("q")

    opened.wait_for(READY)
    assert "load average" in opened.wait_for("status de saída 0"), "what top showed stays on the main screen"


def test_a_flood_is_searched_folded_and_copied(opened: Tmux) -> None:
    run_to(opened, "seq 1 60000", r"\b60000 [\s\S]*status de saída 0")
    opened.press("F7")
    opened.type("/54321")
    opened.press("Enter")
    opened.wait_for(r"54320 [\s\S]*54321 [\s\S]*54322 [\s\S]*n acima")
    opened.press("Space", "Down", "Down", "y")
    opened.wait_for("3 linhas copiadas")

    assert opened.clipboard() == "54321\n54322\n54323"

    opened.press("Escape")
    top = r"\$ seq 1 60000"
    for _ in range(4):
        # On a busy machine the terminal may hand over Escape and the next key as one.
        opened.press("Home")
        if opened.look_for(top, 10):
            break
    opened.wait_for(top)
    opened.press("Enter")
    opened.wait_for("linhas dobradas")


def test_one_ctrl_c_or_escape_stops_a_tight_loop_and_what_ignores_it(opened: Tmux) -> None:
    run_to(opened, "bash -c 'trap \"\" INT; sleep 82.5; sleep 82.75'; touch late", "executando bash")
    wait_for_process(opened, ["sleep", "82.5"])

    opened.press("Escape")

    opened.wait_for(r"SIGINT enviado[\s\S]*SIGTERM enviado[\s\S]*interrompido ·")
    opened.wait_for(READY)
    assert not (opened.cwd / "late").exists()

    opened.press("F7")
    for loop in ("while true; do :; done", "while true; do sleep 0.01; done", "while true; do /bin/true; done"):
        opened.type(f"clear; {loop}")
        opened.press("Enter")
        opened.press_on("executando clear", "C-c", until=rf"{re.escape(loop)}[\s\S]*interrompido · \d")
        opened.wait_for(READY)


def test_a_question_is_answered_in_place_and_jobs_are_listed_and_ended(opened: Tmux) -> None:
    run_to(opened, "read -rp 'Continue? [Y/n] ' answer; echo said-$answer", r"─ Entrada ─[\s\S]*Continue\? \[Y/n\]")
    opened.type("Y")
    opened.press("Enter")
    opened.wait_for("said-Y")
    opened.wait_for(READY)

    run_to(opened, "sleep 81.25 &", "1 em segundo plano: sleep 81.25")
    [sleep] = wait_for_process(opened, ["sleep", "81.25"])
    opened.wait_for(READY)

    opened.order("/jobs")
    opened.wait_for(r"Em segundo plano[\s\S]*sleep 81.25[\s\S]*esperando")
    opened.press("k")

    sleep.wait(timeout=PATIENCE_SECONDS)
    opened.wait_for("Nada roda em segundo plano")

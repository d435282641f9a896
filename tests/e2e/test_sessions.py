"""Going on with an earlier session, chosen from the list in a real terminal."""

from tests.e2e.conftest import Tmux

READY = "● pronto"
EMPTY = r"\A(?![\s\S]*feito)"


def test_a_session_is_found_by_its_output_and_goes_on(tmux: Tmux) -> None:
    (tmux.cwd / "sub").mkdir()
    tmux.start(120, 40)
    tmux.wait_for(READY)
    tmux.order("!cd sub; printf 'marca-%s\\n' azul")
    tmux.wait_for("✓ feito")
    tmux.order("/new")
    tmux.wait_for(EMPTY)
    tmux.wait_for(READY)

    tmux.order("/resume")
    tmux.wait_for("1 ordem · ")
    tmux.type("marca-azul")
    tmux.press_on("1 ordem · ", "Enter", until="retomada: !cd sub")
    tmux.wait_for(READY)
    tmux.order("!pwd")

    tmux.wait_for(r"│\s+\S*/sub\b")

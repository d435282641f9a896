"""Opening the full-screen assistant: what stops it, what it looks at, what it imports first."""

import subprocess
import sys
from pathlib import Path

import pytest

from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.lazy_history import LazyHistory
from fazai_tui.cli.screen import ScreenRequest, build_app, open_screen
from fazai_tui.cli.surroundings import LocalSurroundings
from fazai_tui.config.paths import Paths
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError, ErrorKind, FazaiError

TEXTS = Texts("en")


def invocation(home: Path, **environment: str) -> Invocation:
    """Return an invocation with a home of its own."""
    return Invocation(TEXTS, Paths(home / "config", home / "data", home / "state", home / "run"), environment)


def test_without_a_terminal_it_says_what_to_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", open("/dev/null"))
    with sys.stdin, pytest.raises(FazaiError) as caught:
        open_screen(invocation(tmp_path))

    assert caught.value.kind is ErrorKind.USAGE
    assert "fazai exec" in caught.value.hint


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [("FAZAI_INTERFACE__THEME", "fazai-drak", "fazai-dark"), ("FAZAI_KEYS__HLEP", "f1", "keys.help")],
)
def test_a_bad_look_names_the_nearest(tmp_path: Path, variable: str, value: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        build_app(invocation(tmp_path, **{variable: value}), ScreenRequest(), "/")

    assert said in caught.value.hint


async def test_settings_that_do_not_do_end_the_screen_with_their_error(tmp_path: Path) -> None:
    app = build_app(invocation(tmp_path, FAZAI_ENGINE__CONTEXT="few"), ScreenRequest(), "/")
    async with app.run_test() as pilot:
        while app.is_running and app.failure is None:
            await pilot.pause(0.05)

    assert isinstance(app.failure, ConfigurationError)
    assert "FAZAI_ENGINE__CONTEXT" in app.failure.message


def test_nothing_heavy_is_imported_before_the_first_paint() -> None:
    heavy = ["pydantic", "typer", "sqlite3", "structlog", "llama_cpp", "pexpect", "psutil", "numpy", "pyte"]
    heavy += ["textual.widgets._markdown", "pygments", "markdown_it", "fazai_tui.session.session"]
    code = (
        "import sys, fazai_tui.app, fazai_tui.cli.screen, fazai_tui.cli.surroundings, fazai_tui.cli.lazy_history\n"
        "import fazai_tui.themes.registry\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "[]"


def test_paths_continue_a_fragment_directories_first(tmp_path: Path) -> None:
    for name in ("conta.sh", "notes.md", ".config"):
        (tmp_path / name).write_text("")
    (tmp_path / "contas" / "deep").mkdir(parents=True)
    machine = LocalSurroundings()

    assert machine.list_paths("con", str(tmp_path), 9) == ["contas/", "conta.sh"]
    assert machine.list_paths("", str(tmp_path), 2) == ["contas/", "conta.sh"]
    assert machine.list_paths(".c", str(tmp_path), 9) == [".config"]
    assert machine.list_paths("contas/", str(tmp_path), 9) == ["contas/deep/"]
    assert machine.list_paths("nowhere/", str(tmp_path), 9) == ()


def test_the_load_is_that_of_a_machine() -> None:
    usage = LocalSurroundings().usage()

    assert 0 <= usage.cpu <= 100
    assert 0 < usage.memory_used < usage.memory_total


def test_a_history_without_a_ledger_is_empty(tmp_path: Path) -> None:
    assert LazyHistory(tmp_path / "ledger.db", TEXTS).list_turns(5) == ()

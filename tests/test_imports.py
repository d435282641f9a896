"""What importing a layer brings along, seen in a fresh interpreter."""

import subprocess
import sys

import pytest

HEADLESS = (
    "fazai_tui.core.events",
    "fazai_tui.config.loader",
    "fazai_tui.engine.llama",
    "fazai_tui.ledger.history",
    "fazai_tui.ledger.recorder",
    "fazai_tui.shell",
    "fazai_tui.sandbox",
    "fazai_tui.policy",
    "fazai_tui.memory",
    "fazai_tui.session",
    "fazai_tui.headless",
    "fazai_tui.daemon.server",
)
SCREEN = ("textual", "rich")


def brought_along(module: str, suspects: tuple[str, ...]) -> list[str]:
    """Import a module in a fresh interpreter and return which suspects came with it."""
    program = f"import sys, {module}; print(*[name for name in {suspects!r} if name in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    return ended.stdout.split()


@pytest.mark.parametrize("module", HEADLESS)
def test_below_the_screen_there_is_no_screen(module: str) -> None:
    assert brought_along(module, SCREEN) == []


@pytest.mark.parametrize("module", ["fazai_tui.core.events", "fazai_tui.config.loader", "fazai_tui.ledger.history"])
def test_the_domain_and_the_ledger_bring_no_engine_and_no_shell(module: str) -> None:
    assert brought_along(module, ("llama_cpp", "numpy", "pexpect", "tree_sitter", "bm25s")) == []


def test_the_root_package_is_light() -> None:
    assert brought_along("fazai_tui.cli", ("typer", "pydantic", "platformdirs", "asyncio")) == []

"""A terminal of its own for each test, with the real assistant in it."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

PATIENCE_SECONDS = 60.0
"""How long a condition may take on a machine that is busy with something else."""

_POLL_SECONDS = 0.03
_REPEAT_SECONDS = 0.7
"""Longer than a card ignores keys: one that still stands then has not taken the key."""
_AND_STAY = '"$0" "$@"; printf "[ended with status %d]" $?; exec cat'
"""Runs the assistant, then leaves on the terminal what it left there, with its exit status."""


@dataclass
class Tmux:
    """A terminal that a test types into and reads.

    Attributes:
        place: A short directory for the server's socket and settings.
        cwd: Where the assistant starts.
        home: The assistant's home.
    """

    place: Path
    cwd: Path
    home: Path

    def start(
        self,
        columns: int,
        rows: int,
        *arguments: str,
        lang: str = "pt_BR.UTF-8",
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """Open the assistant in a terminal of this size."""
        program = Path(sys.executable).with_name("fazai")
        settings = self.place / "tmux.conf"
        settings.write_text("set -sg escape-time 0\nset -g status off\n", encoding="utf-8")
        self._tmux(
            *("-f", str(settings), "new-session", "-d", "-x", str(columns), "-y", str(rows), "-c", str(self.cwd)),
            *(f"-e{name}={value}" for name, value in self._environment(lang, variables or {}).items()),
            *("sh", "-c", _AND_STAY, str(program), *arguments),
        )

    def _environment(self, lang: str, variables: Mapping[str, str]) -> dict[str, str]:
        return {
            "FAZAI_HOME": str(self.home),
            "HOME": str(self.home),
            "COLORTERM": "truecolor",
            "TERM": "tmux-256color",
            "LANG": lang,
            **variables,
        }

    def type(self, text: str) -> None:
        """Type a text as it stands."""
        self._tmux("send-keys", "-l", text)

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names, all in one go."""
        self._tmux("send-keys", *keys)

    def order(self, text: str) -> None:
        """Type a text and send it."""
        self.type(text)
        self.press("Enter")

    def press_on(self, standing: str, key: str, until: str) -> str:
        """Press a key on what is shown until it has been taken, and return the screen that `until` matches."""
        self.wait_for(standing)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if re.search(standing, self.screen()):
                self.press(key)
            if (shown := self.look_for(until, _REPEAT_SECONDS)) is not None:
                return shown
        return self._fail(f"{key} on {standing!r} did not lead to {until!r}")

    def screen(self) -> str:
        """Return what the terminal shows."""
        return self._tmux("capture-pane", "-p")

    def wait_for(self, pattern: str, timeout: float = PATIENCE_SECONDS) -> str:
        """Return the first screen in which the pattern is found; fail with the last one after the timeout."""
        shown = self.look_for(pattern, timeout)
        return self._fail(f"{pattern!r} did not appear in {timeout:.0f} s") if shown is None else shown

    def look_for(self, pattern: str, timeout: float) -> str | None:
        """Return the first screen in which the pattern is found, or None after the timeout."""
        deadline = time.monotonic() + timeout
        while True:
            shown = self.screen()
            if re.search(pattern, shown):
                return shown
            if time.monotonic() > deadline:
                return None
            time.sleep(_POLL_SECONDS)

    def resize(self, columns: int, rows: int) -> None:
        """Change the terminal's size."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def set_option(self, name: str, value: str) -> None:
        """Set an option of the terminal's server."""
        self._tmux("set-option", "-s", name, value)

    def clipboard(self) -> str:
        """Return what was copied into the terminal's clipboard last."""
        return self._tmux("show-buffer")

    def is_open(self) -> bool:
        """Say whether the assistant still runs in the terminal."""
        return "[ended with status" not in self.screen()

    def title(self) -> str:
        """Return the terminal's title."""
        return self._ask("pane_title")

    def running(self, command: Sequence[str]) -> list[psutil.Process]:
        """Return the processes of this command line that the assistant started."""
        terminal = psutil.Process(int(self._ask("pane_pid")))
        found: list[psutil.Process] = []
        for process in terminal.children(recursive=True):
            try:
                if process.cmdline() == list(command):
                    found.append(process)
            except psutil.NoSuchProcess:
                continue
        return found

    def close(self) -> None:
        """End the terminal and all that runs in it."""
        subprocess.run(self._command("kill-server"), check=False, capture_output=True, timeout=10)

    def _fail(self, reason: str) -> str:
        pytest.fail(f"{reason}; the terminal shows:\n{self.screen()}", pytrace=False)

    def _ask(self, variable: str) -> str:
        return self._tmux("display-message", "-p", f"#{{{variable}}}").strip()

    def _command(self, *arguments: str) -> list[str]:
        return ["tmux", "-u", "-S", str(self.place / "socket"), *arguments]

    def _tmux(self, *arguments: str) -> str:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("FAZAI_", "TMUX"))}
        done = subprocess.run(
            self._command(*arguments), check=True, capture_output=True, text=True, timeout=30, env=inherited
        )
        return done.stdout


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    """Give a terminal with an empty directory and a home of its own."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed: the end-to-end tests type into a terminal of their own")
    home, cwd = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    cwd.mkdir()
    # The path of a socket has room for about a hundred characters, which a test's own directory may use up.
    with tempfile.TemporaryDirectory(prefix="fz-") as place:
        terminal = Tmux(Path(place), cwd, home)
        try:
            yield terminal
        finally:
            terminal.close()

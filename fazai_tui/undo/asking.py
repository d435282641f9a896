"""Asking programs of this machine about its state; nothing is changed."""

import subprocess
from collections.abc import Mapping, Sequence

_SECONDS = 10.0


class Asker:
    """Runs programs that only tell.

    Args:
        environment: The environment of the user's commands.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        quiet = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "SYSTEMD_PAGER": ""}
        self._environment = {**{k: v for k, v in environment.items() if not k.startswith("GIT_")}, **quiet}

    def answer(self, argv: Sequence[str]) -> str | None:
        """Return what a program printed; None when it failed, or is not there."""
        try:
            done = subprocess.run(
                argv,
                capture_output=True,
                timeout=_SECONDS,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return None if done.returncode else done.stdout.decode(errors="surrogateescape")

"""The environment that commands see."""

from collections.abc import Mapping

_TERMINAL = {"TERM": "xterm-256color"}
"""What the shell pane is."""

_UNATTENDED = {"PAGER": "cat", "GIT_PAGER": "cat", "MANPAGER": "cat", "SYSTEMD_PAGER": ""}
"""A pager would wait for a key that nobody presses."""

_PREFERRED = {"DEBIAN_FRONTEND": "noninteractive"}

_DROPPED = frozenset({"SHELLOPTS", "BASHOPTS", "TMOUT", "PROMPT_COMMAND", "COLUMNS", "LINES", "BASH_XTRACEFD"})
"""What would change how the shell itself runs or contradict the PTY's size."""


def shell_environment(env: Mapping[str, str], *, has_pager: bool = False) -> dict[str, str]:
    """Return the environment for the shell: as it is, without this program's own variables, with defaults for a PTY.

    Args:
        env: The environment that the program was started in.
        has_pager: Whether somebody is at the keyboard, so that programs may page and ask with menus.
    """
    kept = {name: value for name, value in env.items() if not name.startswith("FAZAI_") and name not in _DROPPED}
    return {**kept, **_TERMINAL} if has_pager else {**_PREFERRED, **kept, **_TERMINAL, **_UNATTENDED}

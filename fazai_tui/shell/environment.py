"""The environment that commands see."""

from collections.abc import Mapping

_FIXED = {
    "TERM": "xterm-256color",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "MANPAGER": "cat",
    "SYSTEMD_PAGER": "",
}
"""The PTY is this program's own terminal, and a pager would wait for a key that nobody presses."""

_PREFERRED = {"DEBIAN_FRONTEND": "noninteractive"}

_DROPPED = frozenset({"SHELLOPTS", "BASHOPTS", "TMOUT", "PROMPT_COMMAND", "COLUMNS", "LINES", "BASH_XTRACEFD"})
"""What would change how the shell itself runs or contradict the PTY's size."""


def shell_environment(env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for the shell: as it is, without this program's own variables, with defaults for a PTY."""
    kept = {name: value for name, value in env.items() if not name.startswith("FAZAI_") and name not in _DROPPED}
    return {**_PREFERRED, **kept, **_FIXED}

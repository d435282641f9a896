"""The worker as a systemd service of the user."""

import os
from collections.abc import Mapping, Sequence

_PASSED_ON = ("FAZAI_HOME", "FAZAI_GEMMA_SOCKET", "FAZAI_GEMMA_MODEL")


def systemd_unit(command: Sequence[str], environment: Mapping[str, str], description: str) -> str:
    """Return a unit file that runs the worker.

    Args:
        command: What runs it, the program's path absolute.
        environment: Where FazAI's files are, as far as that is not the default.
        description: What `systemctl status` calls it.
    """
    variables = [
        f"Environment={_quoted(f'{name}={environment[name]}')}" for name in _PASSED_ON if environment.get(name)
    ]
    lines = [
        "[Unit]",
        f"Description={description}",
        "",
        "[Service]",
        "Type=exec",
        f"ExecStart={' '.join(_quoted(word) for word in command)}",
        *variables,
        "Restart=on-failure",
        # A socket that is held, bad settings and a model that cannot be loaded do not get better by trying again.
        "RestartPreventExitStatus=1 2 52 54",
        "TimeoutStopSec=5",
        "KillMode=mixed",
        "UMask=0077",
        "",
        "[Install]",
        "WantedBy=default.target",
    ]
    return "\n".join(lines)


def program_command(argument: str, interpreter: str) -> tuple[str, ...]:
    """Return what runs this program again.

    Args:
        argument: The first word that this process was started with.
        interpreter: Python's own path.
    """
    path = os.path.abspath(argument)
    if os.path.basename(path) == "fazai" and os.access(path, os.X_OK):
        return (path,)
    return (interpreter, "-m", "fazai_tui")


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return (
        f'"{escaped}"'
        if escaped != word or not escaped or any(char.isspace() or char in "'=" for char in word)
        else word
    )

"""Enter an environment that a keeper holds, give up what leads out, and become a program in it.

Started as a program of its own with a plan in JSON and the program's arguments. It stays on the user's terminal, so
that keys and window sizes reach the program as they reach any other.
Ends with status 126 and one line when anything asked for cannot be had, else as the program ends.
"""

import contextlib
import json
import os
import signal
import sys
from typing import Any

from fazai_tui.environments import control_groups
from fazai_tui.jail import filters, kernel, resources

_NEW_HOST_NAME = 0x4000000


def main(arguments: list[str]) -> int:
    """Enter and run the program; return its exit status."""
    plan, argv = json.loads(arguments[0]), arguments[1:]
    try:
        control_groups.join(plan["group"])
        _enter(plan)
    except OSError as error:
        sys.stderr.write(f"fazai: {kernel.reason(error)}\n")
        return 126
    # A terminal's Ctrl+C is for the program; this process only waits for it.
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    child = os.fork()
    if child == 0:
        os._exit(_become(plan, argv))
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _: _pass_on(child, received))
    _, ended = os.waitpid(child, 0)
    status = os.waitstatus_to_exitcode(ended)
    return status if status >= 0 else 128 - status


def _pass_on(child: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, number)


def _enter(plan: dict[str, Any]) -> None:
    first = os.pidfd_open(plan["first"])
    kinds = kernel.NEW_IPC | kernel.NEW_PIDS | _NEW_HOST_NAME | (0 if plan["network"] else kernel.NEW_NET)
    if plan["user"]:
        kernel.join_namespace(first, kernel.NEW_USER)
    kernel.join_namespace(first, kinds)
    # The last, with which this process sees nothing of the machine any more.
    kernel.join_namespace(first, kernel.NEW_MOUNTS)
    os.close(first)


def _become(plan: dict[str, Any], argv: list[str]) -> int:
    """Give up rights for good and become the program; return a status only when that fails."""
    try:
        for number in (signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, signal.SIG_DFL)
        kernel.die_with_parent()
        os.closerange(3, 4096)
        _go_to(plan["cwd"])
        resources.limit(plan)
        kernel.drop_capabilities(kernel.INSTALLING if plan["root"] else 0)
        families = frozenset((filters.UNIX, filters.INET, filters.INET6, filters.NETLINK))
        filters.install(families, pins_processors=resources.pins_processors(plan))
    except OSError as error:
        os.write(2, f"fazai: {kernel.reason(error)}\n".encode())
        return 126
    try:
        os.execvpe(argv[0], argv, plan["environment"])
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode(errors="replace"))
        return 127 if isinstance(error, FileNotFoundError) else 126


def _go_to(places: list[str]) -> None:
    """Change to the first of these directories that is there."""
    for place in (*places, "/"):
        with contextlib.suppress(OSError):
            os.chdir(place)
            return

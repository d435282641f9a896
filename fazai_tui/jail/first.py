"""The first process of a confined program's own process namespace: it collects orphans, and all ends with it."""

import os
import signal
from collections.abc import Callable

from fazai_tui.jail import kernel

_SHRUGGED_OFF = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


def run_first(prepare: Callable[[], None], argv: list[str]) -> int:
    """Start a program beside this process; return its exit status, when it has ended.

    To be called in a child that is the first process of a namespace. Ends with status 126 and one line when what is to
    be prepared cannot be had.

    Args:
        prepare: Done first, once for both processes.
        argv: The program.
    """
    try:
        kernel.die_with_parent()
        prepare()
        # Giving up rights takes this back.
        kernel.die_with_parent()
        kernel.hide_memory()
    except OSError as error:
        os.write(2, f"sandbox: {kernel.reason(error)}\n".encode())
        return 126
    child = os.fork()
    if child == 0:
        try:
            os.execvp(argv[0], argv)
        except OSError as error:
            os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
        os._exit(127)
    return wait_for(child)


def wait_for(child: int) -> int:
    """Collect whatever ends until a child does; return its exit status."""
    for number in _SHRUGGED_OFF:
        signal.signal(number, signal.SIG_IGN)
    while True:
        pid, ended = os.wait()
        if pid == child:
            status = os.waitstatus_to_exitcode(ended)
            return status if status >= 0 else 128 - status

"""Run a program in control groups of its own, and take them away when it has ended.

Started as a program of its own with the groups in JSON (where, and what is written into each) and the program's
arguments. Ends with status 126 and one line when one of them cannot be made.
"""

import errno
import json
import os
import time

from fazai_tui.jail import cgroups, first, kernel

_TRIES = 25


def main(arguments: list[str]) -> int:
    """Make the groups and run the program; return its exit status."""
    groups, argv = json.loads(arguments[0]), arguments[1:]
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os._exit(_become(groups, argv, writer))
    os.close(writer)
    with os.fdopen(reader) as told:
        made = told.read().split("\0")
    status = first.wait_for(child)
    for group in made:
        _remove(group)
    return status


def _remove(group: str) -> None:
    """Remove a group, whose last processes may still be ending."""
    for _ in range(_TRIES):
        try:
            os.rmdir(group)
        except OSError as error:
            if error.errno != errno.EBUSY:
                return
            time.sleep(0.01)
        else:
            return


def _become(groups: list[tuple[str, list[cgroups.Setting]]], argv: list[str], writer: int) -> int:
    """Enter the groups and become the program; return a status only when that fails."""
    try:
        kernel.die_with_parent()
        made = [cgroups.make(place, settings) for place, settings in groups]
        os.write(writer, "\0".join(made).encode())
        os.close(writer)
        os.execvp(argv[0], argv)
    except OSError as error:
        os.write(2, f"limited: {kernel.reason(error)}\n".encode())
    return 126

"""Close what bubblewrap leaves open, from inside, then become another program.

Started as a program of its own with a plan in JSON and the program's arguments: limits, no abstract sockets and signals
of others, no system calls that lead out. Ends with status 126 and one line when any of it cannot be had.
"""

import json
import os
import sys

from fazai_tui.jail import filters, kernel, landlock, resources


def main(arguments: list[str]) -> int:
    """Lock this process in and become the program; return a status only when that fails."""
    plan, argv = json.loads(arguments[0]), arguments[1:]
    try:
        resources.limit(plan)
        landlock.keep_apart()
        families = frozenset((filters.UNIX, filters.INET, filters.INET6, filters.NETLINK))
        filters.install(families, pins_processors=resources.pins_processors(plan))
        os.execvp(argv[0], argv)
    except OSError as error:
        sys.stderr.write(f"lock: {kernel.reason(error)}\n")
    return 126

"""Enter a throw-away layer that another process holds, give up what leads out, and become a program in it.

Started as a program of its own with a plan in JSON and the program's arguments. Several programs may be in one layer:
each has processes, network and shared memory segments of its own.
Ends with status 126 and one line when anything asked for cannot be had.
"""

import json
import os
import sys
from typing import Any

from fazai_tui.jail import filters, first, kernel, landlock, overlay, resources


def main(arguments: list[str]) -> int:
    """Enter the layer and run the program; return its exit status."""
    plan, argv = json.loads(arguments[0]), arguments[1:]
    try:
        kernel.die_with_parent()
        _enter(plan)
    except OSError as error:
        sys.stderr.write(f"join: {kernel.reason(error)}\n")
        return 126
    child = os.fork()
    if child == 0:
        os._exit(first.run_first(lambda: _confine(plan), argv))
    return first.wait_for(child)


def _enter(plan: dict[str, Any]) -> None:
    holder = f"/proc/{plan['holder']}/ns"
    kinds = [("user", kernel.NEW_USER)] if os.getuid() else []
    found = [(os.open(f"{holder}/{name}", os.O_RDONLY), kind) for name, kind in (*kinds, ("mnt", kernel.NEW_MOUNTS))]
    for fd, kind in found:
        kernel.join_namespace(fd, kind)
        os.close(fd)
    flags = kernel.NEW_MOUNTS | kernel.NEW_IPC | kernel.NEW_PIDS
    kernel.unshare(flags | (0 if plan["network"] else kernel.NEW_NET))
    if not plan["network"]:
        kernel.raise_loopback()


def _confine(plan: dict[str, Any]) -> None:
    quiet = kernel.NO_SUID | kernel.NO_DEVICES
    root, scratch = overlay.ROOT, plan["scratch"]
    kernel.mount("proc", f"{root}/proc", "proc", quiet)
    # What stands in /proc/sys is the whole machine's, and root writes it without any capability.
    kernel.mount("none", f"{root}/proc", None, kernel.REMOUNT | kernel.BIND | kernel.READ_ONLY | quiet)
    os.makedirs(root + scratch, exist_ok=True)
    kernel.mount(scratch, root + scratch, None, kernel.BIND)
    kernel.become_root(root)
    _go_to(plan["cwd"])
    resources.limit(plan)
    landlock.keep_apart()
    kernel.drop_capabilities(0 if os.getuid() else kernel.INSTALLING)
    families = frozenset((filters.UNIX, filters.INET, filters.INET6, filters.NETLINK))
    filters.install(families, pins_processors=resources.pins_processors(plan))


def _go_to(cwd: str) -> None:
    """Change to a directory of the copy, or to the nearest above that is still there."""
    while True:
        try:
            os.chdir(cwd)
        except OSError:
            if cwd == "/":
                raise
            cwd = os.path.dirname(cwd) or "/"
        else:
            return

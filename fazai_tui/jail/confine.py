"""Give up rights for good, then become another program.

Started as a program of its own with a plan in JSON and the program's arguments. Landlock limits files, signals and
abstract sockets, a filter refuses the system calls that lead out. Where namespaces are to be had, a private view of the
file system and an empty network come on top; where not, the filter refuses sockets.
Ends with status 126 and one line when anything asked for cannot be had: the program is never run with more rights.
"""

import json
import os
import stat
import sys
from typing import Any

from fazai_tui.jail import filters, kernel, landlock, resources


def main(arguments: list[str]) -> int:
    """Confine this process and become the program; return a status only when that fails."""
    plan, argv = json.loads(arguments[0]), arguments[1:]
    try:
        if plan["namespaces"]:
            _enter_namespaces(plan)
        _restrict_files(plan)
        resources.limit(plan)
        kernel.drop_capabilities()
        filters.install(_families(plan), pins_processors=resources.pins_processors(plan))
        os.chdir(plan["cwd"])
        os.execvp(argv[0], argv)
    except OSError as error:
        sys.stderr.write(f"confine: {kernel.reason(error)}\n")
    return 126


def _families(plan: dict[str, Any]) -> frozenset[int]:
    if plan["namespaces"]:
        return frozenset((filters.UNIX, filters.INET, filters.INET6, filters.NETLINK))
    # Nothing but the filter keeps the network away then, and services, whose sockets lie in the file system.
    return frozenset((filters.INET, filters.INET6, filters.NETLINK)) if plan["network"] else frozenset()


def _enter_namespaces(plan: dict[str, Any]) -> None:
    user, group = os.getuid(), os.getgid()
    flags = kernel.NEW_MOUNTS | kernel.NEW_IPC | (0 if plan["network"] else kernel.NEW_NET)
    kernel.unshare(flags | (kernel.NEW_USER if user else 0))
    if user:
        kernel.be_oneself(user, group)
    if not plan["network"]:
        kernel.raise_loopback()
    kernel.keep_mounts_to_oneself()
    # What stays writable or visible is set aside before everything below it is closed.
    shown = [(path, kernel.clone_tree(path)) for path in plan["shown"]]
    writable = [(path, kernel.clone_tree(path)) for path in plan["writable"]]
    kernel.set_read_only("/", is_recursive=True)
    hidden = [plan["shared_memory"], *plan["hidden"]]
    for path in hidden:
        kernel.mount("tmpfs", path, "tmpfs", kernel.NO_SUID | kernel.NO_DEVICES, "mode=1777")
    for path, tree in shown + writable:
        _make_mount_point(path, tree, hidden)
        kernel.attach_tree(tree, path)
    for path in plan["hidden"]:
        kernel.set_read_only(path, is_recursive=False)
    for path, _ in shown:
        kernel.set_read_only(path, is_recursive=True)
    for path in plan["read_only"]:
        kernel.mount(path, path, None, kernel.BIND | kernel.RECURSIVE)
        kernel.set_read_only(path, is_recursive=True)
    for path in plan["masked"]:
        kernel.mask(path)


def _make_mount_point(path: str, tree: int, hidden: list[str]) -> None:
    if not any(path.startswith(f"{place}/") for place in hidden):
        return
    if stat.S_ISDIR(os.fstat(tree).st_mode):
        os.makedirs(path, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def _restrict_files(plan: dict[str, Any]) -> None:
    if plan["namespaces"]:
        # Mounts over these can be undone from outside by replacing the file; rules cannot.
        masked = [path for path in plan["masked"] if path.startswith("/etc/")]
        writable = [plan["shared_memory"], *plan["writable"]]
        landlock.restrict(masked=masked, writable=writable, needed=1)
        return
    masked = [path for path in plan["masked"] if not _is_socket(path)]
    landlock.check_separate(masked, plan["writable"])
    landlock.restrict(masked=masked, writable=plan["writable"], needed=3)


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)
    except OSError:
        # It has gone meanwhile.
        return True

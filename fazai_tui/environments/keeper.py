"""Make an environment, hold it, and remove it when its owner ends, however that comes.

Started as a program of its own; its input is a plan in JSON. Two processes watch: the keeper sees the owner end, and a
second one sees the keeper end, so that the death of either leaves nothing behind. The third is the environment's first
process: with it everything in the environment ends.
Says in one line of JSON what it holds, then is silent.
"""

import contextlib
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from fazai_tui.environments import container, control_groups, image_tree
from fazai_tui.environments.control_groups import Limits
from fazai_tui.environments.records import Facts, Owner, hold, is_of, remove_all, write_facts
from fazai_tui.jail import kernel, overlay

_NEW_HOST_NAME = 0x4000000
_MOST_FILES = 4096


def main(_: list[str]) -> int:
    """Make the environment and hold it until it is to go; return a status."""
    plan = json.load(sys.stdin)
    if os.fork():
        # Whoever started this need not wait for what it cannot: the keeper is nobody's child.
        os._exit(0)
    os.setsid()
    place = Path(plan["place"])
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    lock = hold(place)
    facts = _planned(plan)
    ended = os.pidfd_open(os.getpid())
    try:
        owner = os.pidfd_open(facts.owner.pid)
        if not facts.owner.is_alive():
            raise OSError(0, f"process {facts.owner.pid} has ended")
        facts = _with_groups(facts, plan)
        write_facts(place, facts)
        facts, child = container.begin(facts, plan) if plan["container"] else _begin(facts, plan)
        write_facts(place, facts)
    except OSError as error:
        return _give_up(place, kernel.reason(error))
    second = os.fork()
    if second == 0:
        _watch(place, ended, facts)
    # Whoever reads this may want it to end at once, before it waits for that.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    sys.stdout.write(json.dumps({"first": facts.first}) + "\n")
    sys.stdout.flush()
    watched = [owner, child, os.pidfd_open(second)]
    _go_silent(lock, *watched)
    _wait(watched)
    _end(facts)
    # Otherwise it would remove what somebody makes under this name next.
    os.kill(second, signal.SIGKILL)
    os.waitpid(second, 0)
    remove_all(place)
    return 0


def _planned(plan: dict[str, Any]) -> Facts:
    return Facts(
        name=plan["name"],
        kind="podman" if plan["container"] else "namespaces",
        image=plan["image"],
        owner=Owner(**plan["owner"]),
        keeper=os.getpid(),
        first=0,
        made_at=time.time(),
        roles=tuple(plan["roles"]),
        home=plan["home"],
        memory=plan["memory"],
        cpus=plan["cpus"],
        has_network=plan["network"],
        has_own_user=bool(os.getuid()) and not plan["container"],
        keeps_user=not plan["image"],
        container=tuple(plan["container"]),
        store=plan["store"],
    )


def _with_groups(facts: Facts, plan: dict[str, Any]) -> Facts:
    """Make the control groups, and tell how each limit is held."""
    if plan["container"]:
        return facts
    limits = Limits(plan["memory"], plan["cpus"], plan["processes"])
    groups, in_group = control_groups.make(f"{os.getuid()}-{facts.name}-{os.getpid()}", limits)
    held = {name: "group" for name in in_group}
    if limits.memory:
        held.setdefault("memory", "process")
    if limits.cpus:
        # Whole processors can be given; parts of one only a group can count.
        held.setdefault("cpus", "pinned" if float(limits.cpus).is_integer() else "none")
    return replace(facts, group=groups, held=held)


def _give_up(place: Path, why: str) -> int:
    remove_all(place)
    sys.stdout.write(json.dumps({"refusal": why}) + "\n")
    return 125


# ---- namespaces


def _begin(facts: Facts, plan: dict[str, Any]) -> tuple[Facts, int]:
    """Start the environment's first process; return the facts with it, and a file that tells when it has ended."""
    reader, writer = os.pipe()
    keeper = os.pidfd_open(os.getpid())
    child = os.fork()
    if child == 0:
        os.close(reader)
        _build(facts, plan, writer, keeper)
    os.close(writer)
    os.close(keeper)
    with os.fdopen(reader) as told:
        said = told.readline().strip()
    if not said.isdigit():
        os.waitpid(child, 0)
        raise OSError(0, said or "no namespaces")
    return replace(facts, first=int(said)), os.pidfd_open(child)


def _build(facts: Facts, plan: dict[str, Any], writer: int, keeper: int) -> NoReturn:
    """Enter namespaces, build the root, and start the first process in them, which waits for orphans."""
    try:
        control_groups.join(facts.group)
        flags = kernel.NEW_IPC | kernel.NEW_PIDS | _NEW_HOST_NAME | (0 if facts.has_network else kernel.NEW_NET)
        _enter(flags, facts)
        if not facts.has_network:
            kernel.raise_loopback()
        socket.sethostname(facts.name)
        is_user = facts.has_own_user
        if facts.image:
            image_tree.build(facts.image, size=plan["size"], masked=plan["masked"], is_user=is_user)
        else:
            overlay.build(size=plan["size"], masked=plan["masked"], is_user=is_user)
        _show(plan["shown"])
        # Rights that were gained since take this back, so it comes late.
        kernel.die_with_parent()
        if select.select([keeper], [], [], 0)[0]:
            os._exit(1)
        _start_first(writer)
    except OSError as error:
        os.write(writer, f"{kernel.reason(error)}\n".encode())
    os._exit(1)


def _start_first(writer: int) -> None:
    """Start the first process, tell its number when it is ready, and wait for it."""
    ready, done = os.pipe()
    first = os.fork()
    if first == 0:
        os.close(ready)
        _be_first(done)
    os.close(done)
    with os.fdopen(ready) as told:
        why = told.read()
    os.write(writer, f"{why or first}\n".encode())
    os.close(writer)
    _go_silent()
    os.waitpid(first, 0)


def _enter(flags: int, facts: Facts) -> None:
    if facts.keeps_user or not facts.has_own_user:
        overlay.enter(is_user=facts.has_own_user, flags=flags)
        return
    # In a system of their own its user is root, as whoever unpacked it owns its files.
    user, group = os.getuid(), os.getgid()
    kernel.unshare(kernel.NEW_MOUNTS | kernel.NEW_USER | flags)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
        Path(f"/proc/self/{name}").write_text(text)
    kernel.keep_mounts_to_oneself()


def _show(shown: dict[str, str]) -> None:
    """Show files of this machine in the environment, read-only."""
    for path, source in shown.items():
        target = overlay.ROOT + path
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
        kernel.mount(source, target, None, kernel.BIND)
        kernel.set_read_only(target, is_recursive=False)


def _be_first(done: int) -> NoReturn:
    """Be the first process: all others end with it."""
    try:
        kernel.die_with_parent()
        quiet = kernel.NO_SUID | kernel.NO_DEVICES
        kernel.mount("proc", f"{overlay.ROOT}/proc", "proc", quiet)
        # What stands in /proc/sys is the whole machine's, and root writes it without any capability.
        kernel.mount("none", f"{overlay.ROOT}/proc", None, kernel.REMOUNT | kernel.BIND | kernel.READ_ONLY | quiet)
        kernel.become_root(overlay.ROOT)
    except OSError as error:
        os.write(done, kernel.reason(error).encode())
        os._exit(1)
    _go_silent()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    while True:
        signal.sigwait([signal.SIGCHLD])
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _go_silent(*kept: int) -> None:
    """Let go of everything that is open, but for files this process watches; the lock is the keeper's alone."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nothing, number)
    start = 3
    for fd in (*sorted(kept), _MOST_FILES):
        os.closerange(start, fd)
        start = fd + 1


# ---- watching


def _wait(watched: Sequence[int]) -> None:
    """Wait until one of these ends, or this process is told to."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGTERM, _be_woken)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    select.select([reader, *watched], [], [])


def _be_woken(number: int, frame: FrameType | None) -> None:
    """Do nothing: that a signal came is read from the pipe."""


def _watch(place: Path, keeper: int, facts: Facts) -> NoReturn:
    """Be the second watcher: wait until the keeper ends, and do what it can no longer do."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.setsid()
    _go_silent(keeper)
    select.select([keeper], [], [])
    _end(facts)
    if is_of(place, facts.keeper):
        remove_all(place)
    os._exit(0)


def _end(facts: Facts) -> None:
    """End the first process, and with it every other, and wait until they are gone."""
    if facts.container:
        return
    with contextlib.suppress(OSError):
        first = os.pidfd_open(facts.first)
        if not _is_ours(facts.first):
            return
        signal.pidfd_send_signal(first, signal.SIGKILL)
        select.select([first], [], [], 10)


def _is_ours(pid: int) -> bool:
    """Whether a number still means a first process of a namespace, and not another process that got it since."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/status") as status:
        return any(line.startswith("NSpid:") and line.split()[-1] == "1" for line in status)
    return False

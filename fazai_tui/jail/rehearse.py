"""Run a program on a throw-away copy of the machine, and tell what it would have changed.

Started as a program of its own with a plan in JSON: `command`, `before` (commands that are done first, in the same
shell), `cwd`, `masked`, `own` (where a user works), `size` (bytes of changes), `seconds`, `output` (bytes). All file
systems are seen through an overlay whose changes lie in memory; no network is there, no socket of a service, no device,
and no process but those that are started here. Prints one object in JSON, on the command alone: `is_reached` says
whether it was come to. Status 125 when it cannot be had.
"""

import fcntl
import json
import os
import selectors
import signal
import socket
import sys
import time
from typing import Any

from fazai_tui.jail import filters, kernel, landlock, overlay

_MOST_CHANGES = 2000
_TALK = 3
"""Where the shell says that the commands before are done, and waits until that was noted."""
_SCRIPT = f"""fazai_last=$1; shift
for fazai_step; do eval "$fazai_step"; done </dev/null >/dev/null 2>&1
set --; printf . >&{_TALK}; read -rn1 <&{_TALK}; exec {_TALK}>&-
eval "$fazai_last"
"""


def main(arguments: list[str]) -> int:
    """Rehearse; return a status."""
    plan = json.loads(arguments[0])
    is_user = bool(os.getuid())
    try:
        overlay.enter(is_user=is_user, flags=kernel.NEW_IPC | kernel.NEW_PIDS | kernel.NEW_NET)
        layers, _ = overlay.build(size=plan["size"], masked=plan["masked"], is_user=is_user, own=plan["own"])
    except OSError as error:
        sys.stderr.write(f"rehearse: {kernel.reason(error)}\n")
        return 125
    # The first child is the first process of its own process namespace: with it everything in it ends.
    child = os.fork()
    if child == 0:
        os._exit(_inside(plan, layers))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _inside(plan: dict[str, Any], layers: list[overlay.Layer]) -> int:
    """Finish the copy as its first process, run the program in it, and print what came of it."""
    proc, quiet = f"{overlay.ROOT}/proc", kernel.NO_SUID | kernel.NO_DEVICES
    try:
        kernel.die_with_parent()
        kernel.mount("proc", proc, "proc", quiet)
        # What stands in /proc/sys is the whole machine's, and root writes it without any capability.
        kernel.mount("none", proc, None, kernel.REMOUNT | kernel.BIND | kernel.READ_ONLY | quiet)
    except OSError as error:
        os.write(2, f"rehearse: {kernel.reason(error)}\n".encode())
        return 125
    reader, writer = os.pipe()
    talk, said = socket.socketpair()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os._exit(_become(plan, writer, said.fileno()))
    os.close(writer)
    said.close()
    trial = _Trial(reader, talk, layers, plan)
    output, is_cut, is_late = trial.collect(child)
    status = _reap(child)
    changes = overlay.news(trial.before, overlay.held(layers))
    told = [{"path": path, "kind": kind, "size": size} for path, kind, size in changes[:_MOST_CHANGES]]
    found = {
        "is_reached": trial.is_reached,
        "status": status,
        "output": output.decode(errors="replace"),
        "is_cut": is_cut,
        "is_late": is_late,
        "changes": told,
        "left_out": len(changes) - len(told),
    }
    sys.stdout.write(json.dumps(found))
    sys.stdout.flush()
    return 0


def _become(plan: dict[str, Any], writer: int, said: int) -> int:
    """Step into the copy for good, give up what leads out, and become the program."""
    try:
        os.setsid()
        # The first process keeps its own view, to read the layers afterwards.
        kernel.unshare(kernel.NEW_MOUNTS)
        kernel.keep_mounts_to_oneself()
        kernel.become_root(overlay.ROOT)
        os.chdir(plan["cwd"])
        nothing = os.open("/dev/null", os.O_RDONLY)
        argv = ["bash", "-c", plan["command"]]
        if plan["before"]:
            argv = ["bash", "-c", _SCRIPT, "bash", plan["command"], *plan["before"]]
        # None of the sources may lie where one is put.
        nothing, writer, said = (fcntl.fcntl(source, fcntl.F_DUPFD, 10) for source in (nothing, writer, said))
        for source, target in ((nothing, 0), (writer, 1), (writer, 2), (said, _TALK)):
            os.dup2(source, target)
        os.closerange(_TALK + bool(plan["before"]), 256)
        landlock.keep_apart()
        kernel.drop_capabilities(0 if os.getuid() else kernel.INSTALLING)
        # Sockets of the file system lead to services, which would do outside what is asked inside.
        filters.install(frozenset((filters.INET, filters.INET6, filters.NETLINK)))
        os.execvp(argv[0], argv)
    except OSError as error:
        os.write(2, f"rehearse: {kernel.reason(error)}\n".encode())
    return 126


class _Trial:
    """What is noted of a program while it runs.

    Args:
        reader: What it prints.
        talk: Where its shell says that the commands before are done.
        layers: What it changes.
        plan: All of what is asked.
    """

    def __init__(self, reader: int, talk: socket.socket, layers: list[overlay.Layer], plan: dict[str, Any]) -> None:
        self.is_reached = not plan["before"]
        self.before: dict[str, overlay.Held] = {}
        self._reader = reader
        self._talk = talk
        self._layers = layers
        self._plan = plan

    def collect(self, child: int) -> tuple[bytes, bool, bool]:
        """Return what the program printed, whether that was too much, and whether it took too long."""
        kept, is_cut = bytearray(), False
        end = time.monotonic() + self._plan["seconds"]
        with selectors.DefaultSelector() as selector:
            selector.register(self._reader, selectors.EVENT_READ)
            if not self.is_reached:
                selector.register(self._talk, selectors.EVENT_READ)
            while (left := end - time.monotonic()) > 0:
                ready = [key.fileobj for key, _ in selector.select(min(left, 0.2))]
                if not ready:
                    if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                        return bytes(kept), is_cut, False
                    continue
                if self._talk in ready:
                    selector.unregister(self._talk)
                    self._hear()
                    end = time.monotonic() + self._plan["seconds"]
                if self._reader not in ready:
                    continue
                chunk = os.read(self._reader, 65536)
                if not chunk:
                    return bytes(kept), is_cut, False
                is_cut = is_cut or len(kept) + len(chunk) > self._plan["output"]
                kept += chunk[: max(0, self._plan["output"] - len(kept))]
        return bytes(kept), is_cut, True

    def _hear(self) -> None:
        """Note what the commands before have changed, and let the shell go on."""
        if self._talk.recv(1):
            self.before = overlay.held(self._layers)
            self.is_reached = True
            self._talk.send(b".")


def _reap(child: int) -> int:
    """End everything that is left and return the program's status."""
    if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        time.sleep(0.05)
    done, code = os.waitpid(child, os.WNOHANG)
    if not done:
        os.kill(child, signal.SIGKILL)
        _, code = os.waitpid(child, 0)
    status = os.waitstatus_to_exitcode(code)
    # From the first process of the namespace this means every other one in it.
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        pass
    return status if status >= 0 else 128 - status

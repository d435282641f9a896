"""Run a command on the controlling terminal and let nothing that it started outlive it unasked.

Run by path, never imported by the program: `python -IS guardian.py SCRATCH ARGUMENT…`. It is the leader of the
terminal's session and the reaper of every orphan, so processes that left their group or session are still its own.
It ends with the command's exit status. When it is told to end, what was detached on purpose (nohup, setsid) goes on, as
it does when a terminal is closed. When the terminal hangs up, because the program died, it ends everything and removes
the scratch directory.
"""

import contextlib
import ctypes
import os
import signal
import sys
import time

_PR_SET_NAME = 15
_PR_SET_CHILD_SUBREAPER = 36
_AWAITED = frozenset({signal.SIGCHLD, signal.SIGHUP, signal.SIGTERM})
_OUTLIVING = b"(fazai-guard"
"""The lock-out guard, which was armed to outlive everything here; by its name, and with all that it starts."""
_GRACE_S = 0.3
"""What programs get to clean up between SIGTERM and SIGKILL."""
_LIMIT_S = 5.0


def main(arguments: list[str]) -> int:
    """Run the command and return the exit status to end with."""
    scratch, command = arguments[0], arguments[1:]
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_NAME, b"fazai-shell", 0, 0, 0)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
    child = _start(command)
    while True:
        received = signal.sigwait(_AWAITED)
        status = _reap(child)
        if status is not None or received != signal.SIGCHLD:
            _end_all(is_orderly=received != signal.SIGHUP)
        if received == signal.SIGHUP:
            _remove(scratch)
        if status is not None:
            return status
        if received != signal.SIGCHLD:
            return 128 + received


def _start(command: list[str]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setpgid(0, 0)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        os.tcsetpgrp(0, os.getpid())
        # What is ignored when bash starts can never be trapped in it, and Python ignores SIGPIPE.
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            with contextlib.suppress(OSError, ValueError):
                signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
    os._exit(127)


def _reap(child: int) -> int | None:
    """Collect what has ended; return the command's exit status when it is among it."""
    status = None
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, ended = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            if pid == child:
                status = os.waitstatus_to_exitcode(ended)
    return status if status is None or status >= 0 else 128 - status


def _end_all(*, is_orderly: bool) -> None:
    started = time.monotonic()
    asked: set[int] = set()
    while (elapsed := time.monotonic() - started) < _LIMIT_S:
        _reap(0)
        remaining = {pid for pid in _descendants() if not (is_orderly and _is_detached(pid))}
        if not remaining:
            return
        for pid in remaining:
            # What runs with more rights than this process is not its own to end.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if elapsed > _GRACE_S:
                    os.kill(pid, signal.SIGKILL)
                elif pid not in asked:
                    asked.add(pid)
                    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGCONT):
                        os.kill(pid, number)
        time.sleep(0.01)


def _is_detached(pid: int) -> bool:
    """Whether a process was made to outlive its terminal: it ignores SIGHUP or has a session of its own."""
    try:
        if os.getsid(pid) != os.getsid(0):
            return True
        with open(f"/proc/{pid}/status", "rb") as status:
            ignored = next(line for line in status if line.startswith(b"SigIgn:"))
    except (OSError, StopIteration):
        return False
    return bool(int(ignored.split()[1], 16) & 1 << (signal.SIGHUP - 1))


def _descendants() -> set[int]:
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdecimal():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as stat:
                head, _, tail = stat.read().rpartition(b")")
                if not head.endswith(_OUTLIVING):
                    children.setdefault(int(tail.split()[1]), []).append(int(name))
    found: set[int] = set()
    unseen = [os.getpid()]
    while unseen:
        below = children.get(unseen.pop(), [])
        found.update(below)
        unseen.extend(below)
    return found


def _remove(scratch: str) -> None:
    with contextlib.suppress(OSError):
        for name in os.listdir(scratch):
            os.unlink(os.path.join(scratch, name))
        os.rmdir(scratch)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The process that outlives FazAI: it keeps the state, waits, and puts it back unless someone confirms in time.

Started with the standard library alone, so that a step is hardly delayed. Where FazAI's user is not root it runs
through sudo: what it keeps is then root's own, and the file that others may change decides only between keeping and
putting back.
"""

import argparse
import contextlib
import ctypes
import os
import signal
import sys
import time
from pathlib import Path

from fazai_tui.core.access_places import ACCESS_PLACES, Subject
from fazai_tui.lockout.programs import Programs
from fazai_tui.lockout.snapshot import Snapshot
from fazai_tui.lockout.state_file import StateFile, boot_time, is_alive, process_mark

_PR_SET_NAME = 15
NAME = b"fazai-guard"
"""How the process is called; what clears up after a shell leaves it alone."""
_POLL_S = 0.2
_LOOK_S = 1.0
"""How often it looks whether a step that still runs has changed anything yet."""
_LONGEST_STEP_S = 600.0


def main(arguments: list[str]) -> int:
    """Keep the state and go on watching in the background (`arm`), or put it back at once (`revert`)."""
    parser = argparse.ArgumentParser(prog="fazai-guard")
    parser.add_argument("verb", choices=("arm", "revert"))
    parser.add_argument("state", type=Path)
    parser.add_argument("kept")
    parser.add_argument("--subjects", default="")
    parser.add_argument("--path", action="append", default=[])
    given = parser.parse_args(arguments)
    os.umask(0o077)
    try:
        watch = Watch(StateFile(given.state), given.kept)
        if given.verb == "revert":
            return watch.revert_now()
        return watch.arm([name for name in ACCESS_PLACES if name in given.subjects.split(",")], given.path)
    except (OSError, ValueError) as error:
        print(f"fazai-guard: {error}", file=sys.stderr)
        return 1


class Watch:
    """One guard.

    Args:
        state: Where it stands.
        kept: The directory for what it keeps; made for this process's user alone.
    """

    def __init__(self, state: StateFile, kept: str) -> None:
        self._state = state
        os.makedirs(os.path.dirname(kept), mode=0o700, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.mkdir(kept, 0o700)
        facts = os.lstat(kept)
        if facts.st_uid != os.geteuid() or facts.st_mode & 0o077:
            raise OSError(1, "not private", kept)
        self._kept = kept
        self._snapshot = Snapshot(kept, Programs())
        self._looked_at = 0.0
        self._deadline = boot_time() + _LONGEST_STEP_S
        """When to put everything back should the file be lost."""

    def arm(self, subjects: list[Subject], paths: list[str]) -> int:
        """Keep the state and return once somebody watches."""
        self._snapshot.add(subjects, paths)
        with self._state.changing() as facts:
            if facts["state"] == "arming":
                facts["state"] = "armed"
            if is_alive(facts.get("watcher")):
                return 0
        reader, writer = os.pipe()
        if os.fork():
            os.close(writer)
            return 0 if os.read(reader, 1) else 1
        os.close(reader)
        self._detach(writer)
        os._exit(0)

    def revert_now(self) -> int:
        """Put everything back at once, where nobody watches any more."""
        with self._state.changing() as facts:
            if is_alive(facts.get("watcher")) or facts["state"] not in ("armed", "reverting", "failed"):
                return 1
            facts["state"], facts["watcher"] = "reverting", process_mark(os.getpid())
        self._revert()
        return 0 if self._state.read()["state"] == "reverted" else 1

    def _detach(self, ready: int) -> None:
        """Leave the terminal, its session and its group, then watch."""
        os.setsid()
        if os.fork():
            os._exit(0)
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)
        os.chdir("/")
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)
        ctypes.CDLL(None).prctl(_PR_SET_NAME, NAME, 0, 0, 0)
        _leave_group_of_session()
        with self._state.changing() as facts:
            facts["watcher"] = process_mark(os.getpid())
        os.write(ready, b"1")
        os.close(ready)
        self._watch()

    def _watch(self) -> None:
        while (state := self._next()) == "armed":
            time.sleep(_POLL_S)
        if state == "reverting":
            self._revert()
        elif state == "lost":
            self._snapshot.put_back()
        else:
            self._snapshot.forget()

    def _next(self) -> str:
        """Return the state after another look: a lost file takes nobody's time to decide away, and not the way back."""
        try:
            with self._state.changing() as facts:
                if facts["state"] == "armed" and self._is_time(facts):
                    facts["state"] = "reverting"
                if facts.get("deadline") is not None:
                    self._deadline = float(str(facts["deadline"]))
                return str(facts["state"])
        except (OSError, ValueError):
            return "armed" if boot_time() < self._deadline else "lost"

    def _is_time(self, facts: dict[str, object]) -> bool:
        """Tell whether the way back begins now; set or note what decides on it."""
        if facts.get("wanted") == "revert":
            return True
        seconds, now = float(str(facts["seconds"])), boot_time()
        is_running = _is_running(facts)
        if facts.get("deadline") is None:
            if not is_running or self._has_changed_meanwhile(now):
                facts["deadline"] = now + seconds
            return False
        if not is_running and facts.get("has_failed") and not facts.get("is_seen"):
            facts["is_seen"] = True
            if not self._differs():
                facts["state"] = "unchanged"
                return False
        return now >= float(str(facts["deadline"]))

    def _has_changed_meanwhile(self, now: float) -> bool:
        """Tell, now and then, whether a step that still runs has changed something already."""
        if now - self._looked_at < _LOOK_S:
            return False
        self._looked_at = now
        return self._differs()

    def _differs(self) -> bool:
        # Another step may have had more kept since.
        self._snapshot = Snapshot(self._kept, Programs())
        return self._snapshot.differs()

    def _revert(self) -> None:
        self._snapshot = Snapshot(self._kept, Programs())
        outcomes = {(outcome.kind, outcome.name): outcome for outcome in self._snapshot.put_back()}
        until = boot_time() + _LONGEST_STEP_S
        # A step that goes on could do once more what was just put back.
        was_running = _is_running(self._state.read())
        while _is_running(self._state.read()) and boot_time() < until:
            time.sleep(_POLL_S)
        if was_running and self._snapshot.differs():
            outcomes.update({(outcome.kind, outcome.name): outcome for outcome in self._snapshot.put_back()})
        is_back = not self._snapshot.differs()
        with self._state.changing() as facts:
            facts["state"] = "reverted" if is_back else "failed"
            facts["outcomes"] = [outcome.facts() for outcome in outcomes.values()]
            facts["ended_at"] = time.time()
        if is_back:
            self._snapshot.forget()


def _is_running(facts: dict[str, object]) -> bool:
    """Tell whether a step runs, as far as the FazAI that would say so is alive."""
    return bool(facts.get("running")) and is_alive(facts.get("owner"))


def _leave_group_of_session() -> None:
    """Leave the control group of the login session, which some machines empty when the session ends."""
    with contextlib.suppress(OSError):
        Path("/sys/fs/cgroup/cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("-900", encoding="ascii")

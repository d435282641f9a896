"""The guards of one user: armed before a step, kept or put back by a human, else by the watcher."""

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Final, get_args

from pydantic import TypeAdapter, ValidationError

import fazai_tui
from fazai_tui.config.paths import ensure_directory
from fazai_tui.config.texts import Texts
from fazai_tui.core.access_places import Subject, subjects_of
from fazai_tui.core.errors import FazaiError
from fazai_tui.core.lockout import Arming, GuardOutcome, GuardProspect, GuardState, GuardStatus, Lockout
from fazai_tui.lockout.firewall import firewall_gaps
from fazai_tui.lockout.network import network_gaps
from fazai_tui.lockout.programs import Programs
from fazai_tui.lockout.state_file import StateFile, boot_id, boot_time, is_alive, process_mark

_START: Final = """import sys
sys.path.insert(0, sys.argv[1])
from fazai_tui.lockout.watcher import main
sys.exit(main(sys.argv[2:]))"""
"""Python's standard library and FazAI's watcher, and nothing of the user's: it may run as root."""
_ROOTS_OWN: Final = "/var/lib/fazai/guard"
_ARM_SECONDS: Final = 30.0
_KEPT_DAYS: Final = 30
_WAIT_SECONDS: Final = 120.0
_POLL_SECONDS: Final = 0.1
_OUTCOMES: TypeAdapter[tuple[GuardOutcome, ...]] = TypeAdapter(tuple[GuardOutcome, ...])


class MachineGuard:
    """Implements `core.lockout.LockoutGuard` with a directory for each guard.

    Args:
        folder: Where they are; made for the user alone.
        seconds: How long a guard waits after a step.
        texts: The language of errors.
        writable: Directories that commands can write to in the sandbox `workspace-write`.
    """

    def __init__(self, folder: Path, seconds: int, texts: Texts, writable: Sequence[str] = ()) -> None:
        self.writable = writable
        self._folder = folder
        self._seconds = seconds
        self._texts = texts
        self._programs = Programs()
        self._is_root = os.geteuid() == 0
        self._owner = process_mark(os.getpid())

    def foresee(self, lockout: Lockout) -> GuardProspect | None:
        """Return what a guard would do for a step; None where the step can lock nobody out."""
        if not lockout.subjects:
            return None
        if not self._is_root and not lockout.elevation:
            # A user without more rights changes nothing but files of their own.
            own = [path for path in lockout.paths if os.access(path, os.W_OK)]
            subjects: list[Subject] = [
                name for name in lockout.subjects if any(name in _subjects(path) for path in own)
            ]
            return GuardProspect(subjects=tuple(subjects), seconds=self._seconds) if subjects else None
        gaps = list(lockout.gaps)
        gaps += firewall_gaps(self._programs) if "firewall" in lockout.subjects else []
        gaps += network_gaps(self._programs) if "network" in lockout.subjects else []
        is_possible = self._is_root or self._elevation(lockout) != ""
        if not is_possible:
            gaps.append("no_elevation")
        missing = {"no_firewall_program": "firewall", "no_ip_program": "network"}
        without = {missing[gap] for gap in gaps if gap in missing}
        is_possible = is_possible and bool(lockout.paths or set(lockout.subjects) - without)
        return GuardProspect(
            subjects=lockout.subjects,
            seconds=self._seconds,
            gaps=tuple(gaps),
            is_possible=is_possible,
            needs_password=not self._is_root,
        )

    def arm(self, lockout: Lockout, command: str) -> Arming:
        """Keep the state and have somebody watch; several steps of this process share one guard.

        Raises:
            FazaiError: It cannot be armed; the step must not run.
        """
        identity = self._joined(command) or self._created(lockout, command)
        argv = self._watcher_argv("arm", identity, lockout)
        if self._is_root or not lockout.elevation:
            problem = _run(argv)
        else:
            problem = _run([self._elevation(lockout), "-n", *argv])
            if problem:
                return Arming(id=identity, command=shlex.join([self._elevation(lockout), *argv]))
        if problem:
            self.abandon(identity)
            raise self._cannot_arm(problem)
        return Arming(id=identity)

    def is_armed(self, guard_id: str) -> bool:
        """Tell whether a guard watches."""
        status = self._status(guard_id)
        return status is not None and status.state == "armed" and not status.is_orphan

    def abandon(self, guard_id: str) -> None:
        """Give up a guard that could not be armed for a step; what it guards already stays guarded."""
        with contextlib.suppress(OSError, ValueError):
            if self._state(guard_id).read()["state"] == "arming":
                shutil.rmtree(self._folder / guard_id, ignore_errors=True)
            else:
                self.settle(guard_id, has_failed=False)

    def settle(self, guard_id: str, *, has_failed: bool) -> None:
        """Let the time run: a step has ended."""
        with contextlib.suppress(OSError, ValueError), self._state(guard_id).changing() as facts:
            running = int(str(facts.get("running", 0)))
            facts["running"] = max(0, running - 1)
            facts["has_failed"] = has_failed and facts.get("has_failed") is not False
            if facts["state"] == "armed" and not facts["running"]:
                facts["deadline"] = boot_time() + float(str(facts["seconds"]))

    def keep(self, guard_id: str, by: str) -> bool:
        """Confirm that people still get in: what the steps changed stays. False when it is too late."""
        return self._decide(guard_id, by, "keep")

    def put_back(self, guard_id: str, by: str) -> bool:
        """Have everything put back now. False when it is too late, or nobody watches (see `revert_command`)."""
        return self._decide(guard_id, by, "revert")

    def revert_command(self, guard_id: str) -> Sequence[str]:
        """Return the command that puts back what nobody watches any more, with the rights that it takes."""
        facts = self._state(guard_id).read()
        argv = self._watcher_argv("revert", guard_id, Lockout())
        return argv if self._is_root or not facts.get("elevation") else [str(facts["elevation"]), *argv]

    def statuses(self) -> tuple[GuardStatus, ...]:
        """Return every guard, the newest first; those that ended long ago are forgotten."""
        try:
            places = sorted(self._folder.iterdir(), key=lambda place: place.stat().st_mtime, reverse=True)
        except OSError:
            return ()
        oldest = time.time() - _KEPT_DAYS * 86_400
        found: list[GuardStatus] = []
        for place in places:
            status = self._status(place.name)
            if status is not None and not status.is_open and place.stat().st_mtime < oldest:
                shutil.rmtree(place, ignore_errors=True)
            elif status is not None:
                found.append(status)
        return tuple(found)

    def wait(self, guard_id: str, seconds: float = _WAIT_SECONDS) -> GuardStatus | None:
        """Wait until a guard that puts things back has ended; return how it stands."""
        until = time.monotonic() + seconds
        while True:
            status = self._status(guard_id)
            if status is None or status.state not in ("armed", "reverting") or time.monotonic() > until:
                return status
            time.sleep(_POLL_SECONDS)

    def mark_told(self, guard_id: str) -> None:
        """Note that a human has heard how a guard ended."""
        with contextlib.suppress(OSError, ValueError), self._state(guard_id).changing() as facts:
            facts["is_told"] = True

    def _joined(self, command: str) -> str:
        """Add a step to the guard of this process that still counts; return its id, empty when there is none."""
        for status in self.statuses():
            if not status.is_own or status.state != "armed" or status.is_orphan:
                continue
            with contextlib.suppress(OSError, ValueError), self._state(status.id).changing() as facts:
                if facts["state"] == "armed":
                    facts["running"] = int(str(facts.get("running", 0))) + 1
                    facts["deadline"] = None
                    facts["commands"] = [*status.commands, command]
                    facts["is_seen"] = False
                    return status.id
        return ""

    def _created(self, lockout: Lockout, command: str) -> str:
        identity = uuid.uuid4().hex[:8]
        try:
            place = ensure_directory(self._folder / identity)
            self._state(identity).create(
                {
                    "state": "arming",
                    "subjects": list(lockout.subjects),
                    "commands": [command],
                    "seconds": self._seconds,
                    "deadline": None,
                    "running": 1,
                    "owner": self._owner,
                    "boot": boot_id(),
                    "elevation": "" if self._is_root else self._elevation(lockout),
                    "kept": str(self._kept(place, lockout)),
                }
            )
        except OSError as error:
            shutil.rmtree(self._folder / identity, ignore_errors=True)
            raise self._cannot_arm(error.strerror or str(error)) from error
        return identity

    def _kept(self, place: Path, lockout: Lockout) -> Path:
        is_mine = self._is_root or not lockout.elevation
        return place / "kept" if is_mine else Path(_ROOTS_OWN) / place.name

    def _watcher_argv(self, verb: str, guard_id: str, lockout: Lockout) -> list[str]:
        state = self._state(guard_id)
        kept = str(state.read()["kept"])
        top = str(Path(fazai_tui.__file__).parent.parent)
        argv = [sys.executable, "-ISc", _START, top, verb, str(state.path), kept]
        if self._is_root or lockout.elevation:
            argv += ["--subjects", ",".join(lockout.subjects)] if lockout.subjects else []
        for path in lockout.paths:
            argv += ["--path", path]
        return argv

    def _elevation(self, lockout: Lockout) -> str:
        wanted = lockout.elevation if lockout.elevation in ("sudo", "doas") else "sudo"
        return wanted if shutil.which(wanted) else ""

    def _decide(self, guard_id: str, by: str, wish: str) -> bool:
        with contextlib.suppress(OSError, ValueError), self._state(guard_id).changing() as facts:
            if facts["state"] not in (("armed", "failed") if wish == "keep" else ("armed",)):
                return False
            is_watched = is_alive(facts.get("watcher"))
            if wish == "revert" and not is_watched:
                return False
            facts["by"] = by
            if wish == "keep":
                facts["state"] = "confirmed"
                if not is_watched:
                    shutil.rmtree(str(facts["kept"]), ignore_errors=True)
            else:
                facts["wanted"] = "revert"
            return True
        return False

    def _status(self, guard_id: str) -> GuardStatus | None:
        try:
            facts = self._state(guard_id).read()
        except (OSError, ValueError):
            return None
        if facts.get("state") not in get_args(GuardState):
            return None
        deadline = facts.get("deadline")
        is_orphan = facts["state"] in ("armed", "reverting") and (
            facts.get("boot") != boot_id() or not is_alive(facts.get("watcher"))
        )
        facts["is_own"] = facts.get("owner") == self._owner
        facts["is_running"] = bool(facts.get("running")) and is_alive(facts.get("owner"))
        facts["left"] = None if deadline is None else max(0.0, float(str(deadline)) - boot_time())
        facts["outcomes"] = facts.get("outcomes", ())
        known = {name: facts[name] for name in GuardStatus.model_fields if name in facts}
        try:
            return GuardStatus.model_validate({**known, "id": guard_id, "is_orphan": is_orphan})
        except ValidationError:
            return None

    def _state(self, guard_id: str) -> StateFile:
        return StateFile(self._folder / guard_id / "state.json")

    def _cannot_arm(self, problem: str) -> FazaiError:
        return FazaiError(
            self._texts.get("guard.title"),
            self._texts.get("guard.not_armed", problem=problem),
            self._texts.get("guard.not_armed_hint"),
        )


def _subjects(path: str) -> tuple[Subject, ...]:
    return subjects_of(path, is_whole=True)


def _run(argv: Sequence[str]) -> str:
    """Run the watcher's beginning, which returns once somebody watches; return what went wrong."""
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=_ARM_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    if not done.returncode:
        return ""
    said = done.stderr.decode(errors="replace").strip().splitlines()
    return said[-1] if said else f"{argv[0]}: {done.returncode}"

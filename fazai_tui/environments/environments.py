"""The environments of one user: make, find, enter and remove them."""

import contextlib
import json
import os
import select
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError, ConfigurationError, FazaiError
from fazai_tui.environments import images, wanted
from fazai_tui.environments.program import program
from fazai_tui.environments.records import Facts, Owner, Records, write_facts
from fazai_tui.environments.wanted import Wanted

_START_S = 150.0
_END_S = 40.0
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_MOVED = 'cd -- "$1" 2>/dev/null || cd || cd /; shift; exec "$@"'
_PASSED_ON = ("TERM", "COLORTERM", "TZ", "LANG", "LANGUAGE")
_RUN_OUTSIDE = ("PATH", "XDG_RUNTIME_DIR", "HOME", "DBUS_SESSION_BUS_ADDRESS")


@dataclass(frozen=True, slots=True)
class Entrance:
    """How a program is started in an environment.

    Attributes:
        argv: The program that enters and then becomes it.
        environment: The variables of that program.
    """

    argv: tuple[str, ...]
    environment: Mapping[str, str]


class Environments:
    """The environments of one user.

    Args:
        directory: Where their records are.
        masked: Files and directories of this machine that nothing in an environment may read.
        environment: The user's environment variables.
        texts: For errors.
    """

    def __init__(self, directory: Path, *, masked: Sequence[str], environment: Mapping[str, str], texts: Texts) -> None:
        self._records = Records(directory)
        self._masked = tuple(masked)
        self._environment = environment
        self._texts = texts

    def make(self, request: Wanted) -> Facts:
        """Make an environment and return it.

        Raises:
            BadInputError: The name is taken, or the image is not there.
            ConfigurationError: This machine has no way to make it; nothing weaker is made instead.
        """
        try:
            with self._records.alone():
                self._records.sweep()
                return self._make(request)
        except OSError as error:
            raise self._error(ConfigurationError, "unusable", reason=str(error)) from error

    def _make(self, request: Wanted) -> Facts:
        taken = self._records.names()
        name = request.name or next(name for number in range(1, 10_000) if (name := f"env{number}") not in taken)
        if name in taken:
            raise self._error(BadInputError, "taken", name=name)
        image = images.find(request.image, name, self._environment, self._texts)
        place = self._records.place(name)
        place.mkdir(mode=0o700)
        plan = {
            "place": str(place),
            "name": name,
            "image": image.place,
            "container": image.command,
            "store": image.store,
            "owner": asdict(request.owner),
            "roles": request.roles,
            "home": "/root" if request.image else self._environment.get("HOME", "/"),
            "memory": request.memory,
            "cpus": request.cpus,
            "processes": request.processes,
            "size": request.memory or _half_of_memory(),
            "network": request.has_network,
            "masked": self._masked,
            "shown": dict(request.shown),
        }
        said = self._start(plan)
        facts = self._records.facts(name)
        if "refusal" in said or facts is None:
            with contextlib.suppress(OSError):
                place.rmdir()
            raise self._error(ConfigurationError, "refused", reason=said.get("refusal", "?"))
        return facts

    def _start(self, plan: Mapping[str, object]) -> Mapping[str, str]:
        """Start the keeper, which outlives this process; return what it says."""
        outside = {name: self._environment[name] for name in _RUN_OUTSIDE if name in self._environment}
        keeper = subprocess.Popen(
            program("keeper"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            env=outside,
        )
        assert keeper.stdin is not None and keeper.stdout is not None
        with contextlib.suppress(BrokenPipeError), keeper.stdin as told:
            told.write(json.dumps(plan).encode())
        with keeper.stdout as said:
            line = said.readline() if select.select([said], [], [], _START_S)[0] else b""
        # It goes on in a process of its own; this one has ended by now.
        keeper.wait()
        try:
            return json.loads(line)  # type: ignore[no-any-return]
        except ValueError:
            return {"refusal": "the keeper said nothing"}

    def all(self) -> list[Facts]:
        """Return every environment; what was left behind by killed keepers is removed on the way."""
        with contextlib.suppress(OSError), self._records.alone():
            self._records.sweep()
        return self._records.all()

    def find(self, name: str) -> Facts:
        """Return an environment.

        Raises:
            BadInputError: There is none of that name.
        """
        facts = self._records.facts(name)
        if facts is None:
            names = [found.name for found in self._records.all()]
            problem = "unknown" if names else "none"
            raise self._error(BadInputError, problem, name=name, names=", ".join(names))
        return facts

    def only(self, name: str | None) -> Facts:
        """Return an environment by name, or the only one there is.

        Raises:
            BadInputError: There is none, or a name is needed.
        """
        if name is not None:
            return self.find(name)
        found = self._records.all()
        if len(found) != 1:
            problem = "which" if found else "none"
            raise self._error(BadInputError, problem, names=", ".join(facts.name for facts in found))
        return found[0]

    def with_url(self, facts: Facts, url: str) -> Facts:
        """Keep where the server of an environment answers."""
        known = replace(facts, url=url)
        write_facts(self._records.place(facts.name), known)
        return known

    def remove(self, facts: Facts) -> None:
        """Remove an environment and everything in it; return when it is gone.

        Raises:
            FazaiError: It is still there after a while.
        """
        with contextlib.suppress(ProcessLookupError):
            keeper = os.pidfd_open(facts.keeper)
            try:
                if self._records.facts(facts.name) is None:
                    return
                signal.pidfd_send_signal(keeper, signal.SIGTERM)
                if not select.select([keeper], [], [], _END_S)[0]:
                    raise self._error(FazaiError, "stays", name=facts.name, pid=facts.keeper)
            finally:
                os.close(keeper)
        self._records.await_end(facts)

    def entrance(self, facts: Facts, argv: Sequence[str], *, cwd: str = "", is_terminal: bool = False) -> Entrance:
        """Return how a program is started in an environment.

        Args:
            facts: The environment.
            argv: The program and its arguments.
            cwd: The directory to start in, if it is there.
            is_terminal: Whether the program is to have the terminal of this one.
        """
        inside = self._inside(facts)
        if facts.container:
            options = ["--interactive", *(["--tty"] if is_terminal else [])]
            options += [part for name, value in inside.items() for part in ("--env", f"{name}={value}")]
            outside = {name: self._environment[name] for name in _RUN_OUTSIDE if name in self._environment}
            moved = ("sh", "-c", _MOVED, "sh", cwd, *argv)
            return Entrance((*facts.container, "exec", *options, facts.name, *moved), outside)
        held = facts.held or {}
        limits = {
            "memory": facts.memory if held.get("memory") == "process" else 0,
            # In a user namespace these are counted for it alone; elsewhere for all that the user runs.
            "processes": wanted.MOST_PROCESSES if facts.has_own_user and "processes" not in held else 0,
            "processors": int(facts.cpus) if held.get("cpus") == "pinned" else 0,
        }
        plan = {
            "first": facts.first,
            "group": facts.group,
            "network": facts.has_network,
            "user": facts.has_own_user,
            "root": not (facts.has_own_user and facts.keeps_user),
            "cwd": [place for place in (cwd, facts.home) if place],
            "limits": limits,
            "environment": inside,
        }
        return Entrance(program("entrance", json.dumps(plan), *argv), {})

    def _inside(self, facts: Facts) -> dict[str, str]:
        """Return the variables of programs in an environment: none of the user's that may hold a secret."""
        known = self._environment
        passed = {name: known[name] for name in known if name in _PASSED_ON or name.startswith("LC_")}
        user = "root" if facts.image or not facts.has_own_user else known.get("USER", "user")
        return {**passed, "PATH": _PATH, "HOME": facts.home, "USER": user, "FAZAI_ENV": facts.name}

    def _error(self, kind: type[FazaiError], problem: str, **facts: object) -> FazaiError:
        say = self._texts.get
        return kind(
            say("environment.title"),
            say(f"environment.{problem}.message", **facts),
            say(f"environment.{problem}.hint", **facts),
        )


def _half_of_memory() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


def owner_of_caller() -> Owner:
    """Return whom an environment lives as long as that is made from the command line.

    That is the leader of the session: the shell of a terminal, or what FazAI runs commands in. Where this process is
    that leader itself, it is whatever started it.
    """
    leader = os.getsid(0)
    if leader not in (0, os.getpid()):
        with contextlib.suppress(OSError):
            return Owner.of(leader)
    # Entered from another namespace, it has no parent that can be seen: then it is the first process of this one.
    return Owner.of(os.getppid() or 1)

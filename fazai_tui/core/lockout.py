"""The lock-out guard: what a step could lock people out by, what was put back, and the port of what does it."""

from collections.abc import Sequence
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

from fazai_tui.core.access_places import Subject

GuardState = Literal["armed", "reverting", "confirmed", "reverted", "unchanged", "failed"]
"""Where a guard stands: `unchanged` when its steps failed and had changed nothing."""

OutcomeKind = Literal["file", "firewall", "link", "address", "route", "rule", "unit", "state"]
"""What was put back, or could not be."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Lockout(_Value):
    """What a command could lock people out by, told from its text.

    Attributes:
        subjects: What it touches.
        paths: Files it writes that belong to them, absolute; a pattern is given as the directory that it is in.
        direct: What it touches otherwise than by files: by commands that take effect at once.
        elevation: The program that gives it the rights of root; empty where it runs as the user.
        gaps: Message keys below `guard.gap` of what no guard can put back.
    """

    subjects: tuple[Subject, ...] = ()
    paths: tuple[str, ...] = ()
    direct: tuple[Subject, ...] = ()
    elevation: str = ""
    gaps: tuple[str, ...] = ()


class GuardProspect(_Value):
    """What a guard would do for a step, before it runs.

    Attributes:
        subjects: What would be put back.
        seconds: How long after the step.
        gaps: Message keys below `guard.gap` of what could not be put back.
        is_possible: Whether anything could be.
        needs_password: Whether arming asks for the user's password, as the step does.
    """

    subjects: tuple[Subject, ...]
    seconds: int
    gaps: tuple[str, ...] = ()
    is_possible: bool = True
    needs_password: bool = False


class GuardOutcome(_Value):
    """One thing that a guard put back, or could not.

    Attributes:
        name: The file, the interface, the route …
        is_back: Whether it is as it was before the step.
        detail: Why not, in the words of the system.
    """

    kind: OutcomeKind
    name: str
    is_back: bool
    detail: str = ""


class GuardStatus(_Value):
    """A guard as it stands.

    Attributes:
        commands: The steps that it guards, secrets masked.
        seconds: How long it waits after a step.
        left: Seconds until it puts everything back; None while a step runs and has changed nothing yet.
        is_running: Whether one of its steps still runs.
        is_orphan: Whether nothing counts any more, as after a restart of the machine: a human has to decide.
        is_own: Whether this process armed it.
        is_told: Whether a human has heard how it ended.
        by: Who decided; empty when the time was up.
        problem: Why it failed as a whole.
    """

    id: str
    state: GuardState
    subjects: tuple[Subject, ...]
    commands: tuple[str, ...] = ()
    seconds: int = 60
    left: float | None = None
    is_running: bool = False
    is_orphan: bool = False
    is_own: bool = False
    is_told: bool = False
    by: str = ""
    outcomes: tuple[GuardOutcome, ...] = ()
    gaps: tuple[str, ...] = ()
    problem: str = ""

    @property
    def is_open(self) -> bool:
        """Whether a human can still decide."""
        return self.state == "armed" or self.is_orphan


class Arming(_Value):
    """A guard that is armed, or on its way.

    Attributes:
        command: What has to run on the step's terminal first, as it asks for a password; empty when nothing has to.
    """

    id: str
    command: str = ""


class LockoutGuard(Protocol):
    """Puts back what locks people out, unless they confirm in time. Called in a thread."""

    @property
    def writable(self) -> Sequence[str]:
        """Directories that commands can write to in the sandbox `workspace-write`."""
        ...

    def foresee(self, lockout: Lockout) -> GuardProspect | None:
        """Return what a guard would do for a step; None where the step can lock nobody out."""
        ...

    def arm(self, lockout: Lockout, command: str) -> Arming:
        """Keep the state and have somebody watch; several steps share one guard.

        Raises:
            FazaiError: It cannot be armed; the step must not run.
        """
        ...

    def is_armed(self, guard_id: str) -> bool:
        """Tell whether somebody watches."""
        ...

    def abandon(self, guard_id: str) -> None:
        """Give up a guard that could not be armed for a step; what it guards already stays guarded."""
        ...

    def settle(self, guard_id: str, *, has_failed: bool) -> None:
        """Let the time run: a step has ended."""
        ...

    def keep(self, guard_id: str, by: str) -> bool:
        """Confirm that people still get in. False when it is too late."""
        ...

    def put_back(self, guard_id: str, by: str) -> bool:
        """Have everything put back now. False when it is too late, or nobody watches any more."""
        ...

    def statuses(self) -> tuple[GuardStatus, ...]:
        """Return every guard, the newest first."""
        ...

    def mark_told(self, guard_id: str) -> None:
        """Note that a human has heard how a guard ended."""
        ...

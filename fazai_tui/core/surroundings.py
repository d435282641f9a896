"""What a prompt may tell of where an order was given, beside the order itself."""

from typing import Protocol

from pydantic import BaseModel, ConfigDict

from fazai_tui.core.jobs import Job


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True)


class Disk(_Fact):
    """A mounted file system; sizes in bytes."""

    mount: str
    size: int
    free: int


class MachineState(_Fact):
    """How the machine is just now.

    Attributes:
        memory_available: Bytes.
        interfaces: Names with their addresses.
        running: Services that run; None where nobody tells.
        failed: Services that failed.
    """

    memory_total: int = 0
    memory_available: int = 0
    disks: tuple[Disk, ...] = ()
    interfaces: tuple[tuple[str, str], ...] = ()
    running: tuple[str, ...] | None = None
    failed: tuple[str, ...] = ()


class Workspace(_Fact):
    """A light map of the working directory.

    Attributes:
        files: How many were seen.
        languages: Languages with the number of files, most first.
        branch: What git has checked out; empty outside a repository.
        changed: How many tracked files differ from what git has, by their times and sizes; None where git does not say.
        last_edited: The files edited last, the newest first, relative to the folder.
        is_partial: Whether there is more than was looked at.
    """

    folder: str
    files: int = 0
    languages: tuple[tuple[str, int], ...] = ()
    branch: str = ""
    changed: int | None = None
    last_edited: tuple[str, ...] = ()
    is_partial: bool = False


class RecentError(_Fact):
    """A command of an earlier order that failed; what it printed is untrusted."""

    command: str
    exit_code: int | None
    output: str


class Surroundings(_Fact):
    """All of it.

    Attributes:
        persona: What the model is told of who leads.
        persona_name: Who that is, and why.
    """

    persona: str = ""
    persona_name: str = ""
    machine: MachineState | None = None
    workspace: Workspace | None = None
    errors: tuple[RecentError, ...] = ()
    jobs: tuple[Job, ...] = ()


class MachineProbe(Protocol):
    """Looks at the machine. Called in a thread; takes two seconds at most."""

    def state(self) -> MachineState:
        """Return how the machine is, each fact as old as its lifetime at most."""
        ...

    def memory_share(self) -> float:
        """Return how much of the memory is taken, from 0 to 1."""
        ...


class WorkspaceProbe(Protocol):
    """Looks at working directories. Called in a thread; takes a second at most."""

    def map(self, folder: str) -> Workspace:
        """Return the map of a directory, as old as its lifetime at most."""
        ...

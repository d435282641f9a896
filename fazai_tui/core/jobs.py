"""What runs in the background of a shell."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from fazai_tui.core.events import ShellName

JobState = Literal["running", "sleeping", "stopped"]
"""Whether it works, waits for something, or was stopped with Ctrl-Z."""


class JobProcess(BaseModel):
    """One process of a job."""

    model_config = ConfigDict(frozen=True)

    pid: int
    command: str


class Job(BaseModel):
    """Programs that an earlier command left running.

    Attributes:
        id: The number of its first process.
        command: The command line of that one.
        seconds: How long it has been running.
        cwd: Its directory; empty when that cannot be read.
        processes: All that belongs to it, the first one included.
        shell: Where it was started.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    command: str
    state: JobState
    seconds: int
    cwd: str
    processes: tuple[JobProcess, ...]
    shell: ShellName = "plan"

"""What can be taken back of a step, what was taken back, and what could not be."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

ChangeKind = Literal["add", "update", "delete"]
"""What became of a file."""

Outcome = Literal["restored", "already", "changed_since", "not_empty", "not_kept", "failed"]
"""What became of a file that was to be put back."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Gap(_Value):
    """Something that cannot be taken back: a message key below `undo.gap`, and its parameters."""

    key: str
    params: dict[str, str] = {}


class Prospect(_Value):
    """What could be taken back of a command, before it runs.

    Attributes:
        files: Files whose state would be kept.
        size: Their bytes.
        kinds: What else would be: `packages`, `units`, `git`.
        gaps: What would not.
        is_reading: Whether there is nothing to take back, as the command only reads.
    """

    files: int = 0
    size: int = 0
    kinds: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    is_reading: bool = False


class UndoOrigin(_Value):
    """The step that a record belongs to."""

    session_id: str
    turn_id: str
    step_id: str
    command: str
    cwd: str
    rollback: str = ""
    """The command that the plan names as the way back."""
    of_undo: bool = False
    """Whether the step was itself taking something back."""


class FileChange(_Value):
    """A file that a step added, changed or deleted."""

    path: str
    kind: ChangeKind


class UndoRecord(_Value):
    """What is known of a step that ran.

    Attributes:
        undone_by: The turn that took it back; empty while it stands.
        is_settled: Whether what the step changed was looked at when it ended.
    """

    id: str
    origin: UndoOrigin
    at: datetime
    changes: tuple[FileChange, ...] = ()
    gaps: tuple[Gap, ...] = ()
    undone_by: str = ""
    is_settled: bool = False
    kinds: tuple[str, ...] = ()
    """What else than files it changed: `packages`, `units`, `git`."""


class FileOutcome(_Value):
    """What became of one file that was to be put back.

    Attributes:
        kind: What putting it back means for the file.
        detail: Why it failed, in the words of the system.
        command: What would put it back with more rights; empty where that would not help.
    """

    path: str
    kind: ChangeKind
    outcome: Outcome
    detail: str = ""
    command: str = ""

"""What came of trying a command out."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from fazai_tui.core.undo import ChangeKind


class RehearsedChange(BaseModel):
    """A file that a command would add, change or delete."""

    model_config = ConfigDict(frozen=True)

    path: str
    kind: ChangeKind
    size: int = 0


class Rehearsal(BaseModel):
    """A command as it was tried out.

    Attributes:
        how: In an overlay of the whole machine, by the command's own dry run, or not at all.
        status: The exit status.
        output: What it printed, up to a bound.
        is_cut: Whether there was more.
        is_late: Whether it was ended because it took too long.
        changes: What it would do to files, up to a bound.
        left_out: How many more.
        command: What was run instead, for the command's own dry run.
        why: Why there was no overlay, in the words of the system.
        before: How many other commands were done first in the same overlay.
    """

    model_config = ConfigDict(frozen=True)

    how: Literal["overlay", "own", "none"]
    status: int = 0
    output: str = ""
    is_cut: bool = False
    is_late: bool = False
    changes: tuple[RehearsedChange, ...] = ()
    left_out: int = 0
    command: str = ""
    why: str = ""
    before: int = 0

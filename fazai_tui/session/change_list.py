"""What became of files, as people read it."""

from collections.abc import Sequence

from fazai_tui.config.texts import Texts
from fazai_tui.core.undo import FileChange

MARKS = {"add": "+", "update": "~", "delete": "-"}
"""What stands before a file that was added, changed or deleted."""
_SHOWN = 30


def change_rows(changes: Sequence[FileChange], left_out: int, texts: Texts) -> list[str]:
    """Return one line a file, up to a bound, and one for what is beyond it."""
    rows = [f"{MARKS[change.kind]} {plain(change.path)}" for change in changes[:_SHOWN]]
    more = len(changes) - len(rows) + left_out
    return [*rows, texts.get("sandbox.layer.more", count=more)] if more else rows


def changes_told(changes: Sequence[FileChange], left_out: int, texts: Texts) -> str:
    """Return what a command changed in a layer that is thrown away, as Markdown."""
    rows = change_rows(changes, left_out, texts)
    return "\n".join((texts.get("sandbox.layer.title"), "", "````diff", *rows, "````"))


def plain(text: str, *, keeps: str = "") -> str:
    """Return untrusted text without characters that a terminal acts on."""
    return "".join(char if char.isprintable() or char in keeps else "·" for char in text)

"""Taking steps back: what they touched is kept before they run, and put back when asked."""

from fazai_tui.undo.images import UndoLimits
from fazai_tui.undo.keeper import KeptUndo

__all__ = ["KeptUndo", "UndoLimits"]

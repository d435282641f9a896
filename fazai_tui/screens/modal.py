"""What every modal shares: a titled frame in the middle."""

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from fazai_tui.config.texts import Texts

Result = TypeVar("Result")


class FramedModal(ModalScreen[Result]):
    """A modal with a frame; Escape closes it without a result."""

    CSS_PATH = "modal.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self.texts = texts

    def frame(self, title: str, subtitle: str = "") -> Vertical:
        """Return the frame to compose in."""
        frame = Vertical(id="frame")
        frame.border_title, frame.border_subtitle = title, subtitle
        return frame

    def action_leave(self) -> None:
        """Close without a result."""
        self.dismiss(None)

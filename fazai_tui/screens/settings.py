"""The settings in force, and where to change them."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from fazai_tui.config.texts import Texts
from fazai_tui.screens.modal import FramedModal


class SettingsScreen(FramedModal[None]):
    """Lists every setting with its value."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f2,q", "leave", show=False)]

    def __init__(self, texts: Texts, rows: Sequence[tuple[str, str]], file: str) -> None:
        super().__init__(texts)
        self._rows = rows
        self._file = file

    def compose(self) -> ComposeResult:
        """Build the list."""
        with self.frame(self.texts.get("screen.settings.title"), self.texts.get("screen.help.close")):
            with VerticalScroll(id="frame-scroll"):
                yield Static(self._content())

    def _content(self) -> Content:
        width = max((len(name) for name, _ in self._rows), default=0)
        unset = self.texts.get("screen.settings.unset")
        where = self.texts.get("screen.settings.where", file=self._file)
        rows = [Content.styled(where, "$foreground-muted"), Content("")]
        for name, value in self._rows:
            style = "$foreground bold" if value else "$foreground-muted"
            rows.append(Content.assemble((f"{name:<{width}}  ", "$primary"), (value or unset, style)))
        return Content("\n").join(rows)

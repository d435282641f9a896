"""The settings in force, and where to change them."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from fazai_tui.config.texts import Texts
from fazai_tui.screens.modal import FramedModal
from fazai_tui.screens.ports import ScreenOptions


class SettingsScreen(FramedModal[None]):
    """Lists every setting with its value."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f2,q", "leave", show=False)]

    def __init__(self, texts: Texts, options: ScreenOptions) -> None:
        super().__init__(texts)
        self._options = options

    def compose(self) -> ComposeResult:
        """Build the list."""
        with self.frame(self.texts.get("screen.settings.title"), self.texts.get("screen.help.close")):
            with VerticalScroll(id="frame-scroll"):
                yield Static(self._content())

    def _content(self) -> Content:
        width = max((len(name) for name, _ in self._options.settings), default=0)
        unset = self.texts.get("screen.settings.unset")
        where = self.texts.get("screen.settings.where", file=self._options.settings_file)
        rows = [Content.styled(where, "$foreground-muted"), Content("")]
        for name, value in self._options.settings:
            style = "$foreground bold" if value else "$foreground-muted"
            rows.append(Content.assemble((f"{name:<{width}}  ", "$primary"), (value or unset, style)))
        return Content("\n").join(rows)

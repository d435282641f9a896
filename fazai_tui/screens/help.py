"""Every key and command."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from fazai_tui.config.keymap import DEFAULT_KEYS, key_name
from fazai_tui.config.texts import Texts
from fazai_tui.screens.modal import FramedModal
from fazai_tui.screens.slash_commands import NAMES

_LABEL_COLUMNS = 12


class HelpScreen(FramedModal[None]):
    """Lists the keys as they are mapped now."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f1,q", "leave", show=False)]

    def __init__(self, texts: Texts, keys: Mapping[str, str]) -> None:
        super().__init__(texts)
        self._keys = keys

    def compose(self) -> ComposeResult:
        """Build the lists."""
        with self.frame(self.texts.get("screen.help.title"), self.texts.get("screen.help.close")):
            with VerticalScroll(id="frame-scroll"):
                yield Static(self._content())

    def _content(self) -> Content:
        general = [name for name in DEFAULT_KEYS if not name.startswith("approval_")]
        approval = [name for name in DEFAULT_KEYS if name.startswith("approval_")]
        get = self.texts.get
        return Content("\n").join(
            [
                _heading(get("screen.help.keys")),
                *_rows((key_name(name, self._keys), get(f"screen.help.key.{name}")) for name in general),
                Content(""),
                _heading(get("screen.help.approval")),
                *_rows(
                    (key_name(name, self._keys), get(f"screen.approval.key.{name.removeprefix('approval_')}"))
                    for name in approval
                ),
                Content(""),
                _heading(get("screen.help.commands")),
                *_rows((f"/{name}", get(f"screen.command.{name}")) for name in NAMES),
            ]
        )


def _heading(text: str) -> Content:
    return Content.styled(text, "$primary bold")


def _rows(pairs: Iterable[tuple[str, str]]) -> list[Content]:
    return [Content.assemble((f"  {key:<{_LABEL_COLUMNS}}", "$accent"), text) for key, text in pairs]

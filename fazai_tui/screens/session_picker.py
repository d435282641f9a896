"""The sessions to go on with: searched as one types, renamed, forked, deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from fazai_tui.config.keymap import DEFAULT_KEYS, key_name
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import FazaiError
from fazai_tui.screens.application import ScreenApp
from fazai_tui.screens.confirmation import ConfirmationScreen
from fazai_tui.screens.modal import FramedModal
from fazai_tui.screens.ports import SessionShelf, SessionWish
from fazai_tui.widgets.key_hints import KeyHints
from fazai_tui.widgets.plain import one_line, visible

if TYPE_CHECKING:
    from fazai_tui.ledger.entries import SessionEntry

_TYPING_PAUSE = 0.1
_KEYS = ("session_fork", "session_rename", "session_delete", "close")


class SessionPicker(FramedModal[SessionWish]):
    """Comes back with the session that was chosen, which this process then holds."""

    app = getters.app(ScreenApp)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move('up')", show=False),
        Binding("down", "move('down')", show=False),
        Binding("pageup", "move('page_up')", show=False),
        Binding("pagedown", "move('page_down')", show=False),
        Binding(DEFAULT_KEYS["session_fork"], "fork", show=False, priority=True, id="session_fork"),
        Binding(DEFAULT_KEYS["session_rename"], "rename", show=False, priority=True, id="session_rename"),
        Binding(DEFAULT_KEYS["session_delete"], "delete", show=False, priority=True, id="session_delete"),
    ]

    def __init__(self, texts: Texts, shelf: SessionShelf, keys: Mapping[str, str]) -> None:
        super().__init__(texts)
        self._shelf = shelf
        self._keys = keys
        self._entries: Sequence[SessionEntry] = ()
        self._search = Input(placeholder=texts.get("screen.sessions.search"), compact=True, id="session-search")
        self._name_field = Input(placeholder=texts.get("screen.sessions.name"), compact=True, id="session-name")
        self._options = OptionList(markup=False)
        self._notice = Static(markup=False, id="session-notice")

    def compose(self) -> ComposeResult:
        """Build the field, the list and the keys."""
        with self.frame(self.texts.get("screen.sessions.title")):
            yield self._search
            yield self._name_field
            yield self._options
            yield self._notice
            yield KeyHints()

    def on_mount(self) -> None:
        """Show every session, the one used last first."""
        self._name_field.display = False
        get = self.texts.get
        hints = [("Enter", get("screen.sessions.key.resume"))]
        hints += [(key_name(name, self._keys), get(f"screen.sessions.key.{name}")) for name in _KEYS]
        self.query_one(KeyHints).show(hints)
        self._search.focus()
        self._tell(get("screen.sessions.loading"))
        self._read(0)

    @on(Input.Changed, "#session-search")
    def narrow(self, event: Input.Changed) -> None:
        """Keep the sessions that hold every word."""
        event.stop()
        self._read(_TYPING_PAUSE)

    @on(Input.Submitted, "#session-search")
    def choose(self, event: Input.Submitted) -> None:
        """Take the highlighted session."""
        event.stop()
        self._do(self._resume)

    @on(OptionList.OptionSelected)
    def choose_clicked(self, event: OptionList.OptionSelected) -> None:
        """Take the session that was clicked."""
        event.stop()
        self._do(self._resume)

    @on(Input.Submitted, "#session-name")
    def give_name(self, event: Input.Submitted) -> None:
        """Store the name."""
        event.stop()
        title = event.value

        def rename(entry: SessionEntry) -> None:
            self._shelf.rename(entry.id, title)

        self._show_name(is_shown=False)
        self._do(rename)

    def action_move(self, direction: str) -> None:
        """Move the highlight while the field keeps the focus."""
        getattr(self._options, f"action_{'cursor_' if direction in ('up', 'down') else ''}{direction}")()

    def action_fork(self) -> None:
        """Go on in a copy of the highlighted session."""
        self._do(lambda entry: SessionWish(self._shelf.fork(entry.id)))

    def action_rename(self) -> None:
        """Ask for a name of the highlighted session."""
        entry = self._chosen
        if entry is not None:
            self._name_field.value = entry.title if entry.is_named else ""
            self._show_name(is_shown=True)

    def action_delete(self) -> None:
        """Delete the highlighted session, once that is confirmed."""
        entry = self._chosen
        if entry is None:
            return

        def delete(chosen: SessionEntry) -> None:
            self._shelf.delete(chosen.id)

        question = self.texts.get("screen.sessions.delete", title=one_line(entry.title), count=entry.turns)
        screen = ConfirmationScreen(self.texts, self.texts.get("screen.sessions.delete_title"), question)
        self.app.push_screen(screen, lambda is_sure: self._do(delete) if is_sure else None)

    def action_leave(self) -> None:
        """Close the field for the name, else the list."""
        if self._name_field.display:
            self._show_name(is_shown=False)
        else:
            self.dismiss(None)

    @property
    def _chosen(self) -> SessionEntry | None:
        at = self._options.highlighted
        return self._entries[at] if at is not None and at < len(self._entries) else None

    def _resume(self, entry: SessionEntry) -> SessionWish:
        self._shelf.claim(entry.id)
        return SessionWish(entry.id)

    def _do(self, what: Callable[[SessionEntry], SessionWish | None]) -> None:
        """Do something to the highlighted session in a thread; what it returns is chosen, an error is shown."""
        if (entry := self._chosen) is not None:
            self.run_worker(self._done(what, entry), group="session", exclusive=True, exit_on_error=False)

    async def _done(self, what: Callable[[SessionEntry], SessionWish | None], entry: SessionEntry) -> None:
        try:
            wish = await asyncio.to_thread(what, entry)
        except FazaiError as error:
            self._tell(visible(error.message))
            return
        if wish is not None:
            self.dismiss(wish)
        else:
            await self._list(0)

    def _show_name(self, *, is_shown: bool) -> None:
        self._name_field.display = is_shown
        self._search.display = not is_shown
        field = self._name_field if is_shown else self._search
        field.focus()

    def _read(self, pause: float) -> None:
        self.run_worker(self._list(pause), group="list", exclusive=True, exit_on_error=False)

    async def _list(self, pause: float) -> None:
        await asyncio.sleep(pause)
        chosen = self._chosen
        try:
            self._entries = await asyncio.to_thread(self._shelf.sessions, self._search.value)
        except FazaiError as error:
            self._entries = ()
            self._tell(visible(str(error)))
        else:
            self._tell("" if self._entries else self.texts.get("screen.sessions.empty"))
        self._options.clear_options()
        self._options.add_options(Option(self._row(entry)) for entry in self._entries)
        places = [entry.id for entry in self._entries]
        if places:
            self._options.highlighted = places.index(chosen.id) if chosen is not None and chosen.id in places else 0

    def _tell(self, text: str) -> None:
        self._notice.update(text)
        self._notice.display = bool(text)

    def _row(self, entry: SessionEntry) -> Content:
        get = self.texts.get
        facts = [
            entry.last_at.astimezone().strftime("%Y-%m-%d %H:%M"),
            get("screen.sessions.count", count=entry.turns),
            one_line(entry.cwd),
            *([get("screen.sessions.forked")] if entry.forked_from else []),
            *([get("screen.sessions.held", process=entry.holder)] if entry.holder is not None else []),
        ]
        return Content("\n").join(
            [Content.styled(one_line(entry.title), "bold"), Content.styled("  " + " · ".join(facts), "dim")]
        )

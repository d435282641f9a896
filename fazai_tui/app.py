"""The Textual application: themes, keys, the main screen, and the session's life."""

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Event, Key
from textual.screen import Screen
from textual.theme import Theme

from fazai_tui.bridge import SessionPort
from fazai_tui.config.keymap import DEFAULT_KEYS
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import FazaiError
from fazai_tui.screens.application import ScreenApp
from fazai_tui.screens.garbage import search_seldom
from fazai_tui.screens.main import MainScreen
from fazai_tui.screens.ports import HistoryReader, ScreenOptions, SessionShelf, SessionWish, Surroundings
from fazai_tui.widgets.key_driver import KeyDriver

if TYPE_CHECKING:
    from fazai_tui.ledger.entries import PastTurn


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session that was built, and what the settings say of it.

    Attributes:
        model: The name of the model that will be loaded.
        settings: Name and value of every effective setting, to show.
        past: What a resumed session has been through, oldest first.
        title: What a resumed session is called.
        notice: What the user should know of it, on one line.
    """

    session: SessionPort
    model: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    past: tuple["PastTurn", ...] = ()
    title: str = ""
    notice: str = ""


SessionOpener = Callable[[SessionWish], Awaitable[OpenedSession]]
"""Builds a session, or takes one that is wanted. Called after the first paint: what it imports delays nothing."""


class FazaiApp(ScreenApp):
    """Paints first, then opens the session, then loads the model."""

    TITLE = "FazAI"
    CSS_PATH = "screens/main.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = DEFAULT_KEYS["palette"]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(DEFAULT_KEYS["quit"], "quit", show=False, priority=True, id="quit"),
        Binding(DEFAULT_KEYS["palette"], "command_palette", show=False, priority=True, id="palette"),
    ]

    def __init__(
        self,
        open_session: SessionOpener,
        *,
        texts: Texts,
        themes: Sequence[Theme],
        theme: str,
        options: ScreenOptions,
        surroundings: Surroundings,
        history: HistoryReader | None = None,
        sessions: SessionShelf | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.texts = texts
        self.session: SessionPort | None = None
        self.failure: FazaiError | None = None
        """Why there could be no session; the application has ended with it."""
        self._open_session = open_session
        for each in themes:
            self.register_theme(each)
        self.theme = theme
        self.main_screen = MainScreen(
            texts, options, [each.name for each in themes], surroundings, history, clock=clock
        )
        self.set_keymap(dict(options.keys))
        self._initial_order = options.order
        self._options = options
        self._sessions = sessions

    def get_driver_class(self) -> type[Driver]:
        """Read the keys of a Linux terminal with FazAI's own driver."""
        found = super().get_driver_class()
        return KeyDriver if found is LinuxDriver else found

    def get_default_screen(self) -> Screen[None]:
        """Start with the main screen."""
        return self.main_screen

    def on_mount(self) -> None:
        """Let the first paint happen, then begin."""
        self.call_after_refresh(self._begin)

    async def on_event(self, event: Event) -> None:
        """Put keys before what programs print."""
        if isinstance(event, Key):
            self.main_screen.put_keys_first()
            if self.screen is self.main_screen and self.main_screen.holds(event):
                return
        await super().on_event(event)

    def _begin(self) -> None:
        search_seldom()
        self.main_screen.begin_upkeep()
        if self._options.picks_session and self._sessions is not None:
            self._pick(lambda wish: self._start_session(wish or SessionWish()))
        else:
            self._start_session(self._options.wish)

    def _start_session(self, wish: SessionWish) -> None:
        self.run_worker(self._open(wish), group="session", exclusive=True, exit_on_error=False)

    async def _open(self, wish: SessionWish) -> None:
        screen = self.main_screen
        try:
            opened = await self._open_session(wish)
            self.session = opened.session
            await screen.attach(opened.session, opened.model, opened.settings)
            await opened.session.start()
        except FazaiError as error:
            # Without a session nothing can be done here: the error is told where the user came from.
            self.failure = error
            self.exit()
            return
        if wish.session:
            await screen.show_past(opened.past, opened.title, opened.notice)
        search_seldom()
        screen.open_for_orders()
        if self._initial_order:
            order, self._initial_order = self._initial_order, ""
            screen.send(order)
        try:
            await opened.session.load_engine()
        except Exception as error:
            await screen.show_error(error)

    @on(MainScreen.NewSessionWanted)
    async def start_afresh(self, message: MainScreen.NewSessionWanted) -> None:
        """End the session and open another."""
        message.stop()
        await self._change_session(SessionWish())

    @on(MainScreen.ResumeWanted)
    def offer_sessions(self, message: MainScreen.ResumeWanted) -> None:
        """Let the user choose the session to go on with."""
        message.stop()
        if self._sessions is None:
            self.main_screen.say(self.texts.get("screen.history.unavailable"))
            return

        def change(wish: SessionWish | None) -> None:
            if wish is not None:
                self.run_worker(self._change_session(wish), group="change", exclusive=True)

        self._pick(change)

    def _pick(self, choose: Callable[[SessionWish | None], None]) -> None:
        from fazai_tui.screens.session_picker import SessionPicker

        assert self._sessions is not None, "asked for only where there are sessions"
        self.push_screen(SessionPicker(self.texts, self._sessions, dict(self._options.keys)), choose)

    async def _change_session(self, wish: SessionWish) -> None:
        screen = self.main_screen
        screen.detach()
        if self.session is not None:
            await self.session.close()
            self.session = None
        await screen.clear()
        self._start_session(wish)

    @on(MainScreen.QuitWanted)
    async def quit_when_sure(self, message: MainScreen.QuitWanted) -> None:
        """Leave at once when that is certain, else as the key does."""
        message.stop()
        if message.is_certain:
            self.exit()
        else:
            await self.action_quit()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave every key to the program while it has the keyboard."""
        return not (self.screen is self.main_screen and self.main_screen.has_given_keyboard)

    async def action_quit(self) -> None:
        """Quit; ask first while something runs, or the lock-out guard waits for an answer."""
        guarded = self.main_screen.parts.status.guard
        if not self.main_screen.is_busy and not guarded:
            self.exit()
            return
        from fazai_tui.screens.quit import QuitScreen

        if not isinstance(self.screen, QuitScreen):
            self.push_screen(QuitScreen(self.texts, guarded=guarded), lambda is_sure: self.exit() if is_sure else None)

    def action_command_palette(self) -> None:
        """Open the palette in the user's language."""
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(placeholder=self.texts.get("screen.palette.placeholder")))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer the slash commands and the themes in the palette."""
        from fazai_tui.screens.slash_commands import NAMES

        for name in NAMES:
            yield SystemCommand(f"/{name}", self.texts.get(f"screen.command.{name}"), self._sender(f"/{name}"))
        for theme in self.main_screen.theme_names:
            yield SystemCommand(
                f"/theme {theme}", self.texts.get("screen.command.theme"), self._sender(f"/theme {theme}")
            )

    def _sender(self, text: str) -> Callable[[], None]:
        return lambda: self.main_screen.send(text)

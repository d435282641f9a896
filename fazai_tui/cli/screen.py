"""The full-screen assistant put together: what it needs to paint first, everything else after."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from fazai_tui.cli import exit_codes
from fazai_tui.cli.invocation import Invocation
from fazai_tui.config.appearance import read_appearance
from fazai_tui.config.keymap import check_keymap
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError, ConfigurationError, ErrorKind, FazaiError

if TYPE_CHECKING:
    # pydantic, typer and structlog each take as long to import as a screen takes to paint.
    from textual.theme import Theme

    from fazai_tui.app import FazaiApp, OpenedSession
    from fazai_tui.config.settings import Settings
    from fazai_tui.screens.ports import SessionWish


_FRAME_RATE = "TEXTUAL_FPS"


@dataclass(frozen=True, slots=True)
class ScreenRequest:
    """What was asked on the command line.

    Attributes:
        order: Carried out as soon as there is a session; empty for none.
        cwd: Where commands run; None for the current directory.
        flags: Settings given as options, by dotted name; None values count as not given.
        resume: The session to go on with, by id, name or `--last`; empty lets the user choose, None begins a new one.
        forks: Whether to go on in a copy of it.
    """

    order: str = ""
    cwd: Path | None = None
    is_dry_run: bool = False
    flags: Mapping[str, object] = field(default_factory=dict[str, object])
    resume: str | None = None
    forks: bool = False


def open_screen(invocation: Invocation, request: ScreenRequest | None = None) -> int:
    """Run the full-screen assistant and return the exit code.

    Raises:
        FazaiError: It cannot start: no terminal, a bad directory or theme, or no session.
    """
    wanted = request or ScreenRequest()
    # What is imported and built until the first paint stays; looking for garbage in it only delays the paint.
    # The application looks again from then on.
    gc.disable()
    _require_terminal(invocation.texts)
    app = build_app(invocation, wanted, _directory(wanted.cwd, invocation.texts))
    asyncio.run(_run(app))
    if app.failure is not None:
        raise app.failure
    return app.return_code or exit_codes.FULFILLED


def build_app(invocation: Invocation, request: ScreenRequest, cwd: str) -> FazaiApp:
    """Return the application; its session is built after its first paint.

    Raises:
        ConfigurationError: A theme or a key setting does not do.
    """
    from fazai_tui.cli.lazy_history import LazyHistory
    from fazai_tui.cli.lazy_sessions import LazySessions
    from fazai_tui.cli.surroundings import LocalSurroundings
    from fazai_tui.screens.ports import ScreenOptions, SessionWish
    from fazai_tui.themes.registry import load_themes

    texts, paths = invocation.texts, invocation.paths
    appearance = read_appearance(paths, invocation.environment, invocation.config_file)
    themes = load_themes(paths.themes_dir, texts)

    async def open_session(wish: SessionWish) -> OpenedSession:
        return await asyncio.to_thread(_open_session, invocation, request, cwd, wish)

    return load_app()(
        open_session,
        texts=texts,
        themes=themes,
        theme=_theme_name(appearance.theme, themes, texts),
        options=ScreenOptions(
            order=request.order,
            is_dry_run=request.is_dry_run,
            cwd=cwd,
            keys=tuple(check_keymap(appearance.keys, texts).items()),
            settings_file=str(invocation.config_file or paths.config_file),
            wish=SessionWish(request.resume or "", request.forks),
            picks_session=request.resume == "",
        ),
        surroundings=LocalSurroundings(),
        history=LazyHistory(paths.ledger_file, texts),
        sessions=LazySessions(paths.ledger_file, texts),
    )


def load_app() -> type[FazaiApp]:
    """Import the application, and let it paint twice as often as Textual does: a key waits for the next frame."""
    is_chosen = _FRAME_RATE in os.environ
    os.environ.setdefault(_FRAME_RATE, "120")
    from fazai_tui.app import FazaiApp

    if not is_chosen:
        # Programs that are run from here paint as they like.
        del os.environ[_FRAME_RATE]
    return FazaiApp


def _open_session(invocation: Invocation, request: ScreenRequest, cwd: str, wish: SessionWish) -> OpenedSession:
    """Open the log, load the settings and build the session: all that is heavy, after the first paint."""
    from fazai_tui.app import OpenedSession
    from fazai_tui.cli.composition import SessionRequest, build_session
    from fazai_tui.cli.log import logged
    from fazai_tui.cli.resuming import resume
    from fazai_tui.core.policy import ApprovalPolicy, SandboxMode
    from fazai_tui.engine.remote_address import model_label

    with logged(invocation.paths.log_file, "interactive", invocation.verbosity):
        settings = invocation.settings(request.flags)
        resumed = resume(invocation, wish.session, forks=wish.forks) if wish.session else None
        if resumed is not None and request.cwd is None:
            cwd = resumed.cwd or cwd
        session = build_session(
            invocation,
            settings,
            SessionRequest(
                cwd=cwd,
                approval=ApprovalPolicy.UNTRUSTED,
                sandbox=SandboxMode.DANGER_FULL_ACCESS,
                is_interactive=True,
                resumed=None if resumed is None else resumed.session,
            ),
        )
    opened = OpenedSession(session, model_label(settings.engine.model), tuple(_setting_rows(settings)))
    if resumed is None:
        return opened
    entry, get = resumed.entry, invocation.texts.get
    is_lost = request.cwd is None and not resumed.cwd
    notice = get("session.resumed.no_cwd", cwd=entry.cwd) if is_lost else ""
    return replace(opened, past=resumed.past, title=entry.title, notice=notice)


async def _run(app: FazaiApp) -> None:
    try:
        await app.run_async()
    finally:
        if app.session is not None:
            await app.session.close()


def _require_terminal(texts: Texts) -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise FazaiError(
            texts.get("screen.terminal.title"),
            texts.get("screen.terminal.message"),
            texts.get("screen.terminal.hint"),
            kind=ErrorKind.USAGE,
        )


def _directory(cwd: Path | None, texts: Texts) -> str:
    directory = Path.cwd() if cwd is None else cwd.expanduser().absolute()
    if not directory.is_dir() or not os.access(directory, os.X_OK):
        raise BadInputError(
            texts.get("screen.directory.title"),
            texts.get("screen.directory.message", directory=directory),
            texts.get("screen.directory.hint"),
        )
    return str(directory)


def _theme_name(name: str, themes: Sequence[Theme], texts: Texts) -> str:
    names = [theme.name for theme in themes]
    if name not in names:
        nearest = get_close_matches(name, names, n=1, cutoff=0.0)[0]
        raise ConfigurationError(
            texts.get("screen.theme.unknown_title"),
            texts.get("screen.theme.unknown", name=name, themes=", ".join(names)),
            texts.get("screen.theme.unknown_hint", nearest=nearest),
        )
    return name


def _setting_rows(settings: Settings) -> Iterator[tuple[str, str]]:
    sections: Mapping[str, Mapping[str, object]] = settings.model_dump(mode="json")
    for section, values in sections.items():
        for name, value in values.items():
            yield f"{section}.{name}", "" if value is None else str(value)

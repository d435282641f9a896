"""`fazai interactive`: the full-screen assistant."""

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fazai_tui.cli.invocation import Invocation
from fazai_tui.config.keymap import check_keymap
from fazai_tui.config.settings import Settings
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError, ConfigurationError, ErrorKind, FazaiError
from fazai_tui.core.policy import ApprovalPolicy, SandboxMode

if TYPE_CHECKING:
    from textual.theme import Theme

    from fazai_tui.app import FazaiApp
    from fazai_tui.bridge import SessionPort


def interactive(
    context: typer.Context,
    order: Annotated[str | None, typer.Argument(metavar="ORDER")] = None,
    cwd: Annotated[Path | None, typer.Option("--cwd", "-C", metavar="DIR")] = None,
    model: Annotated[str | None, typer.Option("--model", "-m", metavar="NAME|PATH")] = None,
    persona: Annotated[str | None, typer.Option("--persona", metavar="NAME")] = None,
    sandbox: Annotated[SandboxMode | None, typer.Option("--sandbox", "-s")] = None,
    approval: Annotated[ApprovalPolicy | None, typer.Option("--approval")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
) -> None:
    """Open the full-screen assistant."""
    invocation = Invocation.of(context)
    _require_terminal(invocation.texts)
    flags = {
        "engine.model": model,
        "session.persona": persona,
        "session.sandbox": sandbox and sandbox.value,
        "session.approval": approval and approval.value,
    }
    directory = _directory(cwd, invocation.texts)
    app = _build_app(invocation, invocation.settings(flags), order or "", directory, is_dry_run=dry_run)
    asyncio.run(_run(app))
    if app.return_code:
        raise typer.Exit(app.return_code)


def _build_app(invocation: Invocation, settings: Settings, order: str, cwd: str, *, is_dry_run: bool) -> "FazaiApp":
    from fazai_tui.app import FazaiApp
    from fazai_tui.cli.surroundings import LocalSurroundings
    from fazai_tui.ledger.history import History
    from fazai_tui.screens.ports import ScreenOptions
    from fazai_tui.themes.registry import load_themes

    texts, paths = invocation.texts, invocation.paths
    themes = load_themes(paths.themes_dir, texts)

    async def open_session() -> "SessionPort":
        # What a session is made of takes longer to import than the screen takes to paint.
        return await asyncio.to_thread(_build_session, invocation, settings, cwd)

    return FazaiApp(
        open_session,
        texts=texts,
        themes=themes,
        theme=_theme_name(settings.interface.theme, themes, texts),
        options=ScreenOptions(
            order=order,
            is_dry_run=is_dry_run,
            model=Path(settings.engine.model).stem,
            cwd=cwd,
            keys=tuple(check_keymap(settings.keys, texts).items()),
            settings=tuple(_setting_rows(settings)),
            settings_file=str(invocation.config_file or paths.config_file),
        ),
        surroundings=LocalSurroundings(),
        history=History(paths.ledger_file, texts),
    )


def _build_session(invocation: Invocation, settings: Settings, cwd: str) -> "SessionPort":
    from fazai_tui.cli.composition import SessionRequest, build_session

    request = SessionRequest(
        cwd=cwd, approval=ApprovalPolicy.UNTRUSTED, sandbox=SandboxMode.DANGER_FULL_ACCESS, is_interactive=True
    )
    return build_session(invocation, settings, request)


async def _run(app: "FazaiApp") -> None:
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


def _theme_name(name: str, themes: "tuple[Theme, ...]", texts: Texts) -> str:
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

"""`fazai interactive`: the full-screen assistant, with options."""

from pathlib import Path
from typing import Annotated

import typer

from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.screen import ScreenRequest, open_screen
from fazai_tui.core.policy import ApprovalPolicy, SandboxMode


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
    flags = {
        "engine.model": model,
        "session.persona": persona,
        "session.sandbox": sandbox and sandbox.value,
        "session.approval": approval and approval.value,
    }
    code = open_screen(Invocation.of(context), ScreenRequest(order or "", cwd, dry_run, flags))
    if code:
        raise typer.Exit(code)

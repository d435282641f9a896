"""`fazai interactive`: the full-screen assistant, with options."""

from pathlib import Path
from typing import Annotated

import typer

from fazai_tui.cli.arguments import usage_error
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
    resume_session: Annotated[str | None, typer.Option("--resume", metavar="[ID|--last]")] = None,
    fork: Annotated[bool, typer.Option("--fork")] = False,
) -> None:
    """Open the full-screen assistant."""
    flags = {
        "engine.model": model,
        "session.persona": persona,
        "session.sandbox": sandbox and sandbox.value,
        "session.approval": approval and approval.value,
    }
    invocation = Invocation.of(context)
    if fork and not resume_session:
        raise usage_error(invocation.texts, "only_resume", option="--fork")
    code = open_screen(invocation, ScreenRequest(order or "", cwd, dry_run, flags, resume_session, fork))
    if code:
        raise typer.Exit(code)

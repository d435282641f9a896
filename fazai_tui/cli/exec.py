"""`fazai exec`: one order without a screen."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from fazai_tui.cli import exit_codes
from fazai_tui.cli.arguments import usage_error
from fazai_tui.cli.composition import SessionRequest, build_session, working_directory
from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.piped import PipedInput, read_order
from fazai_tui.cli.resuming import Resumption, resume
from fazai_tui.cli.terminal import printable
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError, FazaiError
from fazai_tui.core.events import TurnKind
from fazai_tui.core.policy import ApprovalPolicy, SandboxMode
from fazai_tui.headless.narration import Narrator
from fazai_tui.headless.runner import HeadlessResult, HeadlessRunner, JsonLines
from fazai_tui.session.wire import WireTranslator


def exec_order(
    context: typer.Context,
    order: Annotated[str, typer.Argument(metavar="ORDER")],
    json_events: Annotated[bool, typer.Option("--json")] = False,
    output_last_message: Annotated[Path | None, typer.Option("-o", "--output-last-message", metavar="FILE")] = None,
    sandbox: Annotated[SandboxMode | None, typer.Option("-s", "--sandbox", metavar="MODE")] = None,
    approval: Annotated[ApprovalPolicy | None, typer.Option("--approval", metavar="POLICY")] = None,
    full_auto: Annotated[bool, typer.Option("--full-auto")] = False,
    cwd: Annotated[str | None, typer.Option("-C", "--cwd", metavar="DIR")] = None,
    model: Annotated[str | None, typer.Option("-m", "--model", metavar="NAME|PATH")] = None,
    persona: Annotated[str | None, typer.Option("--persona", metavar="NAME")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    timeout: Annotated[float | None, typer.Option("--timeout", min=0.1, metavar="SECONDS")] = None,
    max_steps: Annotated[int | None, typer.Option("--max-steps", min=1, metavar="N")] = None,
    resume_session: Annotated[str | None, typer.Option("--resume", metavar="ID|--last")] = None,
    fork: Annotated[bool, typer.Option("--fork")] = False,
    ephemeral: Annotated[bool, typer.Option("--ephemeral")] = False,
    color: Annotated[Literal["auto", "always", "never"], typer.Option("--color", metavar="WHEN")] = "auto",
) -> None:
    """Carry out one order without a screen."""
    invocation = Invocation.of(context)
    if full_auto:
        sandbox = sandbox or SandboxMode.WORKSPACE_WRITE
        approval = approval or ApprovalPolicy.NEVER
    settings = invocation.settings(
        {"engine.model": model, "session.persona": persona, "session.sandbox": sandbox, "session.approval": approval}
    )
    text, piped = read_order(order, sys.stdin, invocation.texts)
    resumed = _resumed(invocation, resume_session, forks=fork, is_kept=not ephemeral)
    request = SessionRequest(
        cwd=working_directory(invocation, cwd or (resumed and resumed.cwd) or None),
        approval=ApprovalPolicy.NEVER,
        sandbox=SandboxMode.WORKSPACE_WRITE,
        is_interactive=False,
        is_ephemeral=ephemeral,
        max_steps=max_steps,
        timeout=timeout,
        resumed=None if resumed is None else resumed.session,
    )
    session = build_session(invocation, settings, request)
    is_coloured = color == "always" or (color == "auto" and sys.stderr.isatty())
    narrator = Narrator(sys.stderr, invocation.texts, printable, is_coloured=is_coloured)
    lines = JsonLines(sys.stdout, WireTranslator(invocation.texts))
    runner = HeadlessRunner(session, [lines.tell if json_events else narrator.tell])
    result = asyncio.run(runner.run(text, None, dry_run=dry_run, stdin=piped.text))
    tell_unread(result, piped, invocation.texts)
    deliver(result, invocation.texts, output_last_message, is_printed=not json_events)


def _resumed(invocation: Invocation, wanted: str | None, *, forks: bool, is_kept: bool) -> Resumption | None:
    """Take the session to go on with, and say when its directory is no longer there."""
    if wanted is None:
        if forks:
            raise usage_error(invocation.texts, "only_resume", option="--fork")
        return None
    if not wanted:
        raise usage_error(invocation.texts, "no_value", option="--resume")
    resumed = resume(invocation, wanted, forks=forks, is_kept=is_kept)
    if not resumed.cwd:
        print(invocation.texts.get("session.resumed.no_cwd", cwd=resumed.entry.cwd), file=sys.stderr)
    return resumed


def answer_question(context: typer.Context, question: str, settings_flags: dict[str, object], kind: TurnKind) -> None:
    """Answer a question headless and print the answer."""
    invocation = Invocation.of(context)
    text, piped = read_order(question, sys.stdin, invocation.texts)
    request = SessionRequest(
        cwd=working_directory(invocation, None),
        approval=ApprovalPolicy.NEVER,
        sandbox=SandboxMode.DANGER_FULL_ACCESS,
        is_interactive=False,
    )
    session = build_session(invocation, invocation.settings(settings_flags), request)
    narrator = Narrator(sys.stderr, invocation.texts, printable, is_coloured=sys.stderr.isatty())
    runner = HeadlessRunner(session, [narrator.tell])
    result = asyncio.run(runner.run(text, kind, dry_run=False, stdin=piped.text))
    tell_unread(result, piped, invocation.texts)
    deliver(result, invocation.texts, None, is_printed=True)


def tell_unread(result: HeadlessResult, piped: PipedInput, texts: Texts) -> None:
    """Say on stderr what of the piped input the model did not get to see."""
    if result.is_input_unread:
        print(texts.get("headless.stdin.unread"), file=sys.stderr)
    elif piped.is_cut:
        print(texts.get("headless.stdin.cut", size=len(piped.text())), file=sys.stderr)


def deliver(result: HeadlessResult, texts: Texts, file: Path | None, *, is_printed: bool) -> None:
    """Print and store the final message, then end with the turn's exit code.

    Raises:
        BadInputError: The file for the message cannot be written.
        typer.Exit: Always, unless the order was fulfilled.
    """
    if is_printed and result.message:
        print(printable(result.message))
    if file is not None:
        try:
            file.write_text(result.message + "\n" if result.message else "", encoding="utf-8")
        except OSError as error:
            raise BadInputError(
                texts.get("headless.output.title"),
                texts.get("headless.output.message", file=str(file), reason=error.strerror or str(error)),
                texts.get("headless.output.hint"),
            ) from error
    if code := _exit_code(result):
        raise typer.Exit(code)


def _exit_code(result: HeadlessResult) -> int:
    match result.status:
        case "fulfilled" | "answered":
            return exit_codes.FULFILLED
        case "declined":
            return exit_codes.DECLINED
        case "interrupted":
            return exit_codes.INTERRUPTED
        case "limit":
            return exit_codes.LIMIT_REACHED
        case "failed":
            return exit_codes.exit_code(FazaiError("", "", kind=result.error)) if result.error else exit_codes.FAILED

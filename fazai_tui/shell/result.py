"""What is told of a command that has ended."""

from collections.abc import Callable

from fazai_tui.config.texts import Texts
from fazai_tui.core.ports import CommandResult
from fazai_tui.shell.command_run import CommandRun


def command_result(run: CommandRun, code: int, cwd: str, texts: Texts, clean: Callable[[str], str]) -> CommandResult:
    """Return how a command ended; a remark on it is added to its output.

    Args:
        run: The command.
        code: Its exit status.
        cwd: The shell's directory by now.
        texts: For what is left out.
        clean: Takes out of the output what concerns only the shell.
    """
    if run.was_interrupted and code:
        run.status = run.status or "cancelled"
    output = clean(run.capture.text(texts.get("shell.omitted", count=run.capture.omitted)))
    if run.note:
        run.on_output(f"\n{run.note}\n")
        output = f"{output.rstrip()}\n{run.note}\n".lstrip()
    return CommandResult(
        status=run.status or ("failed" if code else "completed"),
        exit_code=None if run.status else code,
        output=output,
        output_bytes=run.capture.size,
        cwd=cwd,
        duration_ms=round(run.duration * 1000),
    )

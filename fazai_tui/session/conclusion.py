"""What a turn came to, told from what was observed."""

import re
from collections.abc import Sequence

from fazai_tui.config.texts import Texts
from fazai_tui.core.plan import Plan, Step
from fazai_tui.core.ports import CommandResult

_SHOWN_LINES = 40
_SHOWN_CHARS = 4000
_LEAST_WIDTH = 200
"""Characters of a line that are shown whatever the number of lines."""

_MARKUP = re.compile(r"[`*<\[&\\]|~~|(?<!\w)_|_(?!\w)")
"""What Markdown may read as its own in a title: `__init__.py`, `*.log`, `<<EOF`; not `my_file` or `~/notes`."""


def fulfilled(plan: Plan, results: Sequence[tuple[Step, CommandResult]], texts: Texts) -> str:
    """Return the conclusion of a turn whose steps are all done: what was done, and what the last command printed."""
    lines = [texts.get("session.done", count=len(results))]
    lines += [f"- {literal(step.title)}" for step, _ in results] if len(results) > 1 else []
    shown = next((result.output.strip("\n") for _, result in reversed(results) if result.output.strip()), "")
    if shown:
        lines += ["", fenced(shown, texts)]
    elif len(results) == 1:
        lines[0] = f"{lines[0].rstrip('.')}: {literal(plan.steps[-1].title)}."
    return "\n".join(lines)


def failed(step: Step, result: CommandResult | None, texts: Texts, *, attempts: int) -> str:
    """Return the conclusion of a turn that failed: which step, how it ended and what it printed."""
    if result is None:
        return texts.get("session.failed.no_plan")
    if result.status == "timed_out":
        ending = texts.get("session.failed.timed_out")
    elif result.exit_code == 0:
        ending = texts.get("session.failed.check")
    else:
        ending = texts.get("session.failed.exit", code=result.exit_code if result.exit_code is not None else "-")
    lines = [texts.get("session.failed.step", title=literal(step.title), ending=ending)]
    if attempts:
        lines.append(texts.get("session.failed.repairs", count=attempts))
    if result.output.strip():
        lines += ["", fenced(result.output.strip("\n"), texts)]
    return "\n".join(lines)


def literal(title: str) -> str:
    """Return a title as Markdown shows it unchanged: as code where it holds what Markdown would read as markup."""
    if not _MARKUP.search(title):
        return title
    marks = "`" * (max((len(run) for run in re.findall("`+", title)), default=0) + 1)
    pad = " " if title.startswith("`") or title.endswith("`") else ""
    return f"{marks}{pad}{title}{pad}{marks}"


def fenced(output: str, texts: Texts) -> str:
    """Return output as a Markdown code block that nothing in it can close; long output keeps its head and tail."""
    lines = output.splitlines()
    if len(lines) > _SHOWN_LINES:
        half = _SHOWN_LINES // 2
        left_out = texts.get("session.lines_left_out", count=len(lines) - 2 * half)
        lines = [*lines[:half], left_out, *lines[-half:]]
    if sum(map(len, lines)) > _SHOWN_CHARS:
        width = max(_LEAST_WIDTH, _SHOWN_CHARS // len(lines))
        lines = [line if len(line) <= width else f"{line[:width]}…" for line in lines]
    fence = "```"
    while any(line.lstrip().startswith(fence) for line in lines):
        fence += "`"
    return "\n".join((fence, *lines, fence))

"""What was done, written for others: a Markdown runbook, a shell script, or JSON."""

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Final, Literal

from fazai_tui.config.texts import Texts
from fazai_tui.core.plan import Risk, Step
from fazai_tui.core.redaction import REDACTED
from fazai_tui.ledger.entries import CommandEntry, TurnDetail

ExportFormat = Literal["markdown", "script", "json"]
"""What an export may be."""

SUFFIXES: Final[dict[ExportFormat, str]] = {"markdown": ".md", "script": ".sh", "json": ".json"}

_SHOWN_LINES: Final = 40
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_MARKUP: Final = re.compile(r"([\\`*_\[\]<>#|])")
_GOES: Final = re.compile(r"\b(?:cd|pushd|popd)\b")


def export(details: Sequence[TurnDetail], title: str, kind: ExportFormat, texts: Texts) -> str:
    """Return orders in a form of their own, oldest first.

    Args:
        details: The orders.
        title: What they are called together.
        kind: The form.
        texts: The language of what stands around them.
    """
    match kind:
        case "markdown":
            return "\n".join(_runbook(details, title, texts)) + "\n"
        case "script":
            return "\n".join(_script(details, title, texts)) + "\n"
        case "json":
            value = {"title": title, "orders": [detail.model_dump(mode="json") for detail in details]}
            return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _runbook(details: Sequence[TurnDetail], title: str, texts: Texts) -> Iterator[str]:
    get = texts.get
    yield f"# {_markdown(title)}"
    for detail in details:
        turn = detail.turn
        when = turn.started_at.astimezone().strftime("%Y-%m-%d %H:%M")
        status = get(f"history.status.{turn.status}")
        yield from ("", f"## {_markdown(turn.order)}", "")
        yield " · ".join(_markdown(fact) for fact in (when, turn.host, turn.cwd, status) if fact)
        for number, command in enumerate(detail.commands, 1):
            step = _step(detail, command)
            yield from ("", f"### {number}. {_markdown(step.title if step else command.command)}", "")
            if step is not None and step.explain:
                yield from (_markdown(step.explain), "")
            yield from _fenced(command.command, "sh")
            yield from ("", _ending(command, texts))
            if output := command.output.strip("\n"):
                yield from ("", *_fenced(_head_and_tail(output, texts), "text"))
        for text in (*detail.messages, *detail.errors):
            yield from ("", *(f"> {line}".rstrip() for line in _visible(text).splitlines()))


def _script(details: Sequence[TurnDetail], title: str, texts: Texts) -> Iterator[str]:
    get = texts.get
    yield "#!/usr/bin/env bash"
    yield from _comment(title)
    yield from _comment(get("history.export.about"))
    yield "set -euo pipefail"
    place = ""
    for detail in details:
        done = [command for command in detail.commands if command.status == "completed" and command.exit_code == 0]
        yield ""
        yield from _comment(f"{get('history.order')}: {detail.turn.order}")
        if not done:
            yield from _comment(get("history.export.nothing"))
        for command in done:
            yield ""
            step = _step(detail, command)
            if step is not None:
                yield from _comment(f"{step.title}. {step.explain}" if step.explain else step.title)
            if command.cwd != place:
                yield f"cd -- {shlex.quote(command.cwd)}"
            place = "" if _GOES.search(command.command) else command.cwd
            if reason := _held_back(command, texts):
                yield from _comment(reason)
                yield from (f"#   {line}" for line in _visible(command.command).splitlines())
            else:
                yield command.command
                # A command that ends in a backslash must not take the next line along.
                yield ""


def _held_back(command: CommandEntry, texts: Texts) -> str:
    """Return why a command only stands in the script as a comment; empty when it may run."""
    if command.risk in (Risk.HIGH, Risk.CRITICAL):
        return texts.get("history.export.dangerous")
    if REDACTED in command.command:
        return texts.get("history.export.secret")
    return texts.get("history.export.unprintable") if _CONTROL.search(command.command) else ""


def _step(detail: TurnDetail, command: CommandEntry) -> Step | None:
    steps = [step for plan in detail.plans for step in plan.steps if step.id == command.step_id]
    return steps[-1] if steps else None


def _ending(command: CommandEntry, texts: Texts) -> str:
    facts = [texts.get(f"history.command.{command.status}")]
    facts += [] if command.exit_code is None else [texts.get("history.exit", code=command.exit_code)]
    facts += [] if command.duration_ms is None else [f"{command.duration_ms / 1000:.1f} s"]
    return f"*{', '.join(facts)}*"


def _fenced(text: str, language: str) -> Iterator[str]:
    """Yield a code block that nothing in it can close."""
    lines = _visible(text).splitlines()
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    yield from (f"{fence}{language}", *lines, fence)


def _head_and_tail(output: str, texts: Texts) -> str:
    lines = output.splitlines()
    if len(lines) <= _SHOWN_LINES:
        return output
    half = _SHOWN_LINES // 2
    left_out = texts.get("session.lines_left_out", count=len(lines) - 2 * half)
    return "\n".join((*lines[:half], left_out, *lines[-half:]))


def _comment(text: str) -> Iterator[str]:
    """Yield a text as comments: no line of it, however it is broken, is a command."""
    yield from (f"# {line}".rstrip() for line in _visible(text).splitlines())


def _markdown(text: str) -> str:
    return _MARKUP.sub(r"\\\1", " ".join(_visible(text).split()))


def _visible(text: str) -> str:
    """Return a text whose control characters are shown instead of obeyed; tabs and line ends stay."""
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)

"""`fazai context`: what the model would get for an order, part by part."""

import asyncio
import json
import sys
from typing import Annotated

import typer

from fazai_tui.cli.composition import SessionRequest, build_session, working_directory
from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.terminal import printable
from fazai_tui.config.texts import Texts
from fazai_tui.core.events import ErrorOccurred, Event
from fazai_tui.core.policy import ApprovalPolicy, SandboxMode
from fazai_tui.session.context_desk import ContextPreview
from fazai_tui.session.session import Session


def context(
    context: typer.Context,
    order: Annotated[str, typer.Argument(metavar="ORDER")],
    cwd: Annotated[str | None, typer.Option("-C", "--cwd", metavar="DIR")] = None,
    model: Annotated[str | None, typer.Option("-m", "--model", metavar="NAME|PATH")] = None,
    persona: Annotated[str | None, typer.Option("--persona", metavar="NAME")] = None,
    prompt: Annotated[bool, typer.Option("--prompt")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print what the model would get for an order; nothing is generated or run."""
    invocation = Invocation.of(context)
    folder = working_directory(invocation, cwd)
    request = SessionRequest(
        cwd=folder,
        approval=ApprovalPolicy.NEVER,
        sandbox=SandboxMode.DANGER_FULL_ACCESS,
        is_interactive=False,
    )
    settings = invocation.settings({"engine.model": model, "session.persona": persona})
    session = build_session(invocation, settings, request)
    session.subscribe(_tell)
    seen = asyncio.run(_preview(session, order, folder))
    if as_json:
        facts = {
            "parts": [part.model_dump(mode="json") for part in seen.parts],
            "tokens": seen.tokens,
            "budget": seen.budget,
            "persona": seen.persona,
            "prompt": seen.prompt,
        }
        print(json.dumps(facts, ensure_ascii=False, indent=2))
    elif prompt:
        print(printable(seen.prompt))
    else:
        _print(seen, invocation.texts)


async def _preview(session: Session, order: str, cwd: str) -> ContextPreview:
    try:
        return await session.context.preview(order, session.settings, cwd)
    finally:
        await session.close()


def _tell(event: Event) -> None:
    if isinstance(event, ErrorOccurred):
        print(printable(f"fazai: {event.message}"), file=sys.stderr)


def _print(seen: ContextPreview, texts: Texts) -> None:
    for part in seen.parts:
        name = texts.get(f"screen.memory.part.{part.name}")
        tokens = texts.get("screen.memory.tokens", count=part.tokens)
        print(printable(f"== {name}: {tokens}{f' ({part.detail})' if part.detail else ''}"))
        print(printable(part.text), end="\n\n")
    print(texts.get("persona.total", tokens=seen.tokens, budget=seen.budget))
    if seen.persona:
        print(printable(seen.persona))
    if seen.is_compact:
        print(texts.get("persona.compact_context"))

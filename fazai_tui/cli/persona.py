"""`fazai persona`: who answers."""

import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from fazai_tui.cli.composition import memory_of, personas_of
from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.terminal import one_line, printable
from fazai_tui.config.document import set_value
from fazai_tui.config.persona_files import PersonaFiles
from fazai_tui.config.texts import Texts
from fazai_tui.core.persona import AUTO, Persona
from fazai_tui.memory.longterm.persona_shelf import PersonaShelf

app: Final = typer.Typer(add_completion=False)

Name = Annotated[str, typer.Argument(metavar="NAME")]
AsJson = Annotated[bool, typer.Option("--json")]


@app.command("list")
def list_personas(context: typer.Context, as_json: AsJson = False) -> None:
    """Print every persona; the one in use has a star."""
    invocation = Invocation.of(context)
    with _shelf(invocation) as shelf:
        found = shelf.load()
    if as_json:
        rows = [persona.model_dump(mode="json") for persona in found.personas.values()]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        _print(found, invocation.settings({}).session.persona, invocation.texts)
    for problem in found.problems:
        print(printable(f"fazai: {problem}"), file=sys.stderr)


@app.command("show")
def show(context: typer.Context, name: Name) -> None:
    """Print a persona as its file would have it."""
    with _shelf(Invocation.of(context)) as shelf:
        print(printable(_as_file(shelf.named(name))))


@app.command("use")
def use(context: typer.Context, name: Name) -> None:
    """Let a persona answer from now on; `auto` lets FazAI choose for each order."""
    invocation = Invocation.of(context)
    with _shelf(invocation) as shelf:
        shelf.require(name)
        persona = None if name == AUTO else shelf.named(name)
    file = invocation.config_file or invocation.paths.config_file
    set_value(file, "session.persona", name, loader=invocation.loader(), texts=invocation.texts)
    texts = invocation.texts
    if persona is None:
        print(texts.get("persona.auto"))
    else:
        greeting = texts.get(f"persona.greeting.{persona.voice}")
        print(texts.get("persona.used", name=name, greeting=greeting))


@app.command("add")
def add(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    replace: Annotated[bool, typer.Option("--replace")] = False,
) -> None:
    """Take a persona's Markdown file in among yours; it is called as the file is."""
    invocation = Invocation.of(context)
    with _shelf(invocation) as shelf:
        persona = shelf.add(file, replaces=replace)
    print(one_line(invocation.texts.get("persona.added", name=persona.name, file=persona.origin)))


@contextmanager
def _shelf(invocation: Invocation) -> Generator[PersonaShelf]:
    memory = memory_of(invocation, invocation.settings({}), may_embed=False)
    try:
        yield personas_of(invocation, memory)
    finally:
        if memory is not None:
            memory.close()


def _print(found: PersonaFiles, current: str, texts: Texts) -> None:
    rows = [(name, persona.description, _origin(persona, texts)) for name, persona in found.personas.items()]
    rows.append((AUTO, texts.get("persona.auto").partition(": ")[2], ""))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, description, origin in rows:
        mark = "*" if name == current else " "
        print(printable(f"{mark} {name:<{widths[0]}}  {description:<{widths[1]}}  {origin}".rstrip()))


def _origin(persona: Persona, texts: Texts) -> str:
    if not persona.origin:
        return texts.get("persona.shipped")
    if persona.origin.startswith("host:"):
        return texts.get("persona.stored", host=persona.origin.removeprefix("host:"))
    return persona.origin


def _as_file(persona: Persona) -> str:
    fields = {
        "description": persona.description,
        "voice": persona.voice,
        "concise": "yes" if persona.is_concise else "",
        "errors": "yes" if persona.minds_errors else "",
        "words": f"[{', '.join(persona.words)}]" if persona.words else "",
        "workspaces": f"[{', '.join(persona.workspaces)}]" if persona.workspaces else "",
        "blends": f"[{', '.join(persona.blends)}]" if persona.blends else "",
    }
    head = [f"{field}: {value}" for field, value in fields.items() if value]
    return "\n".join(("---", *head, "---", persona.text))

"""`fazai memory`: what is remembered from one session to the next."""

import json
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from fazai_tui.cli.composition import memory_of
from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.terminal import one_line
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError, FazaiError
from fazai_tui.core.memory import TEXT_LIMIT, MemoryDraft, MemoryEntry, MemoryKind, Recalled
from fazai_tui.memory.longterm.memory import LongTermMemory

_SHORT_ID = 8
_LOADING_SECONDS = 60.0

app: Final = typer.Typer(add_completion=False)

AsJson = Annotated[bool, typer.Option("--json")]
Meaning = Annotated[bool, typer.Option("--meaning")]


@app.command("add")
def add(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT")],
    is_preference: Annotated[bool, typer.Option("--preference")] = False,
) -> None:
    """Remember what is stated; secrets in it are masked."""
    texts = Invocation.of(context).texts
    kind: MemoryKind = "preference" if is_preference else "fact"
    with _opened(context) as memory:
        if not text.strip():
            raise _bad_input(texts, "empty")
        draft = MemoryDraft(kind=kind, text=text.strip()[:TEXT_LIMIT], language=texts.language)
        entry = memory.remember(draft)
        if entry is None:
            raise _bad_input(texts, "secret")
        print(one_line(texts.get("memory.add.done", id=entry.id[:_SHORT_ID], text=entry.text)))


@app.command("search")
def search(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT")],
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, metavar="N")] = 10,
    meaning: Meaning = False,
    as_json: AsJson = False,
) -> None:
    """Print what resembles a text, with why and how much."""
    texts = Invocation.of(context).texts
    with _opened(context, may_embed=meaning) as memory:
        found = memory.search(text, limit=limit, wait=_LOADING_SECONDS if meaning else 0.0)
        state = memory.embedding
    if as_json:
        print(json.dumps([item.model_dump(mode="json") for item in found], ensure_ascii=False, indent=2))
        return
    print(texts.get(f"memory.embedding.{state}"), file=sys.stderr)
    _print([(f"{item.score:.2f}", *_cells(item.entry, texts), _why(item, texts)) for item in found], texts)


@app.command("list")
def list_entries(context: typer.Context, as_json: AsJson = False) -> None:
    """Print what is remembered, the newest first."""
    texts = Invocation.of(context).texts
    with _opened(context) as memory:
        entries = memory.entries()
    if as_json:
        print(json.dumps([entry.model_dump(mode="json") for entry in entries], ensure_ascii=False, indent=2))
        return
    _print([_cells(entry, texts) for entry in entries], texts)


@app.command("forget")
def forget(context: typer.Context, ids: Annotated[list[str], typer.Argument(metavar="ID...")]) -> None:
    """Forget entries, named by their ids or the beginnings of those."""
    texts = Invocation.of(context).texts
    with _opened(context) as memory:
        named = {memory.entry(name).id for name in ids}
        memory.forget(sorted(named))
    print(texts.get("memory.forget", count=len(named)))


@app.command("export")
def export(
    context: typer.Context, file: Annotated[Path | None, typer.Argument(metavar="FILE", allow_dash=True)] = None
) -> None:
    """Print every entry as one line of JSON, or write them into a file."""
    with _opened(context) as memory:
        lines = list(memory.export())
    if file is None or str(file) == "-":
        for line in lines:
            print(line)
        return
    from fazai_tui.config.paths import write_private

    texts = Invocation.of(context).texts
    try:
        write_private(file, "".join(f"{line}\n" for line in lines))
    except OSError as error:
        raise _bad_input(texts, "no_snapshot", target=file, reason=error.strerror or str(error)) from error


@app.command("import")
def import_entries(
    context: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE", allow_dash=True)]
) -> None:
    """Store what `export` wrote; `-` reads it from stdin."""
    texts = Invocation.of(context).texts
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "UTF-8"
        raise _bad_input(texts, "unreadable", path=file, reason=reason) from error
    with _opened(context) as memory:
        count = memory.take_in(text.splitlines())
    print(texts.get("memory.import", count=count))


@app.command("snapshot")
def snapshot(context: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    """Write the whole store into one archive."""
    invocation = Invocation.of(context)
    with _opened(context) as memory:
        memory.snapshot(file.absolute())
    folder = invocation.paths.qdrant_dir
    print(one_line(invocation.texts.get("memory.snapshot.done", file=file, folder=folder)))


@contextmanager
def _opened(context: typer.Context, *, may_embed: bool = False) -> Generator[LongTermMemory]:
    invocation = Invocation.of(context)
    memory = memory_of(invocation, invocation.settings({}), may_embed=may_embed)
    if memory is None:
        raise FazaiError(
            invocation.texts.get("memory.title"),
            invocation.texts.get("memory.off.message"),
            invocation.texts.get("memory.off.hint"),
        )
    try:
        yield memory
    finally:
        memory.close()


def _cells(entry: MemoryEntry, texts: Texts) -> tuple[str, ...]:
    kind = texts.get(f"memory.kind.{entry.kind}")
    text = f"{entry.text} ⇒ {' ; '.join(entry.commands)}" if entry.commands else entry.text
    return entry.id[:_SHORT_ID], f"{'*' if entry.pinned else ''}{kind}", one_line(text)


def _why(item: Recalled, texts: Texts) -> str:
    return texts.get(f"memory.match.{item.match}")


def _print(rows: Sequence[Sequence[str]], texts: Texts) -> None:
    if not rows:
        print(texts.get("memory.list.none"), file=sys.stderr)
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


def _bad_input(texts: Texts, problem: str, /, **facts: object) -> BadInputError:
    return BadInputError(
        texts.get("memory.title"),
        texts.get(f"memory.{problem}.message", **facts),
        texts.get(f"memory.{problem}.hint", **facts),
    )

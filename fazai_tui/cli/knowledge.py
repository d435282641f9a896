"""`fazai knowledge`: the documents that plans may draw on beside the cookbook."""

import json
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from fazai_tui.cli.arguments import usage_error
from fazai_tui.cli.composition import library_of, shelf_of
from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.terminal import one_line

app: Final = typer.Typer(add_completion=False)

AsJson = Annotated[bool, typer.Option("--json")]


@app.command("add")
def add_source(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="man|tldr|PATH")],
    archive: Annotated[Path | None, typer.Option("--from", metavar="PATH")] = None,
    download: Annotated[bool, typer.Option("--download")] = False,
) -> None:
    """Import manual pages, tldr pages or Markdown runbooks; what came from the same place before is replaced."""
    from fazai_tui.memory.embedding import TermVectors
    from fazai_tui.memory.importing import Importer
    from fazai_tui.memory.terms import TermMaker
    from fazai_tui.memory.tldr import ARCHIVE_URL
    from fazai_tui.memory.tldr_download import fetched_archive

    invocation = Invocation.of(context)
    texts = invocation.texts
    if (archive or download) and source != "tldr":
        raise usage_error(texts, "only_tldr", option="--download" if download else "--from")
    if source == "tldr" and (archive is None) != download:
        raise usage_error(texts, "tldr_whence")
    library = library_of(invocation)
    importer = Importer(library, texts)
    if source == "man":
        print(texts.get("knowledge.add.manual"), file=sys.stderr)
        imported = importer.add_manual(invocation.environment)
    elif download:
        print(one_line(texts.get("knowledge.add.download", url=ARCHIVE_URL)), file=sys.stderr)
        with fetched_archive(ARCHIVE_URL, invocation.paths.data_dir, texts) as file:
            imported = importer.add_path(file, is_tldr=True)
    else:
        imported = importer.add_path((archive or Path(source)).expanduser(), is_tldr=source == "tldr")
    # What takes seconds is done now, not at the next order.
    shelf_of(invocation, library).renew(TermMaker(), TermVectors.shipped())
    print(one_line(texts.get("knowledge.add.done", count=imported.documents, name=imported.name)))
    if imported.left_out:
        print(texts.get("knowledge.add.left_out", count=imported.left_out), file=sys.stderr)


@app.command("list")
def list_sources(context: typer.Context, as_json: AsJson = False) -> None:
    """List what was imported."""
    invocation = Invocation.of(context)
    sources = library_of(invocation).sources()
    if as_json:
        print(json.dumps([source.model_dump(mode="json") for source in sources], ensure_ascii=False, indent=2))
        return
    if not sources:
        print(invocation.texts.get("knowledge.list.none"), file=sys.stderr)
        return
    rows = [
        (
            one_line(source.name),
            source.kind,
            f"{source.documents:,}",
            "+".join(source.languages),
            source.added_at.astimezone().strftime("%Y-%m-%d %H:%M"),
            one_line(source.origin),
        )
        for source in sources
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            f"{cell:>{w}}" if at == 2 else f"{cell:<{w}}" for at, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())


@app.command("remove")
def remove_source(context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Forget what was imported under a name."""
    invocation = Invocation.of(context)
    removed = library_of(invocation).remove(name)
    print(one_line(invocation.texts.get("knowledge.remove.done", count=removed.documents, name=removed.name)))

"""`fazai model`: the models there are, fetching one, choosing one, what one is and how fast it runs."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.progress import DownloadProgress
from fazai_tui.cli.terminal import one_line, printable
from fazai_tui.config.document import set_value
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ErrorKind, ModelError
from fazai_tui.engine.catalogue import SUFFIX, Catalogue, CatalogueEntry, ModelFile
from fazai_tui.engine.errors import model_error
from fazai_tui.engine.options import machine_memory
from fazai_tui.engine.remote_address import is_remote

app: Final = typer.Typer(add_completion=False)

Name = Annotated[str, typer.Argument(metavar="NAME")]
MaybeName = Annotated[str | None, typer.Argument(metavar="NAME")]
AsJson = Annotated[bool, typer.Option("--json")]


@app.command("list")
def list_models(context: typer.Context, as_json: AsJson = False) -> None:
    """Print the models by name, and which are here."""
    invocation = Invocation.of(context)
    texts, catalogue = invocation.texts, _catalogue(invocation)
    current = invocation.settings().engine.model
    rows = [_listed(name, entry, catalogue, current, texts) for name, entry in catalogue.entries.items()]
    rows += [_listed_file(file, current) for file in catalogue.own_files()]
    if is_remote(current):
        from fazai_tui.cli.remote_models import row_of

        rows.append(row_of(current))
    elif not any(row["current"] for row in rows) and ("/" in current or current.endswith(SUFFIX)):
        rows.append(_listed_file(catalogue.locate(current)[1], current))
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for line in _table(rows, texts):
        print(printable(line))


@app.command("pull")
def pull_model(context: typer.Context, name: Name) -> None:
    """Fetch a model; a broken download is continued."""
    from fazai_tui.engine.download import DEFAULT_HUB, Downloader

    invocation = Invocation.of(context)
    texts, catalogue = invocation.texts, _catalogue(invocation)
    entry = catalogue.entry(name)
    if entry.is_shipped or _is_whole(catalogue, name):
        print(texts.get("model.pull.shipped" if entry.is_shipped else "model.pull.present", name=name))
        return
    environment = invocation.environment
    hub = environment.get("HF_ENDPOINT") or DEFAULT_HUB
    downloader = Downloader(hub, texts, token=environment.get("HF_TOKEN", ""))
    print(texts.get("model.pull.begins", file=entry.file, repo=entry.repo, hub=one_line(hub)), file=sys.stderr)
    progress = DownloadProgress(sys.stderr, texts)
    try:
        sha256 = downloader.fetch(entry, catalogue.path(entry), progress)
    finally:
        progress.close()
    print(texts.get("model.pull.done", file=catalogue.path(entry), sha256=sha256, name=name))


@app.command("use")
def use_model(context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME|PATH|URL")]) -> None:
    """Choose the model, when it is there and whole, or answers at its address."""
    invocation = Invocation.of(context)
    if is_remote(name):
        from fazai_tui.cli.remote_models import look_at

        look_at(invocation, name)
        value = name
    else:
        catalogue = _catalogue(invocation)
        found = catalogue.resolve(name)
        value = name if name in catalogue.entries else str(found.path)
    file = invocation.config_file or invocation.paths.config_file
    set_value(file, "engine.model", value, loader=invocation.loader(), texts=invocation.texts)
    print(one_line(invocation.texts.get("model.use.done", name=value)))
    effective = invocation.settings().engine.model
    if effective != value:
        # The environment goes before the file.
        print(one_line(invocation.texts.get("model.use.overridden", name=effective)), file=sys.stderr)


@app.command("info")
def show_model(context: typer.Context, name: MaybeName = None, as_json: AsJson = False) -> None:
    """Describe a model from what its file says, or the catalogue as long as it is not here."""
    invocation = Invocation.of(context)
    texts, catalogue = invocation.texts, _catalogue(invocation)
    name = name or invocation.settings().engine.model
    entry = catalogue.entries.get(name)
    if is_remote(name):
        from fazai_tui.cli.remote_models import facts_of

        facts = facts_of(invocation, name)
    elif entry is not None and not catalogue.path(entry).is_file():
        facts = _expected(name, entry, catalogue)
    else:
        facts = _facts(catalogue.resolve(name), entry)
    if as_json:
        print(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    shown = {key: _fact(key, value, texts) for key, value in facts.items()}
    labels = {key: texts.get(f"model.info.{key}") for key in shown}
    width = max(len(label) for label in labels.values())
    for key, value in shown.items():
        print(f"{labels[key]:<{width}}  {one_line(value)}")
    if not facts["present"]:
        print(texts.get("model.info.get", name=name))


@app.command("bench")
def measure_model(context: typer.Context, name: MaybeName = None, as_json: AsJson = False) -> None:
    """Measure the engine beside a bare llama.cpp loop."""
    import asyncio

    from fazai_tui.engine.benchmark import Comparison, compare
    from fazai_tui.engine.llama import LlamaEngine
    from fazai_tui.engine.options import EngineOptions

    invocation = Invocation.of(context)
    texts, settings = invocation.texts, invocation.settings()
    options = EngineOptions.from_settings(settings.engine)
    if is_remote(name or settings.engine.model):
        raise model_error(texts, "remote.no_bench", kind=ErrorKind.USAGE)

    async def measure() -> Comparison:
        model = name or settings.engine.model
        engine = LlamaEngine(model, catalogue=_catalogue(invocation), options=options, texts=texts)
        try:
            return await compare(engine, options)
        finally:
            await engine.close()

    found = asyncio.run(measure())
    rows = {
        "prompt": (found.engine.prompt, found.raw.prompt, found.prompt_ratio),
        "generation": (found.engine.generation, found.raw.generation, found.generation_ratio),
    }
    if as_json:
        columns = ("engine", "raw", "ratio")
        figures = {key: dict(zip(columns, row, strict=True)) for key, row in rows.items()}
        print(json.dumps({"model": found.info.name, **figures}, ensure_ascii=False))
        return
    print(one_line(texts.get("model.bench.title", name=found.info.name)))
    for key, (engine, raw, ratio) in rows.items():
        values = {"engine": f"{engine:>8,.0f}", "raw": f"{raw:>8,.0f}", "ratio": f"{ratio:.2f}"}
        print(texts.get("model.bench.row", what=texts.get(f"model.bench.{key}"), **values))


def _catalogue(invocation: Invocation) -> Catalogue:
    return Catalogue(invocation.paths.models_dir, invocation.texts)


def _is_whole(catalogue: Catalogue, name: str) -> bool:
    try:
        catalogue.resolve(name)
    except ModelError:
        return False
    return True


def _listed(name: str, entry: CatalogueEntry, catalogue: Catalogue, current: str, texts: Texts) -> dict[str, object]:
    path = catalogue.path(entry)
    is_present = path.is_file()
    return {
        "name": name,
        "current": name == current,
        "present": is_present,
        "size_bytes": path.stat().st_size if is_present else entry.size_bytes,
        "memory_bytes": entry.memory_bytes,
        "fits": entry.memory_bytes <= machine_memory(),
        "context": entry.context,
        "licence": entry.licence,
        "summary": entry.summary.text(texts.language),
    }


def _listed_file(path: Path, current: str) -> dict[str, object]:
    """Return a row for a file that the catalogue does not name."""
    is_present = path.is_file()
    return {
        "name": path.stem,
        "current": current in (path.stem, str(path)) or Path(current).expanduser().absolute() == path,
        "present": is_present,
        "size_bytes": path.stat().st_size if is_present else 0,
        "memory_bytes": None,
        "fits": None,
        "context": 0,
        "licence": "",
        "summary": str(path),
    }


def _table(rows: Sequence[Mapping[str, object]], texts: Texts) -> Iterator[str]:
    """Yield a line for each model, below one that names the columns."""
    heads = [texts.get(f"model.list.{head}") for head in ("name", "size", "memory", "context", "here", "licence")]
    width = max(len(heads[0]), *(len(str(row["name"])) for row in rows))
    yield f"  {heads[0]:<{width}}  {heads[1]:>9}  {heads[2]:>8}  {heads[3]:>8}  {heads[4]:<8}  {heads[5]:<10}".rstrip()
    for row in rows:
        mark = "*" if row["current"] else " "
        state = texts.get(f"model.list.{'present' if row['present'] else 'absent'}")
        size = f"{int(str(row['size_bytes'])) / 1e6:,.0f} MB"
        memory = _gigabytes(row["memory_bytes"]) if row["memory_bytes"] else "?"
        context = f"{row['context']:,}" if row["context"] else "?"
        note = f" ({texts.get('model.list.too_large')})" if row["fits"] is False else ""
        facts = f"{size:>9}  {memory:>8}  {context:>8}  {state:<8}  {row['licence']:<10}  {row['summary']}{note}"
        yield f"{mark} {row['name']:<{width}}  {facts}"


def _gigabytes(count: object) -> str:
    return f"{int(str(count)) / 1e9:.1f} GB"


def _fact(key: str, value: object, texts: Texts) -> str:
    """Return one of a model's facts as people read it."""
    match key, value:
        case _, None | "":
            return texts.get("model.info.unknown")
        case _, bool():
            return texts.get(f"model.info.{'yes' if value else 'no'}")
        case "parameters", int():
            return f"{value / 1e6:,.1f} M"
        case "size_bytes", int():
            return f"{value / 1e6:,.1f} MB"
        case "memory_bytes", int():
            note = f" ({texts.get('model.list.too_large')})" if value > machine_memory() else ""
            return texts.get("model.info.memory", memory=_gigabytes(value)) + note
        case "context", int():
            return texts.get("model.info.tokens", count=value)
        case _:
            return str(value)


def _expected(name: str, entry: CatalogueEntry, catalogue: Catalogue) -> Mapping[str, object]:
    """Return what the catalogue says of a model that is not here."""
    return {
        "name": name,
        "present": False,
        "file": str(catalogue.path(entry)),
        "repo": entry.repo,
        "size_bytes": entry.size_bytes,
        "memory_bytes": entry.memory_bytes,
        "context": entry.context,
        "licence": entry.licence,
    }


def _facts(file: ModelFile, entry: CatalogueEntry | None) -> Mapping[str, object]:
    header = file.header
    return {
        "name": file.name,
        "present": True,
        "file": str(file.path),
        "architecture": header.architecture,
        "parameters": header.parameters,
        "quantisation": header.quantisation,
        "size_bytes": header.file_bytes,
        "memory_bytes": entry.memory_bytes if entry else None,
        "context": header.context,
        "licence": header.licence or (entry.licence if entry else ""),
        "profile": header.profile,
        "chat_template": bool(header.text("tokenizer.chat_template")),
    }

"""`fazai config`: where the settings are, what they say, and changing one."""

import json
from typing import Annotated, Final

import typer

from fazai_tui.cli.arguments import usage_error
from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.terminal import printable
from fazai_tui.config.document import set_value
from fazai_tui.config.loader import LoadedSettings
from fazai_tui.config.settings import setting_names

app: Final = typer.Typer(add_completion=False)

Key = Annotated[str, typer.Argument(metavar="KEY")]
AsJson = Annotated[bool, typer.Option("--json")]


@app.command("path")
def show_path(context: typer.Context) -> None:
    """Print the path of the configuration file."""
    invocation = Invocation.of(context)
    print(invocation.config_file or invocation.paths.config_file)


@app.command("list")
def list_settings(context: typer.Context, as_json: AsJson = False) -> None:
    """Print every setting, its value and where it comes from."""
    invocation = Invocation.of(context)
    loaded = invocation.loader().load()
    rows = _rows(loaded, invocation.texts.get("config.source.default"))
    if as_json:
        facts = {name: {"value": value, "source": source} for name, value, source in rows}
        print(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    shown = [(name, json.dumps(value, ensure_ascii=False), source) for name, value, source in rows]
    widths = [max(len(row[column]) for row in shown) for column in (0, 1)]
    for name, value, source in shown:
        print(printable(f"{name:<{widths[0]}}  {value:<{widths[1]}}  {source}"))


@app.command("get")
def get_setting(context: typer.Context, key: Key) -> None:
    """Print a setting's value."""
    invocation = Invocation.of(context)
    for name, value, _ in _rows(invocation.loader().load(), ""):
        if name == key:
            print(printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)))
            return
    raise usage_error(invocation.texts, "no_setting", name=key)


@app.command("set", context_settings={"ignore_unknown_options": True})
def set_setting(context: typer.Context, key: Key, value: Annotated[str, typer.Argument(metavar="VALUE")]) -> None:
    """Write a setting to the configuration file; its comments stay."""
    invocation = Invocation.of(context)
    file = invocation.config_file or invocation.paths.config_file
    written = set_value(file, key, value, loader=invocation.loader(), texts=invocation.texts)
    print(printable(f"{key} = {json.dumps(written, ensure_ascii=False)}"))


def _rows(loaded: LoadedSettings, default: str) -> list[tuple[str, object, str]]:
    """Return every setting as name, value and source."""
    values: dict[str, dict[str, object]] = loaded.settings.model_dump(mode="json")
    rows: list[tuple[str, object, str]] = []
    for name in setting_names():
        section, _, key = name.partition(".")
        keys = [key] if key else list(values[section])
        rows += [(f"{section}.{k}", values[section][k], loaded.origins.get(f"{section}.{k}", default)) for k in keys]
    return rows

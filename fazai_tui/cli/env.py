"""`fazai env`: throw-away environments."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from fazai_tui.cli.arguments import usage_error
from fazai_tui.cli.env_prompt import EnvironmentPrompt
from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.terminal import one_line
from fazai_tui.config.paths import ensure_directory
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import FazaiError
from fazai_tui.environments.commands import CustomCommands
from fazai_tui.environments.environments import Environments, owner_of_caller
from fazai_tui.environments.interpretation import meaning_of_words
from fazai_tui.environments.listing import memory_used
from fazai_tui.environments.records import Facts, Owner
from fazai_tui.environments.serving import ModelServer, place_of
from fazai_tui.environments.wanted import LEAST_MEMORY, Wanted, is_name, is_role, size
from fazai_tui.sandbox.confinement import masked_paths

app: Final = typer.Typer(add_completion=False)

_MEBIBYTE: Final = 1024**2
_MOST_CPUS: Final = 4096

AsJson = Annotated[bool, typer.Option("--json")]
OptionalName = Annotated[str | None, typer.Argument(metavar="NAME")]
Cwd = Annotated[str, typer.Option("--cwd", "-C", metavar="DIR")]


@app.command("up")
def make(
    context: typer.Context,
    name: OptionalName = None,
    image: Annotated[str, typer.Option("--image", metavar="DIR|IMAGE")] = "",
    memory: Annotated[str, typer.Option("--memory", metavar="SIZE")] = "",
    cpus: Annotated[float, typer.Option("--cpus", metavar="N")] = 0,
    roles: Annotated[list[str] | None, typer.Option("--role", metavar="ROLE")] = None,
    network: Annotated[bool, typer.Option("--network")] = False,
    owner: Annotated[int | None, typer.Option("--owner", metavar="PID")] = None,
    serve: Annotated[str, typer.Option("--serve", metavar="MODEL")] = "",
    server: Annotated[str, typer.Option("--server", metavar="PROGRAM")] = "",
    port: Annotated[int, typer.Option("--port", min=0, max=65535)] = 0,
) -> None:
    """Make an environment and print its name."""
    invocation = Invocation.of(context)
    texts = invocation.texts
    if (server or port) and not serve:
        raise usage_error(texts, "only_serve", option="--server" if server else "--port")
    model = _model(serve, invocation) if serve else ""
    wanted = Wanted(
        owner=_owner(owner, texts),
        name=_checked(name, texts),
        image=image,
        memory=_memory(memory, texts),
        cpus=_cpus(cpus, texts),
        roles=_roles(roles or [], texts),
        has_network=network,
        shown={place_of(model): model} if serve else {},
    )
    environments = _environments(invocation)
    # A mistake in the files of commands shows now, not in the middle of something.
    _commands(invocation)
    facts = environments.make(wanted)
    if serve:
        # Without an image it is this machine's own installation, which has llama.cpp.
        program = (server,) if server else ("python3" if image else sys.executable, "-m", "llama_cpp.server")
        print(one_line(texts.get("environment.server.starting")), file=sys.stderr)
        try:
            url = ModelServer(environments, texts).start(facts, program, port, place_of(model))
            facts = environments.with_url(facts, url)
        except (FazaiError, KeyboardInterrupt):
            environments.remove(facts)
            raise
    print(facts.name)
    if facts.url:
        print(facts.url)
    _explain(facts, texts)


@app.command("shell")
def open_prompt(context: typer.Context, name: OptionalName = None, cwd: Cwd = "") -> None:
    """Open the prompt of an environment."""
    invocation = Invocation.of(context)
    environments = _environments(invocation)
    facts = environments.only(name)
    prompt = EnvironmentPrompt(environments, facts, _commands(invocation), invocation.texts)
    raise typer.Exit(prompt.run(_place(cwd, facts)))


@app.command("run", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def run_one(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME")],
    command: Annotated[list[str], typer.Argument(metavar="COMMAND...")],
    cwd: Cwd = "",
) -> None:
    """Run one command in an environment, and end as it does."""
    invocation = Invocation.of(context)
    # Options before the name may be parted from the command's own.
    command = command[1:] if command[0] == "--" else command
    if not command:
        raise usage_error(invocation.texts, "missing", name="COMMAND", command="env run")
    environments = _environments(invocation)
    commands = _commands(invocation)
    facts = environments.find(name)
    meaning = meaning_of_words(command, commands, facts.roles, invocation.texts)
    prompt = EnvironmentPrompt(environments, facts, commands, invocation.texts)
    raise typer.Exit(prompt.carry_out(meaning, _place(cwd, facts)))


@app.command("list")
def list_all(context: typer.Context, as_json: AsJson = False) -> None:
    """List the environments there are."""
    invocation = Invocation.of(context)
    texts = invocation.texts
    found = _environments(invocation).all()
    if as_json:
        print(json.dumps([_described(facts) for facts in found], ensure_ascii=False, indent=2))
        return
    if not found:
        print(texts.get("environment.list.none"), file=sys.stderr)
        return
    head = [texts.get(f"environment.list.{part}") for part in ("name", "age", "image", "memory", "roles", "owner")]
    rows = [head, *(_row(facts, texts) for facts in found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


@app.command("rm")
def remove(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME...")] = None,
    everything: Annotated[bool, typer.Option("--all")] = False,
) -> None:
    """Remove environments with everything in them."""
    invocation = Invocation.of(context)
    if bool(names) == everything:
        raise usage_error(invocation.texts, "which_environments")
    environments = _environments(invocation)
    # All are looked up before any goes.
    found = environments.all() if everything else [environments.find(name) for name in dict.fromkeys(names or [])]
    for facts in found:
        environments.remove(facts)
        print(one_line(invocation.texts.get("environment.removed", name=facts.name)), file=sys.stderr)


def _environments(invocation: Invocation) -> Environments:
    paths = invocation.paths
    own = (paths.config_dir, paths.data_dir, paths.state_dir, paths.runtime_dir)
    for place in own:
        # Only what is there can be hidden.
        ensure_directory(place)
    masked = masked_paths(invocation.environment, [str(place) for place in own])
    return Environments(
        paths.runtime_dir / "env", masked=masked, environment=invocation.environment, texts=invocation.texts
    )


def _commands(invocation: Invocation) -> CustomCommands:
    return CustomCommands.load(invocation.paths.config_dir / "env" / "commands", invocation.texts)


def _place(cwd: str, facts: Facts) -> str:
    """Return where to start: in another system this machine's directories mean nothing."""
    if cwd or facts.image:
        return cwd
    try:
        return os.getcwd()
    except FileNotFoundError:
        # It was deleted meanwhile; then it is home.
        return ""


def _owner(pid: int | None, texts: Texts) -> Owner:
    try:
        return owner_of_caller() if pid is None else Owner.of(pid)
    except OSError as error:
        raise usage_error(texts, "no_process", pid=pid) from error


def _checked(name: str | None, texts: Texts) -> str | None:
    if name is not None and not is_name(name):
        raise usage_error(texts, "environment_name", name=name)
    return name


def _memory(text: str, texts: Texts) -> int:
    try:
        memory = size(text) if text else 0
    except ValueError as error:
        raise usage_error(texts, "size", value=text) from error
    if text and memory < LEAST_MEMORY:
        raise usage_error(texts, "little_memory", value=text, least=f"{LEAST_MEMORY // _MEBIBYTE}m")
    return memory


def _cpus(count: float, texts: Texts) -> float:
    if not (count == 0 or 0.01 <= count <= _MOST_CPUS):
        raise usage_error(texts, "processors", value=count)
    return count


def _roles(roles: list[str], texts: Texts) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(role for text in roles for role in text.split(",")))
    for role in found:
        if not is_role(role):
            raise usage_error(texts, "role", role=role)
    return found


def _model(name: str, invocation: Invocation) -> str:
    from fazai_tui.engine.catalogue import Catalogue

    return str(Path(Catalogue(invocation.paths.models_dir, invocation.texts).resolve(name).path).resolve())


def _explain(facts: Facts, texts: Texts) -> None:
    """Say what was made, and plainly what of the limits does not hold."""
    image = facts.image or texts.get("environment.this_machine")
    owner = f"{facts.owner.name} ({facts.owner.pid})"
    lines = [texts.get(f"environment.made.{facts.kind}", name=facts.name, image=image, owner=owner)]
    for limit, how in (facts.held or {}).items():
        if how != "group" and limit in ("memory", "cpus"):
            amount = _amount(facts.memory) if limit == "memory" else f"{facts.cpus:g}"
            lines.append(texts.get(f"environment.held.{limit}.{how}", amount=amount))
    if facts.has_network:
        lines.append(texts.get("environment.made.network"))
    for line in lines:
        print(one_line(line), file=sys.stderr)


def _described(facts: Facts) -> dict[str, object]:
    return {
        "name": facts.name,
        "kind": facts.kind,
        "image": facts.image,
        "made_at": facts.made_at,
        "memory_used": memory_used(facts),
        "memory": facts.memory,
        "cpus": facts.cpus,
        "held": facts.held or {},
        "roles": facts.roles,
        "network": facts.has_network,
        "url": facts.url,
        "owner": {"pid": facts.owner.pid, "name": facts.owner.name},
        "keeper": facts.keeper,
    }


def _row(facts: Facts, texts: Texts) -> list[str]:
    used = _amount(memory_used(facts)) + (f" / {_amount(facts.memory)}" if facts.memory else "")
    image = facts.image or texts.get("environment.this_machine")
    owner = f"{facts.owner.name} ({facts.owner.pid})"
    return [facts.name, _age(facts), *map(one_line, (image, used, ", ".join(facts.roles) or "–", owner))]


def _age(facts: Facts) -> str:
    seconds = max(0, int(time.time() - facts.made_at))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days}d {hours}h"
    if hours:
        return f"{hours}h {minutes}m"
    return f"{minutes}m {seconds % 60}s" if minutes else f"{seconds}s"


def _amount(count: int) -> str:
    return f"{count / 1024**3:.1f} GiB" if count >= 1024**3 else f"{count / _MEBIBYTE:.0f} MiB"

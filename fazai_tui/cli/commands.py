"""The commands there are, and the modules they are loaded from when one is wanted."""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typer.core import TyperCommand, TyperGroup

COMMANDS: Mapping[str, str] = {
    "interactive": "fazai_tui.cli.interactive:interactive",
    "exec": "fazai_tui.cli.exec:exec_order",
    "ask": "fazai_tui.cli.ask:ask",
    "worker": "fazai_tui.cli.worker:app",
    "model": "fazai_tui.cli.model:app",
    "memory": "fazai_tui.cli.memory:app",
    "knowledge": "fazai_tui.cli.knowledge:app",
    "persona": "fazai_tui.cli.persona:app",
    "context": "fazai_tui.cli.context:context",
    "history": "fazai_tui.cli.history:app",
    "guard": "fazai_tui.cli.guard:app",
    "policy": "fazai_tui.cli.policy:app",
    "env": "fazai_tui.cli.env:app",
    "config": "fazai_tui.cli.config:app",
    "schema": "fazai_tui.cli.schema:schema",
    "doctor": "fazai_tui.cli.doctor:doctor",
}
"""Where each command is: `MODULE:NAME`, a function or a `typer.Typer` with commands of its own."""


def load_command(name: str) -> "TyperCommand | TyperGroup":
    """Import a command.

    Raises:
        KeyError: There is no such command.
    """
    import typer
    from typer.core import TyperCommand, TyperGroup
    from typer.main import get_command, get_group

    module, _, attribute = COMMANDS[name].partition(":")
    target = getattr(import_module(module), attribute)
    if isinstance(target, typer.Typer):
        return get_group(target)
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    alone.command(name)(target)
    command = get_command(alone)
    assert isinstance(command, TyperCommand | TyperGroup)
    return command

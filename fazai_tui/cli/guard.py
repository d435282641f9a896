"""`fazai guard`: lock-out guards, listed and decided on from a command line."""

import json
import os
import subprocess
from typing import Annotated, Final

import typer

from fazai_tui.cli import exit_codes
from fazai_tui.cli.composition import guard_of
from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.terminal import one_line, printable
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError, FazaiError
from fazai_tui.core.lockout import GuardStatus
from fazai_tui.lockout.keeper import MachineGuard
from fazai_tui.session.guard_report import state_in_words, subjects

app: Final = typer.Typer(add_completion=False)

GuardId = Annotated[str, typer.Argument(metavar="[ID]")]


@app.command("list")
def list_guards(context: typer.Context, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """List the guards, the newest first."""
    texts, guard = _parts(context)
    found = guard.statuses()
    if as_json:
        print(json.dumps([status.model_dump(mode="json") for status in found], ensure_ascii=False, indent=2))
        return
    for status in found:
        line = texts.get(
            "guard.list.line",
            id=status.id,
            state=state_in_words(status, texts),
            subjects=subjects(status.subjects, texts),
            commands=" · ".join(status.commands),
        )
        print(printable(one_line(line)))
    if not found:
        print(texts.get("guard.list.none"))


@app.command("confirm")
def confirm(context: typer.Context, guard_id: GuardId = "") -> None:
    """Confirm that people still get in: what was changed stays."""
    texts, guard = _parts(context)
    status = _chosen(guard, guard_id, texts)
    if not guard.keep(status.id, "user"):
        raise _too_late(guard, status.id, texts)
    print(texts.get("guard.cli.confirmed", id=status.id))


@app.command("revert")
def revert(context: typer.Context, guard_id: GuardId = "") -> None:
    """Put everything back now, also where nobody watches any more."""
    texts, guard = _parts(context)
    status = _chosen(guard, guard_id, texts)
    if status.is_orphan or status.state == "failed":
        subprocess.run(guard.revert_command(status.id), check=False)
    elif not guard.put_back(status.id, "user"):
        raise _too_late(guard, status.id, texts)
    ended = guard.wait(status.id)
    if ended is None or ended.state != "reverted":
        raise FazaiError(
            texts.get("guard.title"),
            one_line(texts.get("guard.told.failed", id=status.id)),
            texts.get("guard.cli.too_late_hint"),
        )
    guard.mark_told(status.id)
    print(texts.get("guard.cli.reverted", id=status.id))
    raise typer.Exit(exit_codes.FULFILLED)


def _parts(context: typer.Context) -> tuple[Texts, MachineGuard]:
    invocation = Invocation.of(context)
    return invocation.texts, guard_of(invocation, invocation.settings({}), os.getcwd())


def _chosen(guard: MachineGuard, guard_id: str, texts: Texts) -> GuardStatus:
    """Return the guard that is meant: by its id, or the only one that is armed."""
    found = guard.statuses()
    named = [status for status in found if guard_id and status.id.startswith(guard_id)]
    if guard_id and len(named) != 1:
        raise _bad(texts, "unknown", id=guard_id)
    if named:
        return named[0]
    armed = [status for status in found if status.is_open]
    if not armed:
        raise _bad(texts, "none_open")
    if len(armed) > 1:
        raise _bad(texts, "several", ids=" ".join(status.id for status in armed))
    return armed[0]


def _bad(texts: Texts, problem: str, **facts: object) -> BadInputError:
    hint = "several_hint" if problem == "several" else "unknown_hint"
    return BadInputError(
        texts.get("guard.title"), texts.get(f"guard.cli.{problem}", **facts), texts.get(f"guard.cli.{hint}")
    )


def _too_late(guard: MachineGuard, guard_id: str, texts: Texts) -> BadInputError:
    status = next((status for status in guard.statuses() if status.id == guard_id), None)
    state = state_in_words(status, texts) if status is not None else "?"
    return BadInputError(
        texts.get("guard.title"),
        texts.get("guard.cli.too_late", id=guard_id, state=state),
        texts.get("guard.cli.too_late_hint"),
    )

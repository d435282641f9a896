"""`fazai history sessions` and `fazai history export`: what can be gone on with, and taken along."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from fazai_tui.cli.arguments import usage_error
from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.tables import print_table
from fazai_tui.ledger.archive import Archive
from fazai_tui.ledger.export import SUFFIXES, ExportFormat
from fazai_tui.ledger.names import LAST
from fazai_tui.ledger.retention import remove_before
from fazai_tui.ledger.sessions import SessionBook


def list_sessions(
    context: typer.Context,
    text: Annotated[str, typer.Option("--text", metavar="TEXT")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N")] = 20,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print the sessions that can be gone on with, those used last first."""
    invocation = Invocation.of(context)
    entries = SessionBook(invocation.paths.ledger_file, invocation.texts).sessions(text, limit)
    if as_json:
        print(json.dumps([entry.model_dump(mode="json") for entry in entries], ensure_ascii=False, indent=2))
        return
    get = invocation.texts.get
    rows = [
        (
            entry.id,
            entry.last_at.astimezone().strftime("%Y-%m-%d %H:%M"),
            get("history.sessions.count", count=entry.turns),
            "" if entry.holder is None else get("history.sessions.held", process=entry.holder),
            entry.title,
        )
        for entry in entries
    ]
    print_table(rows)


def remove_old(
    context: typer.Context, days: Annotated[int, typer.Option("--older-than", min=1, max=36_500, metavar="DAYS")]
) -> None:
    """Remove orders that began so many days ago, with all they caused, for good."""
    invocation = Invocation.of(context)
    moment = datetime.now(UTC) - timedelta(days=days)
    count = remove_before(invocation.paths.ledger_file, invocation.texts, moment)
    print(invocation.texts.get("history.pruned", count=count))


def export_entries(
    context: typer.Context,
    wanted: Annotated[str | None, typer.Argument(metavar="ID|--last")] = None,
    last: Annotated[bool, typer.Option("--last")] = False,
    kind: Annotated[ExportFormat | None, typer.Option("--format", "-f")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE")] = None,
) -> None:
    """Write an order, or a session, as a runbook, a script or JSON."""
    invocation = Invocation.of(context)
    if (wanted is None) is not last:
        raise usage_error(invocation.texts, "order_or_last")
    by_suffix: dict[str, ExportFormat] = {suffix: name for name, suffix in SUFFIXES.items()}
    chosen = kind or (by_suffix.get(output.suffix, "markdown") if output else "markdown")
    archive = Archive(invocation.paths.ledger_file, invocation.texts)
    text = archive.text(wanted or LAST, chosen)
    if output is None:
        print(text, end="")
    else:
        archive.store(text, output)

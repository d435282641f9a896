"""`fazai history egress`: what left the machine, and what came back."""

import json
from typing import Annotated

import typer

from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.tables import print_table
from fazai_tui.cli.terminal import one_line, printable
from fazai_tui.config.texts import Texts
from fazai_tui.ledger.egress import RecordedCrossing, crossings

_PREVIEW = 100


def list_sent(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N")] = 50,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print what left the machine and what came back, newest first."""
    invocation = Invocation.of(context)
    texts = invocation.texts
    found = crossings(invocation.paths.ledger_file, texts, limit)
    if as_json:
        print(json.dumps([entry.model_dump(mode="json") for entry in found], ensure_ascii=False, indent=2))
        return
    if not found:
        print(printable(texts.get("history.egress.none")))
        return
    print_table([_row(entry, texts) for entry in found])


def _row(entry: RecordedCrossing, texts: Texts) -> tuple[str, ...]:
    price = "" if entry.cost is None else f" · US$ {entry.cost:.4f}"
    tokens = f"{entry.input_tokens} + {entry.output_tokens} tokens" if entry.output_tokens else ""
    preview = one_line(entry.preview)[:_PREVIEW]
    return (
        entry.at.astimezone().strftime("%Y-%m-%d %H:%M"),
        texts.get(f"history.egress.{entry.direction}"),
        one_line(entry.destination),
        f"{entry.size_bytes:,} B",
        texts.get(f"history.egress.{entry.purpose}"),
        f"{tokens}{price}" if entry.direction == "received" else preview,
    )

"""`fazai history`: what was ordered, approved and run."""

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, Final

import typer

from fazai_tui.cli.archive import export_entries, list_sessions, remove_old
from fazai_tui.cli.arguments import usage_error
from fazai_tui.cli.chain_check import verify_chain
from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.sent import list_sent
from fazai_tui.cli.tables import print_table
from fazai_tui.cli.terminal import one_line, printable
from fazai_tui.config.texts import Texts
from fazai_tui.ledger.entries import TurnDetail, TurnEntry
from fazai_tui.ledger.filters import read_filter
from fazai_tui.ledger.history import History

_SHORT_ID: Final = 8

app: Final = typer.Typer(add_completion=False)
app.command("verify")(verify_chain)
app.command("sessions")(list_sessions)
app.command("export")(export_entries)
app.command("prune")(remove_old)
app.command("egress")(list_sent)

Limit = Annotated[int, typer.Option("--limit", min=1, metavar="N")]
AsJson = Annotated[bool, typer.Option("--json")]


@app.command("list")
def list_turns(
    context: typer.Context,
    limit: Limit = 20,
    text: Annotated[str, typer.Option("--text", metavar="TEXT")] = "",
    day: Annotated[str, typer.Option("--day", metavar="YYYY-MM[-DD]")] = "",
    host: Annotated[str, typer.Option("--host", metavar="NAME")] = "",
    status: Annotated[str, typer.Option("--status", metavar="OUTCOME")] = "",
    session: Annotated[str | None, typer.Option("--session", metavar="ID")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the orders, newest first."""
    invocation = Invocation.of(context)
    wanted = (("day", day), ("host", host), ("status", status))
    fields = " ".join(f"{name}:{value}" for name, value in wanted if value)
    chosen = read_filter(fields, invocation.texts, date.today())
    if chosen.text:
        raise usage_error(invocation.texts, "day", value=day)
    turns = _history(invocation).list_turns(limit, text, session, chosen=chosen)
    if as_json:
        _print_json([turn.model_dump(mode="json") for turn in turns])
        return
    print_table(_rows(turns, invocation.texts))


@app.command("show")
def show_turn(
    context: typer.Context, turn: Annotated[str, typer.Argument(metavar="ID")], as_json: AsJson = False
) -> None:
    """Print one order whole: plan, decisions, commands and outputs."""
    invocation = Invocation.of(context)
    detail = _history(invocation).turn(turn)
    if as_json:
        _print_json(detail.model_dump(mode="json"))
        return
    for line in _describe(detail, invocation.texts):
        print(printable(line))


@app.command("search")
def search(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT")],
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """Print the orders whose words, commands or output hold a text."""
    invocation = Invocation.of(context)
    hits = _history(invocation).search(text, limit)
    if as_json:
        _print_json([hit.model_dump(mode="json") for hit in hits])
        return
    rows = _rows([hit.turn for hit in hits], invocation.texts)
    kinds = [invocation.texts.get(f"history.kind.{hit.kind}") for hit in hits]
    print_table([(*row, kind, hit.excerpt) for row, kind, hit in zip(rows, kinds, hits, strict=True)])


def _history(invocation: Invocation) -> History:
    return History(invocation.paths.ledger_file, invocation.texts)


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def _rows(turns: Sequence[TurnEntry], texts: Texts) -> list[tuple[str, ...]]:
    if not turns:
        print(texts.get("history.none"), file=sys.stderr)
    length = _SHORT_ID
    while len({turn.id[:length] for turn in turns}) < len(turns):
        length += 1
    return [
        (turn.id[:length], _moment(turn), texts.get(f"history.status.{turn.status}"), one_line(turn.order))
        for turn in turns
    ]


def _moment(turn: TurnEntry) -> str:
    return turn.started_at.astimezone().strftime("%Y-%m-%d %H:%M")


def _describe(detail: TurnDetail, texts: Texts) -> Iterator[str]:
    turn = detail.turn
    yield f"{turn.id}  {_moment(turn)}  {texts.get(f'history.status.{turn.status}')}"
    yield f"{texts.get('history.order')}: {turn.order}"
    yield f"{texts.get('history.cwd')}: {turn.cwd}"
    if turn.reason:
        yield f"{texts.get('history.reason')}: {turn.reason}"
    for plan in detail.plans:
        yield ""
        yield f"{texts.get('history.plan')}: {plan.goal}"
        yield from (f"  {step.id}  {step.title}: {step.command}" for step in plan.steps)
    if detail.approvals:
        yield ""
        yield f"{texts.get('history.decisions')}:"
    for approval in detail.approvals:
        decision = texts.get(f"history.decision.{approval.decision}")
        edited = f" ({texts.get('history.edited')})" if approval.edited else ""
        reason = f": {approval.reason}" if approval.reason else ""
        yield f"  {approval.step_id}  {decision}{edited}, {approval.decided_by}{reason}"
    for command in detail.commands:
        yield ""
        yield f"$ {command.command}"
        yield from (f"  {line}" for line in command.output.splitlines())
        status = texts.get(f"history.command.{command.status}")
        ended = "" if command.exit_code is None else f", {texts.get('history.exit', code=command.exit_code)}"
        lasted = "" if command.duration_ms is None else f", {command.duration_ms / 1000:.1f} s"
        yield f"  [{status}{ended}{lasted}]"
    for text in (*detail.messages, *detail.errors):
        yield ""
        yield text

"""`fazai history verify`: the ledger against its hash chain."""

from typing import Annotated

import typer

from fazai_tui.cli import exit_codes
from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.terminal import one_line
from fazai_tui.config.texts import Texts
from fazai_tui.ledger.verification import ChainReport, Tampering, verify


def verify_chain(
    context: typer.Context,
    head: Annotated[str, typer.Option("--head", metavar="HEAD")] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Check that no entry was changed or taken out; exit status 1 when one was."""
    invocation = Invocation.of(context)
    report = verify(invocation.paths.ledger_file, invocation.texts, head)
    if as_json:
        print(report.model_dump_json(indent=2))
    else:
        for line in chain_lines(report, invocation.texts):
            print(one_line(line))
    if not report.is_whole:
        raise typer.Exit(exit_codes.FAILED)


def chain_lines(report: ChainReport, texts: Texts) -> list[str]:
    """Return a report as lines: what was found, else that all is whole, then the head to note."""
    if not report.is_whole:
        lines = [texts.get("history.verify.broken", count=len(report.tampered))]
        return [*lines, *(f"  {_fault(fault, texts)}" for fault in report.tampered)]
    lines = [texts.get("history.verify.whole", count=report.entries)]
    if report.removed:
        lines.append(texts.get("history.verify.removed", count=report.removed))
    return [*lines, texts.get("history.verify.head", head=report.head)]


def _fault(fault: Tampering, texts: Texts) -> str:
    return texts.get(
        f"history.verify.fault.{fault.fault}",
        position=fault.position or "-",
        until=fault.until or "-",
        kind=texts.get(f"history.verify.kind.{fault.kind}") if fault.kind in ("turn", "command") else fault.kind,
        at=fault.at or "-",
        id=fault.id or "-",
        field=fault.field,
    )

"""`fazai doctor`: check everything an installation needs."""

import json
from dataclasses import asdict
from typing import Annotated, Final

import typer

from fazai_tui.cli import exit_codes
from fazai_tui.cli.checks import Checks
from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.terminal import one_line

_MARKS: Final = {"ok": "✓", "warning": "!", "failure": "✗"}


def doctor(context: typer.Context, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Check everything an installation needs; every failure names its remedy."""
    invocation = Invocation.of(context)
    results = Checks(invocation).run()
    has_failed = any(result.status == "failure" for result in results)
    if as_json:
        facts = {"ok": not has_failed, "checks": [asdict(result) for result in results]}
        print(json.dumps(facts, ensure_ascii=False, indent=2))
    else:
        names = {result.name: invocation.texts.get(f"doctor.{result.name}.name") for result in results}
        width = max(map(len, names.values()))
        for result in results:
            print(f"{_MARKS[result.status]} {names[result.name]:<{width}}  {one_line(result.detail)}")
            if result.remedy:
                print(f"  {'':<{width}}  → {one_line(result.remedy)}")
        print(invocation.texts.get("doctor.failed" if has_failed else "doctor.passed"))
    if has_failed:
        raise typer.Exit(exit_codes.FAILED)

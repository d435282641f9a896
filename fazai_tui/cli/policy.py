"""`fazai policy`: what the policy says of a command, and its rules."""

import json
import os
import pwd
import textwrap
from typing import Annotated, Final

import typer

from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.terminal import one_line, printable
from fazai_tui.config.texts import Texts
from fazai_tui.core.policy import Assessment
from fazai_tui.policy.bash import BashPolicy
from fazai_tui.policy.summary import summarize

app: Final = typer.Typer(add_completion=False)

AsJson = Annotated[bool, typer.Option("--json")]


@app.command("check", context_settings={"ignore_unknown_options": True})
def check_command(
    context: typer.Context, command: Annotated[str, typer.Argument(metavar="COMMAND")], as_json: AsJson = False
) -> None:
    """Grade a command; nothing is run."""
    texts = Invocation.of(context).texts
    assessment = _policy(context).assess(command, os.getcwd())
    reasons = [texts.get(reason.key, **reason.params) for reason in assessment.reasons]
    if as_json:
        facts = assessment.model_dump(mode="json")
        print(json.dumps({**facts, "reasons": reasons}, ensure_ascii=False))
    else:
        _show(assessment, reasons, texts)


@app.command("list")
def list_rules(context: typer.Context, as_json: AsJson = False) -> None:
    """List the programs the policy knows, by grade."""
    texts = Invocation.of(context).texts
    groups = summarize(_policy(context).rules)
    if as_json:
        print(json.dumps(groups, ensure_ascii=False, indent=2))
        return
    for group, names in groups.items():
        print(f"{_title(group, texts)}:")
        print(_columns(names))


def _columns(names: list[str]) -> str:
    return textwrap.fill("  ".join(names), 100, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)


def _policy(context: typer.Context) -> BashPolicy:
    account = pwd.getpwuid(os.getuid())
    invocation = Invocation.of(context)
    home = invocation.environment.get("HOME") or account.pw_dir
    return BashPolicy(home=home, user=account.pw_name, own=(str(invocation.paths.config_dir),))


def _title(group: str, texts: Texts) -> str:
    if group in ("reads", "some", "wrappers"):
        return texts.get(f"policy.list.{group}")
    return texts.get("policy.list.graded", risk=texts.get(f"policy.risk.{group}"))


def _show(assessment: Assessment, reasons: list[str], texts: Texts) -> None:
    rows = [
        ("risk", [texts.get(f"policy.risk.{assessment.risk}")]),
        ("decision", [texts.get(f"policy.decision.{assessment.decision}")]),
        ("reasons", reasons),
        ("commands", [" ".join(argv) for argv in assessment.commands]),
        ("writes", list(assessment.writes)),
    ]
    labels = {key: texts.get(f"policy.check.{key}") for key, _ in rows}
    width = max(len(label) for label in labels.values())
    for key, lines in rows:
        for index, line in enumerate(lines or [texts.get("policy.check.none")]):
            print(f"{labels[key] if index == 0 else '':<{width}}  {printable(one_line(line))}")

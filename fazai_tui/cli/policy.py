"""`fazai policy`: what the policy says of a command, and its rules."""

import json
import os
import textwrap
from pathlib import Path
from typing import Annotated, Final

import typer

from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.policy_rules import load_policy, rule_files
from fazai_tui.cli.terminal import one_line, printable
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError
from fazai_tui.core.policy import Assessment, Tier
from fazai_tui.policy.approved import ApprovedRules
from fazai_tui.policy.rule_files import CommandRules
from fazai_tui.policy.summary import summarize
from fazai_tui.policy.trust import WorkspaceTrust, workspace_file
from fazai_tui.policy.verdict import PlacedRule

app: Final = typer.Typer(add_completion=False)

_FACTS: Final = ("command", "risk", "decision", "reasons", "commands", "writes")
"""What other programs rely on, in this order."""

AsJson = Annotated[bool, typer.Option("--json")]


@app.command("check", context_settings={"ignore_unknown_options": True})
def check_command(
    context: typer.Context, command: Annotated[str, typer.Argument(metavar="COMMAND")], as_json: AsJson = False
) -> None:
    """Grade a command; nothing is run."""
    texts = Invocation.of(context).texts
    cwd = os.getcwd()
    assessment = load_policy(Invocation.of(context), cwd)[0].assess(command, cwd)
    reasons = [texts.get(reason.key, **reason.params) for reason in assessment.reasons]
    if as_json:
        facts = assessment.model_dump(mode="json", include=set(_FACTS))
        facts["reasons"] = reasons
        rule = assessment.rule
        by_rule = {"rule": rule.model_dump(mode="json")} if rule is not None else {}
        print(json.dumps({**{name: facts[name] for name in _FACTS}, **by_rule}, ensure_ascii=False))
    else:
        _show(assessment, reasons, texts)


@app.command("list")
def list_rules(context: typer.Context, as_json: AsJson = False) -> None:
    """List the rules of people by tier, and the programs the policy knows by grade."""
    invocation = Invocation.of(context)
    texts = invocation.texts
    policy, found = load_policy(invocation, os.getcwd())
    groups = summarize(policy.rules)
    if as_json:
        print(json.dumps({**groups, "rules": [_facts(placed) for placed in found.rules]}, ensure_ascii=False, indent=2))
        return
    _show_rules(found, texts)
    print(f"\n{texts.get('rules.list.programs')}\n")
    for group, names in groups.items():
        print(f"{_title(group, texts)}:")
        print(_columns(names))


def _decision(assessment: Assessment, texts: Texts) -> str:
    rule = assessment.rule
    if rule is None:
        return texts.get(f"policy.decision.{assessment.decision}")
    decision = texts.get(f"rules.decision.{assessment.decision}")
    tier = texts.get(f"rules.tier.{rule.tier}")
    return texts.get("policy.decision.by_rule", decision=decision, tier=tier, id=rule.id, source=rule.source)


def _columns(names: list[str]) -> str:
    return textwrap.fill("  ".join(names), 100, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)


@app.command("trust")
def trust_workspace(
    context: typer.Context, folder: Annotated[Path | None, typer.Argument(metavar="DIR")] = None
) -> None:
    """Let the rules of a workspace count, as its file stands now."""
    invocation = Invocation.of(context)
    texts, files = invocation.texts, rule_files(invocation)
    file = _workspace(invocation, folder)
    content = files.content(file)
    for placed in files.parse(file, content, Tier.WORKSPACE):
        _print(_line(placed, texts))
    WorkspaceTrust(invocation.paths, texts).trust(file, content)
    _print(texts.get("rules.said.trusted", file=file))
    _print(texts.get("rules.said.trusted_hint", folder=file.parent.parent))


@app.command("untrust")
def untrust_workspace(
    context: typer.Context, folder: Annotated[Path | None, typer.Argument(metavar="DIR")] = None
) -> None:
    """Let the rules of a workspace no longer count."""
    invocation = Invocation.of(context)
    file = _workspace(invocation, folder)
    was_trusted = WorkspaceTrust(invocation.paths, invocation.texts).forget(file)
    _print(invocation.texts.get(f"rules.said.{'forgotten' if was_trusted else 'was_not'}", file=file))


@app.command("remove")
def remove_rules(context: typer.Context, ids: Annotated[list[str], typer.Argument(metavar="ID...")]) -> None:
    """Take rules of one's own back."""
    invocation = Invocation.of(context)
    texts, approved = invocation.texts, ApprovedRules(invocation.paths.policy_dir, invocation.texts)
    for name in ids:
        rules = rule_files(invocation).load(invocation.paths, os.getcwd()).rules
        placed = next((placed for placed in rules if placed.rule.id == name), None)
        if placed is None:
            raise _unknown_rule(texts, "no_rule", id=name)
        if placed.tier is not Tier.USER:
            raise _unknown_rule(texts, "not_yours", id=name, file=placed.source)
        siblings = [other for other in rules if other.source == placed.source]
        approved.remove(placed, siblings.index(placed))
        _print(texts.get("rules.said.removed", rule=_words(placed), file=placed.source))


def _unknown_rule(texts: Texts, problem: str, **facts: object) -> BadInputError:
    return BadInputError(
        texts.get("rules.title"),
        texts.get(f"rules.{problem}.message", **facts),
        texts.get(f"rules.{problem}.hint", **facts),
    )


def _workspace(invocation: Invocation, folder: Path | None) -> Path:
    place = (folder or Path.cwd()).expanduser().absolute()
    file = workspace_file(str(place), invocation.paths)
    if file is None:
        raise _unknown_rule(invocation.texts, "no_workspace", folder=place)
    return file


def _show_rules(found: CommandRules, texts: Texts) -> None:
    _print(f"{texts.get('rules.list.rules')}:")
    ordered = sorted(found.rules, key=lambda placed: placed.tier.rank)
    for placed in ordered:
        _print(f"  {_line(placed, texts)}")
    if not ordered:
        _print(f"  {texts.get('rules.list.none')}")
    for file in found.ignored:
        _print(f"  {texts.get('rules.list.ignored', file=file)}")
    if found.untrusted is not None:
        _print(f"  {texts.get('rules.list.untrusted', file=found.untrusted, folder=found.untrusted.parent.parent)}")


def _line(placed: PlacedRule, texts: Texts) -> str:
    tier = texts.get(f"rules.tier.{placed.tier}")
    decision = texts.get(f"rules.decision.{placed.rule.decision}")
    reason = f"  # {placed.rule.reason}" if placed.rule.reason else ""
    return f"{placed.rule.id}  {tier}  {decision}  {_words(placed)}{reason}  ({placed.source}:{placed.line})"


def _words(placed: PlacedRule) -> str:
    rule = placed.rule
    prefix = " ".join(part if isinstance(part, str) else f"({'|'.join(part)})" for part in rule.prefix)
    args = "" if rule.args == () else " …" if rule.args is None else f" [{' '.join(rule.args)}]"
    return f"{prefix}{args}" + (f"  @ {rule.cwd}" if rule.cwd else "")


def _facts(placed: PlacedRule) -> dict[str, object]:
    facts = placed.rule.model_dump(mode="json")
    return {"id": placed.rule.id, "tier": placed.tier.value, **facts, "file": placed.source, "line": placed.line}


def _print(line: str) -> None:
    print(printable(one_line(line)))


def _title(group: str, texts: Texts) -> str:
    if group in ("reads", "some", "wrappers"):
        return texts.get(f"policy.list.{group}")
    return texts.get("policy.list.graded", risk=texts.get(f"policy.risk.{group}"))


def _show(assessment: Assessment, reasons: list[str], texts: Texts) -> None:
    rows = [
        ("risk", [texts.get(f"policy.risk.{assessment.risk}")]),
        ("decision", [_decision(assessment, texts)]),
        ("reasons", reasons),
        ("commands", [" ".join(argv) for argv in assessment.commands]),
        ("writes", list(assessment.writes)),
    ]
    labels = {key: texts.get(f"policy.check.{key}") for key, _ in rows}
    width = max(len(label) for label in labels.values())
    for key, lines in rows:
        for index, line in enumerate(lines or [texts.get("policy.check.none")]):
            print(f"{labels[key] if index == 0 else '':<{width}}  {printable(one_line(line))}")

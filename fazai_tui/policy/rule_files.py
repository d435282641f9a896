"""Reading the rules of people from files, and saying what is wrong with them."""

import os
import re
import stat
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError

from fazai_tui.config.paths import Paths, is_trusted
from fazai_tui.config.texts import Texts
from fazai_tui.config.toml import TomlValue, parse_toml
from fazai_tui.core.errors import ConfigurationError
from fazai_tui.core.policy import Tier
from fazai_tui.policy.command_rule import CommandRule
from fazai_tui.policy.trust import WorkspaceTrust, workspace_file
from fazai_tui.policy.verdict import PlacedRule

_HEADER = re.compile(r"^\s*\[\[\s*rule\s*\]\]", re.MULTILINE)
_POSITION = re.compile(r"\(at (?:line (\d+), column \d+|end of document)\)")

Examples = Callable[[CommandRule, str], bool]
"""Tells whether a rule means a command line."""


@dataclass(frozen=True, slots=True)
class CommandRules:
    """The rules of all files.

    Attributes:
        ignored: Files of the machine passed over because others than root can change them.
        untrusted: The workspace's file that the user has not trusted; None for none.
    """

    rules: tuple[PlacedRule, ...] = ()
    ignored: tuple[Path, ...] = ()
    untrusted: Path | None = None


class RuleFiles:
    """Reads rule files.

    Args:
        texts: The language of errors.
        means: Checks a rule's examples.
    """

    def __init__(self, texts: Texts, means: Examples) -> None:
        self._texts = texts
        self._means = means

    def load(self, paths: Paths, cwd: str) -> CommandRules:
        """Return the rules that hold in a directory: the user's, the workspace's when trusted, the machine's.

        Raises:
            ConfigurationError: A file cannot be read, is not TOML, breaks the schema, or an example of a rule fails.
        """
        rules: list[PlacedRule] = []
        for file in _toml_files(paths.policy_dir):
            self._require_private(file)
            rules.extend(self.parse(file, self.content(file), Tier.USER))
        workspace, untrusted = workspace_file(cwd, paths), None
        if workspace is not None:
            content = self.content(workspace)
            if WorkspaceTrust(paths, self._texts).is_trusted(workspace, content):
                rules.extend(self.parse(workspace, content, Tier.WORKSPACE))
            else:
                untrusted = workspace
        system = _toml_files(paths.system_policy_dir)
        ignored = tuple(file for file in system if not is_trusted(file))
        for file in system:
            if file not in ignored:
                rules.extend(self.parse(file, self.content(file), Tier.ADMIN))
        return CommandRules(tuple(rules), ignored, untrusted)

    def content(self, file: Path) -> bytes:
        """Return what a file says.

        Raises:
            ConfigurationError: It cannot be read.
        """
        try:
            return file.read_bytes()
        except OSError as error:
            raise self._error("unreadable", file=file, reason=error.strerror or str(error)) from None

    def parse(self, file: Path, content: bytes, tier: Tier) -> list[PlacedRule]:
        """Return the rules that a file with this content holds.

        Raises:
            ConfigurationError: It is not TOML, breaks the schema, or an example of a rule fails.
        """
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self._error("encoding", file=file, position=error.start) from None
        try:
            tables = parse_toml(text)
        except tomllib.TOMLDecodeError as error:
            position = _POSITION.search(str(error))
            line = position[1] if position and position[1] else len(text.splitlines())
            raise self._error("malformed", file=file, line=line, reason=_POSITION.sub("", str(error)).strip()) from None
        return self._rules(file, tier, text, tables)

    def _rules(self, file: Path, tier: Tier, text: str, tables: Mapping[str, TomlValue]) -> list[PlacedRule]:
        lines = [text.count("\n", 0, match.end()) + 1 for match in _HEADER.finditer(text)]
        for key in tables:
            if key != "rule":
                raise self._error("unknown_table", file=file, key=key)
        found = tables.get("rule", [])
        if not isinstance(found, list):
            raise self._error("not_a_list", file=file)
        placed: list[PlacedRule] = []
        for index, facts in enumerate(found):
            line = lines[index] if len(lines) == len(found) else 1
            rule = self._rule(facts, file, index + 1, line)
            placed.append(PlacedRule(rule, tier, str(file), line))
        return placed

    def _rule(self, facts: TomlValue, file: Path, number: int, line: int) -> CommandRule:
        try:
            rule = CommandRule.model_validate(facts)
        except ValidationError as error:
            problem, details = self._problem(error)
            raise self._error(problem, file=file, line=line, number=number, **details) from None
        for example, is_meant in (*((one, True) for one in rule.match), *((one, False) for one in rule.not_match)):
            if self._means(rule, example) is not is_meant:
                problem = "match" if is_meant else "not_match"
                raise self._error(problem, file=file, line=line, number=number, example=example)
        return rule

    def _problem(self, error: ValidationError) -> tuple[str, dict[str, object]]:
        first = error.errors(include_url=False)[0]
        key = str(first["loc"][0]) if first["loc"] else ""
        match first["type"]:
            case "missing":
                return "missing", {"key": key}
            case "extra_forbidden":
                nearest = get_close_matches(key, CommandRule.model_fields, n=1, cutoff=0)
                return "unknown", {"key": key, "nearest": "".join(nearest)}
            case "value_error":
                return str(first.get("ctx", {})["error"]), {}
            case _:
                return "misfit", {"key": key, "expected": self._texts.get(f"rules.expected.{key or 'rule'}")}

    def _require_private(self, file: Path) -> None:
        """Refuse rules that others could have written.

        Raises:
            ConfigurationError: The file is another user's, or others may write to it.
        """
        try:
            facts = file.stat()
        except OSError:
            return
        if facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise self._error("writable", file=file)
        if facts.st_uid not in (0, os.getuid()):
            raise self._error("foreign", file=file)

    def _error(self, problem: str, **facts: object) -> ConfigurationError:
        return ConfigurationError(
            self._texts.get("rules.title"),
            self._texts.get(f"rules.{problem}.message", **facts),
            self._texts.get(f"rules.{problem}.hint", **facts),
        )


def _toml_files(folder: Path) -> Sequence[Path]:
    try:
        return sorted(file for file in folder.iterdir() if file.suffix == ".toml")
    except OSError:
        return ()

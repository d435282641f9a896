"""The user's rule files as they are changed: rules taken from approvals, rules taken back."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT

from fazai_tui.config.paths import ensure_directory, write_private
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError
from fazai_tui.core.policy import StoredRule
from fazai_tui.policy.command_rule import CommandRule
from fazai_tui.policy.verdict import PlacedRule, rule_text


class ApprovedRules:
    """Writes rules to the user's directory of rules.

    Args:
        folder: The directory.
        texts: The language of errors, and of the head of a new file.
    """

    def __init__(self, folder: Path, texts: Texts) -> None:
        self.file = folder / "approved.toml"
        self._texts = texts

    def add(self, rules: Sequence[CommandRule]) -> StoredRule:
        """Append rules to the file of those that were approved.

        Raises:
            ConfigurationError: It cannot be written.
        """
        try:
            old = self.file.read_text(encoding="utf-8") if self.file.exists() else self._head()
            text = "\n".join((old.rstrip("\n"), "", *(rule_text(rule) for rule in rules)))
            ensure_directory(self.file.parent)
            write_private(self.file, text)
        except (OSError, UnicodeDecodeError) as error:
            raise self._unwritable(self.file, error) from error
        return StoredRule(ids=tuple(rule.id for rule in rules), file=str(self.file))

    def remove(self, placed: PlacedRule, number: int) -> None:
        """Take a rule out of its file; comments and the other rules stay as they are.

        Args:
            number: Which of the file's rules it is, from 0.

        Raises:
            ConfigurationError: The file cannot be written.
        """
        file = Path(placed.source)
        try:
            document = tomlkit.parse(file.read_text(encoding="utf-8"))
            rules = cast("object", document["rule"])
            if isinstance(rules, AoT):
                del rules[number]
                if not len(rules):
                    del document["rule"]
            write_private(file, tomlkit.dumps(document))
        except (OSError, UnicodeDecodeError, TOMLKitError) as error:
            raise self._unwritable(file, error) from error

    def _head(self) -> str:
        return "".join(f"# {line}\n" for line in self._texts.get("rules.head").splitlines())

    def _unwritable(self, file: Path, error: Exception) -> ConfigurationError:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return ConfigurationError(
            self._texts.get("rules.title"),
            self._texts.get("rules.unwritable.message", file=file, reason=reason),
            self._texts.get("rules.unwritable.hint", file=file, reason=reason),
        )

"""Which workspaces' rules the user trusts: by path and by what the file says."""

import hashlib
import json
from pathlib import Path
from typing import cast

from fazai_tui.config.paths import Paths, ensure_directory, write_private
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError

_NAME = Path(".fazai") / "policy.toml"


def workspace_file(cwd: str, paths: Paths) -> Path | None:
    """Return the rule file of the workspace that a directory lies in: its own or the nearest above; None for none."""
    if not cwd:
        return None
    place = Path(cwd)
    for folder in (place, *place.parents):
        file = folder / _NAME
        if file.is_file() and not file.is_relative_to(paths.config_dir):
            return file
    return None


def trust_record(paths: Paths) -> Path:
    """Return the file that says which workspaces are trusted."""
    return paths.data_dir / "trusted-policies.json"


class WorkspaceTrust:
    """The files the user trusts, with the digest of what each said then: a changed file is no longer trusted.

    Args:
        paths: Where the record is kept.
        texts: The language of errors.
    """

    def __init__(self, paths: Paths, texts: Texts) -> None:
        self._file = trust_record(paths)
        self._texts = texts

    def is_trusted(self, file: Path, content: bytes) -> bool:
        """Return whether the user trusts a file that says this."""
        return self._record().get(str(file.resolve())) == hashlib.sha256(content).hexdigest()

    def trust(self, file: Path, content: bytes) -> None:
        """Trust a file as long as it says this.

        Raises:
            ConfigurationError: The record cannot be written.
        """
        self._write({**self._record(), str(file.resolve()): hashlib.sha256(content).hexdigest()})

    def forget(self, file: Path) -> bool:
        """Trust a file no longer; False when it was not trusted.

        Raises:
            ConfigurationError: The record cannot be written.
        """
        record = self._record()
        if record.pop(str(file.resolve()), None) is None:
            return False
        self._write(record)
        return True

    def _record(self) -> dict[str, str]:
        try:
            read: object = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            # Nothing that cannot be read is trusted.
            return {}
        entries = cast("dict[object, object]", read) if isinstance(read, dict) else {}
        return {key: value for key, value in entries.items() if isinstance(key, str) and isinstance(value, str)}

    def _write(self, record: dict[str, str]) -> None:
        try:
            ensure_directory(self._file.parent)
            write_private(self._file, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
        except OSError as error:
            facts = {"file": self._file, "reason": error.strerror or str(error)}
            raise ConfigurationError(
                self._texts.get("rules.title"),
                self._texts.get("rules.unwritable.message", **facts),
                self._texts.get("rules.unwritable.hint", **facts),
            ) from error

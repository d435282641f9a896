"""What every command is given: language, paths and the way to the settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fazai_tui.config.paths import Paths
from fazai_tui.config.texts import Texts

if TYPE_CHECKING:
    # pydantic and typer are imported by the commands that need them, not by `--help`.
    import typer

    from fazai_tui.config.loader import SettingsLoader
    from fazai_tui.config.settings import Settings


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of the program."""

    texts: Texts
    paths: Paths
    environment: Mapping[str, str]
    config_file: Path | None = None
    """The file of `--config`, read instead of the user's."""
    verbosity: int = 0

    @staticmethod
    def of(context: "typer.Context") -> "Invocation":
        """Return the invocation that a command runs in."""
        invocation = context.find_object(Invocation)
        assert invocation is not None, "commands run through Program.run"
        return invocation

    def loader(self) -> "SettingsLoader":
        """Return what loads the settings."""
        from fazai_tui.config.loader import SettingsLoader

        return SettingsLoader(self.paths, self.environment, self.texts, config_file=self.config_file)

    def settings(self, flags: Mapping[str, object] | None = None) -> "Settings":
        """Load the settings.

        Args:
            flags: Values from the command line by dotted name (`engine.model`); None values count as not given.

        Raises:
            ConfigurationError: A file or a value does not do.
        """
        return self.loader().load(flags).settings

"""Choose the language of the interface without importing anything heavy."""

from collections.abc import Mapping
from pathlib import Path

from fazai_tui.config.toml import parse_toml
from fazai_tui.core.language import Language

_LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def choose_language(flag: str | None, setting: str | None, environment: Mapping[str, str]) -> Language:
    """Return the language: the flag's, else the setting's, else the locale's, else Portuguese.

    A flag or setting that names no language FazAI speaks is passed over; so are locales such as `C`.
    """
    for name in (flag, setting, *(environment.get(variable) for variable in _LOCALE_VARIABLES)):
        match (name or "")[:2].lower():
            case "pt":
                return "pt"
            case "en":
                return "en"
            case _:
                continue
    return "pt"


def language_setting(file: Path) -> str | None:
    """Return `interface.language` of a configuration file; None when it cannot be read.

    What is wrong with the file is told when the settings are loaded; by then there is a language to tell it in.
    """
    try:
        tables = parse_toml(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    interface = tables.get("interface")
    value = interface.get("language") if isinstance(interface, dict) else None
    return value if isinstance(value, str) else None

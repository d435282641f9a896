"""What FazAI asks when an order lacks a value, or is beyond what it knows."""

from collections.abc import Mapping
from functools import cached_property

from fazai_tui.config.texts import Texts
from fazai_tui.core.cookbook import LANGUAGES, Language

_MESSAGES: Mapping[str, str] = (
    dict.fromkeys(("file", "path", "glob", "ext"), "file")
    | dict.fromkeys(("number", "count", "column", "line", "percent", "size"), "number")
    | dict.fromkeys(("days", "hours", "minutes", "seconds", "time", "weekday", "monthday"), "time")
    | dict.fromkeys(("text", "message", "pattern", "value", "word"), "text")
    | dict.fromkeys(("host", "ip", "cidr", "domain", "url", "hostname"), "address")
    | {
        name: name
        for name in (
            "dir",
            "script",
            "archive",
            "mode",
            "port",
            "user",
            "group",
            "service",
            "package",
            "process",
            "branch",
            "command",
            "device",
        )
    }
)
"""The message for each type of slot; every other type has a general one."""


class Questions:
    """The questions back to the user, in both languages."""

    def about(self, slot_type: str, language: Language) -> str:
        """Return the question for a slot that an order leaves open."""
        return self._texts[language].get(f"questions.{_MESSAGES.get(slot_type, 'other')}")

    def unknown(self, language: Language) -> str:
        """Return what is said to an order that no example fits."""
        return self._texts[language].get("questions.unknown")

    def beyond(self, language: Language) -> str:
        """Return what is said to a question that the shipped model cannot answer: that, and how to get one that can."""
        return self._texts[language].get("questions.beyond")

    def unfamiliar(self, language: Language) -> str:
        """Return what is said to an order that resembles nothing known: that, and what else would help."""
        return self._texts[language].get("questions.unfamiliar")

    def named(self, language: Language) -> str:
        """Return what introduces commands that were not run."""
        return self._texts[language].get("questions.named")

    @cached_property
    def _texts(self) -> Mapping[Language, Texts]:
        return {language: Texts(language) for language in LANGUAGES}

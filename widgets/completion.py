"""Suggestions above the prompt for `/commands` and `@paths`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from fazai_tui.widgets.plain import visible

MAX_SUGGESTIONS = 50


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the prompt can be completed to.

    Attributes:
        insert: The text that replaces the fragment.
        description: What it is; empty for a path.
        is_final: Whether nothing can follow, so that Enter may send at once.
    """

    insert: str
    description: str = ""
    is_final: bool = False


class CompletionList(OptionList, can_focus=False):
    """The suggestions; hidden while there are none. The prompt keeps the focus and moves the highlight."""

    DEFAULT_CSS: ClassVar[str] = """
    CompletionList {
        display: none; height: auto; max-height: 9; width: 1fr; margin: 0 1; padding: 0;
        background: $panel; border: none; border-left: outer $accent; scrollbar-size-vertical: 1;
    }
    CompletionList.-open { display: block; }
    CompletionList > .option-list--option-highlighted {
        background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._suggestions: tuple[Suggestion, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether suggestions are shown."""
        return bool(self._suggestions)

    @property
    def current(self) -> Suggestion | None:
        """The highlighted suggestion."""
        if not self._suggestions or self.highlighted is None:
            return None
        return self._suggestions[self.highlighted]

    def offer(self, suggestions: Sequence[Suggestion]) -> None:
        """Show suggestions, best first; none closes the list."""
        if not suggestions and not self._suggestions:
            return
        self._suggestions = tuple(suggestions[:MAX_SUGGESTIONS])
        self.clear_options()
        width = max((len(suggestion.insert) for suggestion in self._suggestions), default=0)
        self.add_options(Option(_row(suggestion, width)) for suggestion in self._suggestions)
        self.set_class(bool(self._suggestions), "-open")
        if self._suggestions:
            self.highlighted = 0


def _row(suggestion: Suggestion, width: int) -> Content:
    name = visible(suggestion.insert)
    if not suggestion.description:
        return Content(name)
    return Content.assemble((name.ljust(min(width, 24)), "bold"), f"  {suggestion.description}")

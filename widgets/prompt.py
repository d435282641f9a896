"""The prompt: a multi-line editor with history and suggestions."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import TextArea

from fazai_tui.config.keymap import DEFAULT_KEYS
from fazai_tui.config.texts import Texts
from fazai_tui.widgets.completion import CompletionList, Suggestion
from fazai_tui.widgets.prompt_history import PromptHistory

_PATH_FRAGMENT = re.compile(r"(?:^|(?<=\s))@(\S*)\Z")


class OrderEditor(TextArea):
    """The text itself. Enter sends; keys that walk history or suggestions are told upwards."""

    DEFAULT_CSS: ClassVar[str] = """
    OrderEditor {
        height: auto; min-height: 1; max-height: 10; width: 1fr; border: none; padding: 0 1; background: transparent;
    }
    OrderEditor:focus { border: none; background: transparent; background-tint: transparent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(DEFAULT_KEYS["send"], "send", show=False, priority=True, id="send"),
        Binding(DEFAULT_KEYS["newline"], "newline", show=False, priority=True, id="newline"),
    ]

    class Sent(Message):
        """Enter was pressed."""

    def __init__(self, *, send: Callable[[], None], placeholder: str, id: str | None = None) -> None:
        super().__init__(
            id=id, placeholder=placeholder, compact=True, highlight_cursor_line=False, tab_behavior="focus"
        )
        self._send = send

    def action_send(self) -> None:
        """Say that the text is to be sent."""
        self.post_message(self.Sent())

    @on(Sent)
    def take_in_turn(self, event: Sent) -> None:
        """Send between the keys before and those after; one told upwards would let later keys join the order."""
        event.stop()
        self._send()

    def action_newline(self) -> None:
        """Start a new line."""
        self.insert("\n")


class PromptBar(Vertical):
    """The editor with its suggestions, framed; the title says what Enter does."""

    DEFAULT_CSS: ClassVar[str] = """
    PromptBar { height: auto; width: 1fr; }
    PromptBar > #prompt-frame {
        height: auto; border: round $border-blurred; background: $surface;
        border-title-color: $primary; border-title-style: bold; border-subtitle-color: $foreground-muted;
    }
    PromptBar:focus-within > #prompt-frame { border: round $primary; }
    PromptBar.-chat > #prompt-frame { border-title-color: $secondary; }
    PromptBar.-chat:focus-within > #prompt-frame { border: round $secondary; }
    PromptBar.-dry-run > #prompt-frame { border-title-color: $warning; }
    PromptBar.-dry-run:focus-within > #prompt-frame { border: round $warning; }
    """

    class Submitted(Message):
        """The user sent a text."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class PathsWanted(Message):
        """The user is naming a file after `@`."""

        def __init__(self, fragment: str) -> None:
            super().__init__()
            self.fragment = fragment

    def __init__(self, texts: Texts, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._texts = texts
        self._commands: Sequence[Suggestion] = ()
        self.history = PromptHistory()
        self._placed: str | None = None

    def compose(self) -> ComposeResult:
        """Build the suggestions and the framed editor."""
        yield CompletionList(id="completion")
        with Vertical(id="prompt-frame"):
            yield OrderEditor(
                send=self.complete_or_send, placeholder=self._texts.get("screen.prompt.placeholder"), id="prompt"
            )

    @property
    def editor(self) -> OrderEditor:
        """The editor."""
        return self.query_one("#prompt", OrderEditor)

    @property
    def completion(self) -> CompletionList:
        """The suggestions."""
        return self.query_one("#completion", CompletionList)

    def on_resize(self, event: events.Resize) -> None:
        """Show as many hints as fit."""
        hints = [self._texts.get("screen.prompt.hint"), self._texts.get("screen.prompt.hint_short")]
        fitting = next((hint for hint in hints if len(hint) <= event.size.width - 8), "")
        self.query_one("#prompt-frame", Vertical).border_subtitle = fitting

    def set_mode(self, mode: str, title: str) -> None:
        """Show what Enter does."""
        for name in ("chat", "dry-run"):
            self.set_class(mode == name, f"-{name}")
        self.query_one("#prompt-frame", Vertical).border_title = title

    def set_text(self, text: str) -> None:
        """Replace what is written, the cursor at its end; nothing is suggested until the user types."""
        self._placed = text
        self._put(text)

    def _put(self, text: str) -> None:
        self.editor.load_text(text)
        self.editor.move_cursor(self.editor.document.end)
        self.completion.offer(())

    def offer_commands(self, commands: Sequence[Suggestion]) -> None:
        """Take what `/` completes to."""
        self._commands = commands

    def offer_paths(self, fragment: str, paths: Iterable[str]) -> None:
        """Suggest files, unless the user went on typing."""
        if self._path_fragment() == fragment:
            self.completion.offer([Suggestion(f"@{path}") for path in paths])

    def close_suggestions(self) -> bool:
        """Close the suggestions; False when none were open."""
        was_open = self.completion.is_open
        self.completion.offer(())
        return was_open

    def complete_or_send(self) -> None:
        """Take the highlighted suggestion, or send the text."""
        suggestion = self.completion.current
        if suggestion is not None and self._fragment() != suggestion.insert and not self._has_outrun(suggestion):
            self._accept(suggestion)
            if not suggestion.is_final:
                return
        text = self.editor.text.strip()
        if text:
            self.history.add(text)
            self.set_text("")
            self.post_message(self.Submitted(text))

    @on(TextArea.Changed)
    def suggest(self, event: TextArea.Changed) -> None:
        """Offer what fits the text before the cursor."""
        event.stop()
        text = self.editor.text
        if text == self._placed:
            self.completion.offer(())
            return
        self._placed = None
        if text.startswith("/") and "\n" not in text:
            self.completion.offer(_matching(self._commands, text))
        elif (fragment := self._path_fragment()) is not None:
            self.post_message(self.PathsWanted(fragment))
        else:
            self.completion.offer(())

    def on_key(self, event: events.Key) -> None:
        """Move among suggestions or earlier orders."""
        if event.key in ("up", "down") and self.completion.is_open:
            if event.key == "up":
                self.completion.action_cursor_up()
            else:
                self.completion.action_cursor_down()
        elif event.key == "tab" and (suggestion := self.completion.current) is not None:
            self._accept(suggestion)
        elif event.key in ("up", "down") and self.history.can_walk(self.editor.text):
            order = self.history.previous() if event.key == "up" else self.history.next()
            if order is not None:
                self.set_text(order)
        else:
            return
        event.stop()
        event.prevent_default()

    def _has_outrun(self, suggestion: Suggestion) -> bool:
        """Tell whether a command was typed on so fast that the suggestion is still for its beginning."""
        fragment = self._fragment()
        return fragment.startswith("/") and not suggestion.insert.startswith(fragment)

    def _accept(self, suggestion: Suggestion) -> None:
        fragment = self._fragment()
        end = "" if suggestion.is_final or suggestion.insert.endswith(("/", " ")) else " "
        text = self.editor.text
        self._put(text[: len(text) - len(fragment)] + suggestion.insert + end)

    def _fragment(self) -> str:
        """Return the end of the text that a suggestion replaces."""
        text = self.editor.text
        fragment = self._path_fragment()
        return text if text.startswith("/") and fragment is None else f"@{fragment or ''}"

    def _path_fragment(self) -> str | None:
        match = _PATH_FRAGMENT.search(self.editor.text)
        return match[1] if match else None


def _matching(commands: Sequence[Suggestion], text: str) -> list[Suggestion]:
    """Return what a text may become: itself first, and a command's values only once its name is whole."""
    found = [
        command
        for command in commands
        if command.insert.startswith(text) and (" " not in command.insert or text.startswith(command.insert.split()[0]))
    ]
    return sorted(found, key=lambda command: command.insert != text)

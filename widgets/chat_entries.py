"""What stands in the chat: orders, notes, errors and how a turn ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from textual.content import Content
from textual.widgets import Static

from fazai_tui.config.texts import Texts
from fazai_tui.widgets.plain import duration, visible
from fazai_tui.widgets.turn_marks import TURN_ENDS

if TYPE_CHECKING:
    from fazai_tui.core.events import TurnFinished, TurnKind

Tone = Literal["good", "bad", "neutral"]

_MARKS: dict[TurnKind, str] = {"order": "›", "ask": "?", "chat": "?", "literal": "$", "undo": "↶"}


class UserOrder(Static):
    """What the user asked."""

    DEFAULT_CSS: ClassVar[str] = """
    UserOrder {
        width: 1fr; height: auto; margin: 1 0 1 0; padding: 0 1;
        background: $panel; border-left: outer $primary; text-style: bold;
    }
    UserOrder.-literal { border-left: outer $accent; }
    UserOrder.-ask, UserOrder.-chat { border-left: outer $secondary; }
    """

    def __init__(self, order: str, kind: TurnKind) -> None:
        text = order.removeprefix("!").lstrip() if kind == "literal" else order
        super().__init__(Content.assemble((f"{_MARKS[kind]} ", "$foreground-muted"), visible(text)), classes=f"-{kind}")
        self.order = order


class Note(Static):
    """One line of FazAI's own on what happened, such as an approval."""

    DEFAULT_CSS: ClassVar[str] = """
    Note { width: 1fr; height: auto; padding: 0 1; color: $foreground-muted; }
    """

    def __init__(self, mark: str, style: str, text: str) -> None:
        super().__init__(Content.assemble((f"{mark} ", style), visible(text)))


class ErrorCard(Static):
    """What went wrong, and what to do about it."""

    DEFAULT_CSS: ClassVar[str] = """
    ErrorCard {
        width: 1fr; height: auto; margin: 1 0; padding: 0 1;
        border: round $error; border-title-color: $error; border-title-style: bold;
    }
    """

    def __init__(self, texts: Texts, message: str, hint: str) -> None:
        content = Content(visible(message))
        if hint:
            content = Content("\n").join(
                [content, Content.assemble(("→ ", "$accent bold"), (visible(hint), "$foreground-muted"))]
            )
        super().__init__(content)
        self.border_title = texts.get("screen.chat.error")


class TurnEnd(Static):
    """How a turn ended, how long it took and what it cost."""

    DEFAULT_CSS: ClassVar[str] = """
    TurnEnd { width: 1fr; height: auto; padding: 0 1; color: $foreground-muted; }
    """

    def __init__(self, texts: Texts, event: TurnFinished, *, says_why: bool = True) -> None:
        mark, style = TURN_ENDS[event.status]
        parts = [texts.get(f"screen.turn.{event.status}")]
        if event.reason and says_why:
            parts.append(visible(event.reason))
        parts.append(duration(event.duration_ms))
        if event.output_tokens:
            parts.append(texts.get("screen.turn.tokens", input=event.input_tokens, output=event.output_tokens))
        super().__init__(Content.assemble((f"{mark} ", f"{style} bold"), " · ".join(parts)))

"""The chat pane: orders, answers, conclusions and errors, newest at the bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from fazai_tui.config.texts import Texts
from fazai_tui.widgets.activity_row import ActivityRow
from fazai_tui.widgets.chat_entries import ErrorCard, Note, TurnEnd, UserOrder

if TYPE_CHECKING:
    from fazai_tui.core.events import TurnFinished, TurnKind
    from fazai_tui.widgets.answer import Answer

MAX_ENTRIES = 400
"""Entries kept on the screen; the ledger has them all."""


class ChatPane(Vertical):
    """The conversation, with a row under it for what is awaited."""

    DEFAULT_CSS: ClassVar[str] = """
    ChatPane > #chat-log { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    ChatPane #chat-welcome { width: 1fr; height: auto; padding: 1 1; color: $foreground-muted; }
    """

    def __init__(self, texts: Texts, activity: ActivityRow, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._texts = texts
        self._streaming: Answer | None = None
        self._said = ""
        """What was said in this turn, so that its end need not say it again."""
        self.activity = activity

    def compose(self) -> ComposeResult:
        """Build the log and the activity row."""
        with VerticalScroll(id="chat-log"):
            yield Static(self._welcome(), id="chat-welcome")
        yield self.activity

    @property
    def log_scroll(self) -> VerticalScroll:
        """The part that scrolls."""
        return self.query_one("#chat-log", VerticalScroll)

    @property
    def last_answer(self) -> str:
        """The Markdown of the newest answer or conclusion; empty when there is none."""
        from fazai_tui.widgets.answer import Answer

        answers = self.query(Answer)
        return answers.last().text if answers else ""

    async def add_order(self, order: str, kind: TurnKind) -> None:
        """Show what the user asked."""
        await self.query("#chat-welcome").remove()
        self._said = ""
        await self._add(UserOrder(order, kind))
        self.log_scroll.scroll_end(animate=False)

    async def stream(self, fragment: str) -> None:
        """Add a piece of the answer that a model is writing."""
        if self._streaming is None:
            self._streaming = await self._add_answer("")
        self._streaming.write(fragment)
        self.call_after_refresh(self._follow)

    def hold(self, seconds: float, longest: float) -> None:
        """Let a key that was just pressed be painted before more of an answer; see `Answer.hold`."""
        if self._streaming is not None:
            self._streaming.hold(seconds, longest)

    async def add_message(self, text: str, *, by_model: bool) -> None:
        """Show an answer or a conclusion; one that was streamed is completed instead."""
        self._said += f"\n{text}"
        if by_model and self._streaming is not None:
            await self._streaming.finish(text)
            self._streaming = None
        else:
            await self.end_stream()
            await self._add_answer(text)

    async def end_stream(self) -> None:
        """Close an answer that stopped in the middle."""
        if self._streaming is not None:
            await self._streaming.finish("")
            self._streaming = None

    async def add_error(self, message: str, hint: str) -> None:
        """Show an error with its remedy."""
        self._said += f"\n{message}"
        await self._add(ErrorCard(self._texts, message, hint))

    async def add_note(self, mark: str, style: str, text: str) -> None:
        """Show one line on what happened."""
        await self._add(Note(mark, style, text))

    async def add_turn_end(self, event: TurnFinished) -> None:
        """Show how the turn ended."""
        await self.end_stream()
        await self._add(TurnEnd(self._texts, event, says_why=event.reason not in self._said))

    async def clear(self) -> None:
        """Forget every entry."""
        self._streaming = None
        await self.log_scroll.remove_children()

    async def _add_answer(self, text: str) -> Answer:
        # Markdown is imported with the first answer: it takes a third of the time to first paint.
        from fazai_tui.widgets.answer import Answer

        answer = Answer(text)
        await self._add(answer)
        return answer

    async def _add(self, entry: Widget) -> None:
        await self.log_scroll.mount(entry)
        children = self.log_scroll.children
        if len(children) > MAX_ENTRIES:
            await self.log_scroll.remove_children(list(children)[: len(children) - MAX_ENTRIES])
        self.call_after_refresh(self._follow)

    def _follow(self) -> None:
        """Keep the newest entry in sight from the moment there is more than fits, until the user scrolls away."""
        log = self.log_scroll
        if log.max_scroll_y > 0 and not log.is_anchored:
            log.anchor()

    def _welcome(self) -> Content:
        lines = [Content.styled(self._texts.get("screen.chat.welcome"), "$foreground bold")]
        lines += [Content(""), Content(self._texts.get("screen.chat.examples_title"))]
        for name in ("first", "second", "third"):
            lines.append(
                Content.assemble(("  › ", "$primary"), (self._texts.get(f"screen.chat.example.{name}"), "$foreground"))
            )
        lines += [Content(""), Content(self._texts.get("screen.chat.keys"))]
        return Content("\n").join(lines)

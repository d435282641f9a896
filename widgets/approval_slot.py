"""Where approval cards appear: one at a time, in the order they were asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.message import Message

from fazai_tui.config.texts import Texts

if TYPE_CHECKING:
    from fazai_tui.core.events import ApprovalCard
    from fazai_tui.core.policy import ApprovalReply, Assessment
    from fazai_tui.widgets.approval import InlineApproval


class ApprovalSlot(Vertical):
    """Shows the oldest open approval; the others wait behind it."""

    DEFAULT_CSS: ClassVar[str] = """
    ApprovalSlot { height: auto; width: 1fr; display: none; }
    ApprovalSlot.-open { display: block; }
    """

    class Answered(Message):
        """The human decided."""

        def __init__(self, approval_id: str, reply: ApprovalReply) -> None:
            super().__init__()
            self.approval_id = approval_id
            self.reply = reply

    class Edited(Message):
        """The human changed the command; `regrade` is to be called with it and its new grade."""

        def __init__(self, command: str, cwd: str) -> None:
            super().__init__()
            self.command = command
            self.cwd = cwd

    class ExplanationWanted(Message):
        """The human asks what a command does; `explained` is to be called with the answer."""

        def __init__(self, command: str, cwd: str) -> None:
            super().__init__()
            self.command = command
            self.cwd = cwd

    class Opened(Message):
        """A card is shown."""

    class Emptied(Message):
        """No card is shown any more."""

    def __init__(
        self, texts: Texts, keys: Mapping[str, str], *, clock: Callable[[], float], id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._texts = texts
        self._keys = keys
        self._clock = clock
        self._waiting: deque[ApprovalCard] = deque()
        self._current: InlineApproval | None = None

    @property
    def current(self) -> InlineApproval | None:
        """The card that is shown."""
        return self._current

    async def ask(self, card: ApprovalCard) -> None:
        """Show a card, or let it wait its turn."""
        if self._current is not None:
            self._waiting.append(card)
            return
        # A card is made of pydantic models, which take longer to import than the screen takes to paint.
        from fazai_tui.widgets.approval import InlineApproval

        self._current = InlineApproval(card, self._texts, self._keys, clock=self._clock)
        self.add_class("-open")
        self.post_message(self.Opened())
        await self.mount(self._current)

    def regrade(self, command: str, assessment: Assessment) -> None:
        """Show the grade of a command that is being edited."""
        if self._current is not None:
            self._current.regrade(command, assessment)

    def explained(self, command: str, lines: Sequence[str]) -> None:
        """Show what a command does."""
        if self._current is not None:
            self._current.body.explained(command, lines)

    def resolved(self, command: str, touches: Sequence[str], undo: Sequence[str], guard: Sequence[str] = ()) -> None:
        """Show what an edited command does to which files, what could be taken back, and what is guarded."""
        if self._current is not None:
            self._current.body.resolved(command, touches, undo, guard)

    def on_inline_approval_explanation_wanted(self, event: InlineApproval.ExplanationWanted) -> None:
        """Pass a question on."""
        event.stop()
        if self._current is not None:
            self.post_message(self.ExplanationWanted(event.command, self._current.card.cwd))

    def on_inline_approval_answered(self, event: InlineApproval.Answered) -> None:
        """Pass a decision on."""
        event.stop()
        self.post_message(self.Answered(event.approval_id, event.reply))

    def on_inline_approval_edited(self, event: InlineApproval.Edited) -> None:
        """Pass an edit on."""
        event.stop()
        if self._current is not None:
            self.post_message(self.Edited(event.command, self._current.card.cwd))

    async def settle(self, approval_id: str) -> None:
        """Take a card away; the next one that waits follows."""
        self._waiting = deque(card for card in self._waiting if card.approval_id != approval_id)
        current = self._current
        if current is not None and current.card.approval_id == approval_id:
            self._current = None
            await current.remove()
            if self._waiting:
                await self.ask(self._waiting.popleft())
            else:
                self.remove_class("-open")
                self.post_message(self.Emptied())

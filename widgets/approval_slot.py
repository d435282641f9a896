"""Where approval cards appear: one at a time, in the order they were asked."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import ClassVar

from textual.containers import Vertical
from textual.message import Message

from fazai_tui.config.texts import Texts
from fazai_tui.core.events import ApprovalCard
from fazai_tui.widgets.approval import InlineApproval


class ApprovalSlot(Vertical):
    """Shows the oldest open approval; the others wait behind it."""

    DEFAULT_CSS: ClassVar[str] = """
    ApprovalSlot { height: auto; width: 1fr; display: none; }
    ApprovalSlot.-open { display: block; }
    """

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

    @property
    def current(self) -> InlineApproval | None:
        """The card that is shown."""
        return next(iter(self.query(InlineApproval)), None)

    async def ask(self, card: ApprovalCard) -> None:
        """Show a card, or let it wait its turn."""
        if self.current is not None:
            self._waiting.append(card)
            return
        self.add_class("-open")
        self.post_message(self.Opened())
        await self.mount(InlineApproval(card, self._texts, self._keys, clock=self._clock))

    async def settle(self, approval_id: str) -> None:
        """Take a card away; the next one that waits follows."""
        self._waiting = deque(card for card in self._waiting if card.approval_id != approval_id)
        current = self.current
        if current is not None and current.card.approval_id == approval_id:
            await current.remove()
            if self._waiting:
                await self.ask(self._waiting.popleft())
            else:
                self.remove_class("-open")
                self.post_message(self.Emptied())

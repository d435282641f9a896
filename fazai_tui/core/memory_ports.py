"""What the session needs of long-term memory, and what front ends ask of the session about it: Protocols."""

from collections.abc import Sequence
from typing import Protocol

from fazai_tui.core.language import Language
from fazai_tui.core.memory import MemoryDraft, MemoryEntry, MemoryKind, Recalled


class Memory(Protocol):
    """Remembers from one session to the next. Called in a thread; every method may raise a FazaiError."""

    @property
    def embedding(self) -> str:
        """What finds entries by meaning: `ready`, or why it does not."""
        ...

    def recall(self, text: str, *, host: str, kinds: Sequence[MemoryKind], limit: int) -> tuple[Recalled, ...]:
        """Return what resembles a text and holds on a host, best first."""
        ...

    def cures(self, output: str, *, host: str, limit: int) -> tuple[Recalled, ...]:
        """Return what mended an error like the one in an output, best first."""
        ...

    def search(self, text: str, *, limit: int) -> tuple[Recalled, ...]:
        """Return what resembles a text on whatever host, best first."""
        ...

    def remember(self, draft: MemoryDraft) -> MemoryEntry | None:
        """Store what is worth it, secrets masked; None when nothing of use remains."""
        ...

    def settle(self, ids: Sequence[str], *, has_helped: bool) -> None:
        """Note whether what entries proposed was of use."""
        ...

    def edit(self, entry_id: str, text: str) -> MemoryEntry:
        """Give an entry another text."""
        ...

    def pin(self, entry_id: str, *, is_pinned: bool) -> MemoryEntry:
        """Keep an entry from fading, or let it fade again."""
        ...

    def forget(self, ids: Sequence[str]) -> None:
        """Delete entries."""
        ...

    def entry(self, name: str) -> MemoryEntry:
        """Return an entry by its id, or by the beginning of it."""
        ...

    def entries(self) -> tuple[MemoryEntry, ...]:
        """Return the entries there are, the newest first."""
        ...

    def warm_up(self) -> None:
        """Open the store, and start what embeds without waiting for it."""
        ...

    def close(self) -> None:
        """Let the memory go."""
        ...


class MemoryDesk(Protocol):
    """What front ends ask of a session's memory. Every method may raise a FazaiError."""

    async def remember(self, text: str, language: Language) -> None:
        """Remember what the user states."""
        ...

    async def find(self, text: str) -> tuple[Recalled, ...]:
        """Return what is remembered and resembles a text; without a text, the newest entries."""
        ...

    async def forget(self, name: str) -> None:
        """Forget an entry by its id, or by the beginning of it."""
        ...

    async def edit(self, entry_id: str, text: str) -> None:
        """Give an entry another text."""
        ...

    async def pin(self, entry_id: str, *, is_pinned: bool) -> None:
        """Keep an entry from fading, or let it fade again."""
        ...

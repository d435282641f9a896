"""How entries lie in the store."""

import hashlib
import re
import time
import uuid

from fazai_tui.core.memory import MemoryDraft, MemoryEntry
from fazai_tui.memory.longterm.collection import Payload, StoredPoint
from fazai_tui.memory.longterm.sparse import WordsMaker

_VARIABLE = re.compile(r"0x[0-9a-f]+|\d+")
_SPACES = re.compile(r"\s+")
_MARKS = " .,;:!?"


def now_in_seconds() -> float:
    """Return this moment as it is stored: seconds since the epoch, to the millisecond."""
    return round(time.time(), 3)


def said(text: str) -> str:
    """Return a text without what is said differently each time and means the same: case, spaces, marks at its ends."""
    return _SPACES.sub(" ", text.lower()).strip(_MARKS)


def signature(output: str) -> str:
    """Return the last lines of what a failed command printed, numbers left out: the same for the same error."""
    lines = [line.strip() for line in output.strip().splitlines() if line.strip()][-3:]
    return _VARIABLE.sub("#", "\n".join(lines))[-600:]


def key_of(draft: MemoryDraft) -> str:
    """Return what two entries have in common that say the same: the newer one takes the older one's place."""
    whole = "\0".join((draft.kind, draft.host, said(draft.text)))
    return hashlib.sha256(whole.encode()).hexdigest()[:32]


def new_entry(draft: MemoryDraft, now: float | None = None) -> MemoryEntry:
    """Return a draft as an entry of its own."""
    moment = now_in_seconds() if now is None else now
    return MemoryEntry(**draft.model_dump(), id=str(uuid.uuid4()), created_at=moment, used_at=moment)


def payload_of(entry: MemoryEntry, embedding: str = "") -> Payload:
    """Return an entry as it is stored.

    Args:
        entry: The entry.
        embedding: The model that embedded it; empty for none.
    """
    return {**entry.model_dump(mode="json"), "key": key_of(entry), "embedding": embedding}


def entry_of(payload: Payload) -> MemoryEntry:
    """Return what a payload holds.

    Raises:
        ValueError: It is no entry.
    """
    return MemoryEntry.model_validate(payload)


class PointMaker:
    """Makes what is stored of an entry."""

    def __init__(self) -> None:
        self.words = WordsMaker()

    def point(self, entry: MemoryEntry, embedding: str = "", meaning: list[float] | None = None) -> StoredPoint:
        """Return an entry with its vectors."""
        said_by_all = "\n".join((entry.text, *entry.commands))
        payload = payload_of(entry, embedding if meaning is not None else "")
        return StoredPoint(entry.id, payload, self.words.of_entry(said_by_all), meaning)

    def remake(self, entry_id: str, payload: Payload) -> StoredPoint:
        """Return a payload with words made anew and no dense vector; whatever else it holds stays."""
        commands = payload.get("commands") or ()
        text = "\n".join((str(payload.get("text", "")), *map(str, commands)))
        return StoredPoint(entry_id, {**payload, "embedding": ""}, self.words.of_entry(text))

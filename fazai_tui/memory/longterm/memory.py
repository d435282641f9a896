"""Long-term memory: remembers, recalls, forgets."""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError, FazaiError
from fazai_tui.core.memory import TEXT_LIMIT, MemoryDraft, MemoryEntry, MemoryKind, Recalled
from fazai_tui.core.redaction import REDACTED, redact
from fazai_tui.memory.longterm.collection import Collection, CollectionName, Where
from fazai_tui.memory.longterm.embedder import Embedder, EmbedderState
from fazai_tui.memory.longterm.payload import PointMaker, entry_of, key_of, new_entry, now_in_seconds, signature
from fazai_tui.memory.longterm.personality import Personality
from fazai_tui.memory.longterm.recall import Query, Recaller
from fazai_tui.memory.longterm.resemblance import Resemblance
from fazai_tui.memory.longterm.store import MemoryStore

_NAME: CollectionName = "fazai_memory"
_SAME_TEXT = 0.97
"""Two statements so alike in meaning, with the same values, are one: the newer."""

_BATCH = 256
_SHORTEST_ID = 4
_LOADING_SECONDS = 120.0


class LongTermMemory:
    """What is known from one session to the next. Its methods may be called in any thread, and block.

    Args:
        store: Where entries lie.
        embedder: Embeds texts, where something does.
        maker: Makes what is stored.
        texts: For errors.
    """

    def __init__(
        self,
        store: MemoryStore,
        embedder: Embedder,
        maker: PointMaker,
        texts: Texts,
        resemblance: Resemblance | None = None,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._maker = maker
        self._texts = texts
        self._resemblance = resemblance or Resemblance()
        self._recaller = Recaller(maker.words, self._resemblance)
        self._filling = threading.Lock()
        self.personality = Personality(store, maker.words)
        """The personas."""

    @property
    def embedding(self) -> EmbedderState:
        """How what embeds is; anything but `ready` means that words alone find entries."""
        return self._embedder.state

    def recall(
        self, text: str, *, host: str, kinds: Sequence[MemoryKind], limit: int, wait: float = 0.0
    ) -> tuple[Recalled, ...]:
        """Return what resembles a text and holds on a host, best first.

        Args:
            text: An order, a question, the output of a failed command.
            host: Entries of other hosts are left out.
            kinds: What is looked for.
            limit: How many at most.
            wait: Seconds to wait for what embeds.

        Raises:
            FazaiError: The store cannot be used.
        """
        meaning = self._embedder.embed([text[:TEXT_LIMIT]], wait=wait)
        where = Where({"kind": tuple(kinds), "host": (host, "")})
        query = Query(text, where, limit, meaning[0] if meaning else None)
        with self._store.use(_NAME) as collection:
            return self._recaller.recall(collection, query)

    def cures(self, output: str, *, host: str, limit: int) -> tuple[Recalled, ...]:
        """Return what mended an error like the one in an output, best first.

        Raises:
            FazaiError: The store cannot be used.
        """
        return self.recall(signature(redact(output)), host=host, kinds=("cure",), limit=limit)

    def search(self, text: str, *, limit: int, wait: float = 0.0) -> tuple[Recalled, ...]:
        """Return what resembles a text on whatever host, best first.

        Raises:
            FazaiError: The store cannot be used.
        """
        meaning = self._embedder.embed([text[:TEXT_LIMIT]], wait=wait)
        with self._store.use(_NAME) as collection:
            return self._recaller.recall(collection, Query(text, Where(), limit, meaning[0] if meaning else None))

    def remember(self, draft: MemoryDraft) -> MemoryEntry | None:
        """Store what is worth it, secrets masked; what says the same as an older entry takes its place.

        Returns:
            The entry; None when masking leaves nothing of use: a command without its password does not run.

        Raises:
            FazaiError: The store cannot be used.
        """
        draft = _masked(draft)
        if any(REDACTED in command for command in draft.commands) or not draft.text.strip(f"{REDACTED} "):
            return None
        meaning = self._embedder.embed([draft.text])
        vector = meaning[0] if meaning else None
        with self._store.use(_NAME) as collection:
            older = self._older(collection, draft, vector)
            entry = new_entry(draft)
            if older is not None:
                kept = {"id": older.id, "created_at": older.created_at, "uses": older.uses, "pinned": older.pinned}
                entry = entry.model_copy(update=kept)
            collection.put([self._maker.point(entry, self._embedder.name, vector)])
            return entry

    def settle(self, ids: Sequence[str], *, has_helped: bool) -> None:
        """Note whether what entries proposed was of use.

        Raises:
            FazaiError: The store cannot be used.
        """
        for entry in self._named(ids):
            if has_helped:
                update = {"uses": entry.uses + 1, "failures": 0, "used_at": now_in_seconds()}
            else:
                update = {"failures": entry.failures + 1}
            self._replace(entry.model_copy(update=update))

    def edit(self, entry_id: str, text: str) -> MemoryEntry:
        """Give an entry another text.

        Raises:
            FazaiError: There is no such entry, the text is empty, or the store cannot be used.
        """
        if not text.strip():
            raise self._bad_input("empty")
        draft = _masked(MemoryDraft(text=text.strip()[:TEXT_LIMIT]))
        return self._replace(self.entry(entry_id).model_copy(update={"text": draft.text, "used_at": now_in_seconds()}))

    def pin(self, entry_id: str, *, is_pinned: bool) -> MemoryEntry:
        """Keep an entry from fading, or let it fade again.

        Raises:
            FazaiError: There is no such entry, or the store cannot be used.
        """
        return self._replace(self.entry(entry_id).model_copy(update={"pinned": is_pinned}))

    def forget(self, ids: Sequence[str]) -> None:
        """Delete entries.

        Raises:
            FazaiError: The store cannot be used.
        """
        with self._store.use(_NAME) as collection:
            collection.drop(ids)

    def entry(self, name: str) -> MemoryEntry:
        """Return an entry by its id, or by the beginning of it.

        Raises:
            FazaiError: None is called so, several are, or the store cannot be used.
        """
        found = [entry for entry in self.entries() if entry.id.startswith(name)] if len(name) >= _SHORTEST_ID else []
        if len(found) != 1:
            raise self._bad_input("several" if found else "unknown", name=name)
        return found[0]

    def entries(self, kinds: Sequence[MemoryKind] = ()) -> tuple[MemoryEntry, ...]:
        """Return the entries there are, the newest first, pinned ones before all.

        Raises:
            FazaiError: The store cannot be used.
        """
        where = Where({"kind": tuple(kinds)} if kinds else {})
        with self._store.use(_NAME) as collection:
            found = [entry_of(payload) for _, payload in collection.scan(where)]
        return tuple(sorted(found, key=lambda entry: (not entry.pinned, -entry.used_at)))

    def export(self) -> Iterator[str]:
        """Yield each entry as one line of JSON.

        Raises:
            FazaiError: The store cannot be used.
        """
        yield from (entry.model_dump_json() for entry in self.entries())

    def take_in(self, lines: Sequence[str]) -> int:
        """Store what `export` wrote; an entry that is there already is replaced. Return how many were stored.

        Raises:
            FazaiError: A line is no entry, or the store cannot be used; nothing was stored then.
        """
        entries: dict[str, MemoryEntry] = {}
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                entry = MemoryEntry.model_validate_json(line)
            except ValueError as error:
                raise self._bad_input("broken_line", number=number) from error
            masked = _masked(entry)
            if not any(REDACTED in command for command in masked.commands):
                entries[key_of(masked)] = entry.model_copy(update={"text": masked.text, "commands": masked.commands})
        with self._store.use(_NAME) as collection:
            there = {payload["key"]: entry_id for entry_id, payload in collection.scan(Where())}
            points = [
                self._maker.point(entry.model_copy(update={"id": there.get(key, entry.id)}))
                for key, entry in entries.items()
            ]
            collection.put(points)
        return len(entries)

    def snapshot(self, file: Path) -> None:
        """Write the whole store into one file.

        Raises:
            FazaiError: It cannot be written.
        """
        self._store.snapshot(file)

    def fill_in(self, *, wait: float) -> int:
        """Embed what was stored while nothing embedded; return how many entries that were.

        Args:
            wait: Seconds to wait for the model to be loaded.

        Raises:
            FazaiError: The store cannot be used.
        """
        if self._embedder.embed([], wait=wait) is None or not self._filling.acquire(blocking=False):
            return 0
        try:
            with self._store.use(_NAME) as collection:
                bare = [
                    entry_of(payload)
                    for _, payload in collection.scan(Where())
                    if payload.get("embedding") != self._embedder.name
                ]
            filled = 0
            for start in range(0, len(bare), _BATCH):
                filled += self._fill(bare[start : start + _BATCH])
            return filled
        finally:
            self._filling.release()

    def warm_up(self) -> None:
        """Open the store, and start what embeds without waiting for it.

        Raises:
            FazaiError: The store cannot be used.
        """
        self._recaller.warm_up()
        with self._store.use(_NAME):
            pass
        threading.Thread(target=self._fill_quietly, name="memory-fill", daemon=True).start()

    def close(self) -> None:
        """End what embeds and let the store go."""
        self._embedder.close()
        self._store.close()

    def _fill_quietly(self) -> None:
        with contextlib.suppress(FazaiError):
            # Whoever recalls next is told why the store cannot be used.
            self.fill_in(wait=_LOADING_SECONDS)

    def _fill(self, entries: Sequence[MemoryEntry]) -> int:
        vectors = self._embedder.embed([entry.text for entry in entries])
        if vectors is None:
            return 0
        with self._store.use(_NAME) as collection:
            # What was edited or forgotten meanwhile is left alone.
            now = {payload["id"]: entry_of(payload) for payload in collection.get([entry.id for entry in entries])}
            points = [
                self._maker.point(entry, self._embedder.name, vector)
                for entry, vector in zip(entries, vectors, strict=True)
                if now.get(entry.id) == entry
            ]
            collection.put(points)
        return len(points)

    def _older(self, collection: Collection, draft: MemoryDraft, meaning: Sequence[float] | None) -> MemoryEntry | None:
        """Return the entry that says the same already."""
        for _, payload in collection.scan(Where({"key": (key_of(draft),)})):
            return entry_of(payload)
        if meaning is None or draft.kind not in ("fact", "preference"):
            return None
        for hit in collection.by_meaning(meaning, Where({"kind": (draft.kind,), "host": (draft.host,)}), 1):
            other = entry_of(hit.payload)
            if hit.score >= _SAME_TEXT and self._resemblance.same_values(draft.text, other.text):
                return other
        return None

    def _named(self, ids: Sequence[str]) -> list[MemoryEntry]:
        with self._store.use(_NAME) as collection:
            return [entry_of(payload) for payload in collection.get(ids)]

    def _replace(self, entry: MemoryEntry) -> MemoryEntry:
        meaning = self._embedder.embed([entry.text])
        with self._store.use(_NAME) as collection:
            collection.put([self._maker.point(entry, self._embedder.name, meaning[0] if meaning else None)])
        return entry

    def _bad_input(self, problem: str, /, **facts: object) -> BadInputError:
        return BadInputError(
            self._texts.get("memory.title"),
            self._texts.get(f"memory.{problem}.message", **facts),
            self._texts.get(f"memory.{problem}.hint", **facts),
        )


def _masked(draft: MemoryDraft) -> MemoryDraft:
    text = signature(redact(draft.text)) if draft.kind == "cure" else redact(draft.text).strip()
    commands = tuple(redact(command) for command in draft.commands)
    return draft.model_copy(update={"text": text or REDACTED, "commands": commands})

"""The session's long-term memory: recalled for each planning, filled from what turns came to."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError, FazaiError
from fazai_tui.core.events import Event, MemoryTouched, MessageProduced
from fazai_tui.core.generation import Observation
from fazai_tui.core.language import Language
from fazai_tui.core.memory import TEXT_LIMIT, MemoryAction, MemoryDraft, MemoryEntry, MemoryKind, Recalled
from fazai_tui.core.memory_ports import Memory
from fazai_tui.core.plan import Step
from fazai_tui.core.ports import HostProbe
from fazai_tui.memory.longterm.examples import entry_ids

_PLANS = 3
_STATEMENTS = 6
_FOUND = 20
_SHORT_ID = 8

_T = TypeVar("_T")

_PREFERENCES = (
    "prefiro",
    "prefer",
    "i prefer",
    "sempre",
    "always",
    "nunca",
    "never",
    "gosto",
    "i like",
    "use ",
    "usar ",
)
"""How statements of a preference begin."""


class Remembering:
    """What is between turns and memory. A memory that cannot be used is told of once, and turns go on without it.

    Args:
        memory: Remembers; None where memory is off or nothing may be stored.
        host: Names the machine.
        texts: What is said of it.
        emit: Tells what was done on the user's behalf.
        on_problem: Told of a memory that cannot be used.
    """

    def __init__(
        self,
        memory: Memory | None,
        host: HostProbe,
        texts: Texts,
        emit: Callable[[Event], None],
        on_problem: Callable[[FazaiError], None],
    ) -> None:
        self._memory = memory
        self._host = host
        self._texts = texts
        self._emit = emit
        self._on_problem = on_problem
        self._problem = ""

    async def warm_up(self) -> None:
        """Make ready what would cost the first recall time."""
        if self._memory is not None:
            await asyncio.to_thread(self._guarded, self._memory.warm_up, None)

    async def recall(self, order: str, observation: Observation | None) -> tuple[Recalled, ...]:
        """Return what is worth recalling for an order, or for mending what failed."""
        return await asyncio.to_thread(self._guarded, lambda: self._recall(order, observation), ())

    def recalled(self, found: tuple[Recalled, ...]) -> MemoryTouched:
        """Return what to tell of what was recalled."""
        state = "off" if self._memory is None else self._memory.embedding
        return MemoryTouched(action="recalled", recalled=found, detail=self._texts.get(f"memory.embedding.{state}"))

    async def learn(
        self, order: str, steps: Sequence[Step], language: Language, *, is_corrected: bool
    ) -> tuple[Event, ...]:
        """Remember that commands fulfilled an order; return what to tell of it."""
        commands = tuple(step.command for step in steps)
        draft = MemoryDraft(
            kind="plan",
            text=order[:TEXT_LIMIT],
            commands=commands,
            language=language,
            host=self._host_name(),
            source="correction" if is_corrected else "turn",
        )
        entry = await self._store(draft)
        if entry is None:
            return ()
        told: list[Event] = [_touched("remembered", entry)]
        if is_corrected:
            text = self._texts.get("memory.turn.corrected", order=entry.text, id=entry.id[:_SHORT_ID])
            told.append(MessageProduced(text=text))
        return tuple(told)

    async def learn_cure(self, output: str, steps: Sequence[Step], language: Language) -> None:
        """Remember that commands mended an error."""
        commands = tuple(step.command for step in steps)
        if output.strip() and commands:
            text = output.strip()[-TEXT_LIMIT:]
            await self._store(
                MemoryDraft(
                    kind="cure", text=text, commands=commands, language=language, host=self._host_name(), source="turn"
                )
            )

    async def settle(self, steps: Sequence[Step], *, has_helped: bool) -> None:
        """Note whether the steps that came from memory were of use."""
        ids = entry_ids([step.provenance for step in steps])
        memory = self._memory
        if ids and memory is not None:
            await asyncio.to_thread(self._guarded, lambda: memory.settle(ids, has_helped=has_helped), None)

    async def remember(self, text: str, language: Language) -> None:
        """Remember what the user states.

        Raises:
            FazaiError: Memory is off or cannot be used, or the text is empty or nothing but a secret.
        """
        memory = self._required()
        said = text.strip()
        if not said:
            raise self._error("empty")
        kind: MemoryKind = "preference" if said.lower().startswith(_PREFERENCES) else "fact"
        draft = MemoryDraft(kind=kind, text=said[:TEXT_LIMIT], language=language)
        entry = await asyncio.to_thread(memory.remember, draft)
        if entry is None:
            raise self._error("secret")
        self._emit(_touched("remembered", entry))

    async def find(self, text: str) -> tuple[Recalled, ...]:
        """Return what is remembered and resembles a text; without a text, the newest entries.

        Raises:
            FazaiError: Memory is off or cannot be used.
        """
        memory = self._required()
        if text.strip():
            return await asyncio.to_thread(memory.search, text, limit=_FOUND)
        entries = await asyncio.to_thread(memory.entries)
        return tuple(Recalled(entry=entry, score=1.0, match="same") for entry in entries[:_FOUND])

    async def forget(self, name: str) -> None:
        """Forget an entry by its id, or by the beginning of it.

        Raises:
            FazaiError: Memory is off or cannot be used, or nothing is called so.
        """
        memory = self._required()
        entry = await asyncio.to_thread(memory.entry, name)
        await asyncio.to_thread(memory.forget, [entry.id])
        self._emit(_touched("forgotten", entry))

    async def edit(self, entry_id: str, text: str) -> None:
        """Give an entry another text.

        Raises:
            FazaiError: Memory is off or cannot be used, or the text is empty.
        """
        entry = await asyncio.to_thread(self._required().edit, entry_id, text)
        self._emit(_touched("edited", entry))

    async def pin(self, entry_id: str, *, is_pinned: bool) -> None:
        """Keep an entry from fading, or let it fade again.

        Raises:
            FazaiError: Memory is off or cannot be used.
        """
        memory = self._required()
        entry = await asyncio.to_thread(lambda: memory.pin(entry_id, is_pinned=is_pinned))
        self._emit(_touched("pinned" if is_pinned else "unpinned", entry))

    async def close(self) -> None:
        """Let the memory go."""
        if self._memory is not None:
            await asyncio.to_thread(self._memory.close)

    def _recall(self, order: str, observation: Observation | None) -> tuple[Recalled, ...]:
        memory = self._memory
        if memory is None:
            return ()
        host = self._host_name()
        if observation is not None and not observation.reason:
            return memory.cures(observation.output, host=host, limit=_PLANS)
        found = memory.recall(order, host=host, kinds=("plan", "fact", "preference"), limit=_FOUND)
        plans = [item for item in found if item.entry.kind == "plan"]
        statements = [item for item in found if item.entry.kind != "plan"]
        return (*plans[:_PLANS], *statements[:_STATEMENTS])

    async def _store(self, draft: MemoryDraft) -> MemoryEntry | None:
        memory = self._memory
        if memory is None or not draft.commands:
            return None
        return await asyncio.to_thread(self._guarded, lambda: memory.remember(draft), None)

    def _guarded(self, action: Callable[[], _T], otherwise: _T) -> _T:
        try:
            result = action()
        except FazaiError as error:
            if str(error) != self._problem:
                self._problem = str(error)
                self._on_problem(error)
            return otherwise
        self._problem = ""
        return result

    def _host_name(self) -> str:
        return self._host.facts().hostname

    def _required(self) -> Memory:
        if self._memory is None:
            raise self._error("off")
        return self._memory

    def _error(self, name: str) -> ConfigurationError:
        return ConfigurationError(
            self._texts.get("memory.title"),
            self._texts.get(f"memory.{name}.message"),
            self._texts.get(f"memory.{name}.hint"),
        )


def _touched(action: MemoryAction, entry: MemoryEntry) -> MemoryTouched:
    return MemoryTouched(action=action, recalled=(Recalled(entry=entry, score=1.0, match="same"),))

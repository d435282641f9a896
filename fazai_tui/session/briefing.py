"""Collecting what a prompt may draw on."""

import asyncio
from collections.abc import Sequence

from fazai_tui.core.cookbook import SURE, Language, Retrieved
from fazai_tui.core.generation import Observation, PlanningContext, TurnRecord
from fazai_tui.core.host import HostFacts
from fazai_tui.core.ports import HostProbe, Retriever
from fazai_tui.core.surroundings import Surroundings
from fazai_tui.memory.longterm.examples import with_remembered
from fazai_tui.memory.tongue import language_of
from fazai_tui.session.kernel import ContextKernel
from fazai_tui.session.remembering import Remembering

_LIMIT = 6
"""Entries a profile may choose from; it shows as many as its budget allows."""

_TRANSCRIPT = 200
"""Orders of the session that a prompt may draw on; it tells of as many as its budget allows."""


class Briefing:
    """Gathers host facts, retrieved entries and the transcript for each planning."""

    def __init__(
        self,
        retriever: Retriever,
        host: HostProbe,
        remembering: Remembering,
        kernel: ContextKernel | None = None,
    ) -> None:
        self._retriever = retriever
        self._host = host
        self._remembering = remembering
        self._transcript: list[TurnRecord] = []
        self.kernel = kernel
        """Who leads, and what else a prompt may tell; None where nobody asks."""

    async def host(self) -> HostFacts:
        """Return the host facts without blocking the loop."""
        return await asyncio.to_thread(self._host.facts)

    async def warm_up(self) -> None:
        """Gather the facts and build the search index before the first order needs them."""
        await self.host()
        await asyncio.to_thread(self._retriever.warm_up)
        await self._remembering.warm_up()

    async def context(
        self,
        order: str,
        language: Language,
        cwd: str,
        *,
        observations: Sequence[Observation] = (),
        stdin: str = "",
        persona: str = "",
    ) -> PlanningContext:
        """Return the context for planning an order, or for mending it after the observations.

        Args:
            order: The order.
            language: The user's.
            cwd: Where it was given.
            observations: What was tried in this turn, oldest first.
            stdin: What was piped in.
            persona: Who is to lead, for an order that is only looked at; empty for whoever leads the turn.
        """
        last = observations[-1] if observations else None
        retrieved, remembered = await asyncio.gather(
            asyncio.to_thread(self._retrieve, order, language, observations), self._remembering.recall(order, last)
        )
        about = order if last is None or last.reason else last.output
        return PlanningContext(
            order=order,
            language=_spoken(order, retrieved, language),
            host=await self.host(),
            cwd=cwd,
            retrieved=with_remembered(retrieved, remembered, about),
            remembered=remembered,
            transcript=tuple(self._transcript[-_TRANSCRIPT:]),
            observations=tuple(observations),
            surroundings=await self._surroundings(order, cwd, observations, persona),
            stdin=stdin,
            strangeness=await asyncio.to_thread(self._retriever.strangeness, order),
        )

    async def _surroundings(
        self, order: str, cwd: str, observations: Sequence[Observation], persona: str
    ) -> Surroundings:
        if self.kernel is None:
            return Surroundings()
        return await self.kernel.surroundings(order, cwd, observations, chosen=persona)

    def remember(self, order: str, outcome: str) -> None:
        """Add a finished turn to the transcript."""
        self._transcript.append(TurnRecord(order=order, outcome=outcome))

    def restore(self, transcript: Sequence[TurnRecord]) -> None:
        """Go on from the orders of a resumed session."""
        self._transcript[:] = transcript

    def _retrieve(self, order: str, language: Language, observations: Sequence[Observation]) -> tuple[Retrieved, ...]:
        last = observations[-1] if observations else None
        if last is not None and not last.reason:
            return self._retriever.search_repairs(last.output, limit=_LIMIT, language=language)
        wanted = f"{order} {last.reason}" if last is not None else order
        found = self._retriever.search(wanted, limit=_LIMIT)
        if told := _told(found):
            language = told[0].language
        return self._retriever.search(wanted, limit=_LIMIT, language=language)


def _spoken(order: str, retrieved: Sequence[Retrieved], language: Language) -> Language:
    """Return the language the order is in: that of most entries it resembles, else the user's.

    Where the order resembles nothing well, its little words have to agree.
    """
    told = _told(retrieved)
    same = sum(item.language == language for item in told)
    if not told or same * 2 >= len(told):
        return language
    other = told[0].language
    return other if max(item.score for item in told) >= SURE or language_of(order) == other else language


def _told(retrieved: Sequence[Retrieved]) -> list[Retrieved]:
    """Return what tells the language of an order: imported documents are found in whatever language they have."""
    return [item for item in retrieved if not item.entry.source]

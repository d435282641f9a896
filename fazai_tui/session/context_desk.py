"""What front ends ask about personas and context."""

from collections.abc import Callable
from dataclasses import dataclass

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import FazaiError
from fazai_tui.core.events import ContextPart
from fazai_tui.core.ports import Engine, Planner
from fazai_tui.core.surroundings import MachineProbe, WorkspaceProbe
from fazai_tui.session.briefing import Briefing
from fazai_tui.session.kernel import ContextKernel, JobList, Personas
from fazai_tui.session.profile import SessionProfile


@dataclass(frozen=True, slots=True)
class ContextSources:
    """Where personas and surroundings come from."""

    personas: Personas
    machine: MachineProbe
    workspaces: WorkspaceProbe

    def kernel(
        self, engine: Engine, texts: Texts, jobs: JobList, on_problem: Callable[[FazaiError], None]
    ) -> ContextKernel:
        """Return a session's kernel."""
        return ContextKernel(
            engine, self.personas, self.machine, self.workspaces, texts, jobs=jobs, on_problem=on_problem
        )


@dataclass(frozen=True, slots=True)
class ContextPreview:
    """What the model would get for an order.

    Attributes:
        prompt: The whole of it, the model's own marks included.
        tokens: What it takes.
        budget: What it may take.
        is_compact: Whether the model is one that takes examples and the order alone.
        persona: Who would lead, and why.
    """

    parts: tuple[ContextPart, ...]
    prompt: str
    tokens: int
    budget: int
    is_compact: bool
    persona: str


class ContextDesk:
    """Shows what the model would get, and lets the user choose who answers."""

    def __init__(
        self,
        kernel: ContextKernel | None,
        briefing: Briefing,
        engine: Engine,
        planner: Planner,
        texts: Texts,
    ) -> None:
        self._kernel = kernel
        self._briefing = briefing
        self._engine = engine
        self._planner = planner
        self._texts = texts

    async def preview(self, order: str, profile: SessionProfile, cwd: str, stdin: str = "") -> ContextPreview:
        """Return what the model would get for an order; nothing is generated.

        Raises:
            FazaiError: The model could not be loaded.
        """
        info = await self._engine.load()
        context = await self._briefing.context(order, profile.language, cwd, stdin=stdin, persona=profile.persona)
        built = await self._planner.plan_prompt(context)
        lead = None if self._kernel is None else await self._kernel.lead(order, profile.persona, cwd)
        told = "" if lead is None else self._texts.get("persona.lead", name=lead.persona.name, reason=lead.reason)
        return ContextPreview(
            parts=built.parts,
            prompt=built.request.prompt,
            tokens=await self._engine.count_tokens(built.request.prompt),
            budget=built.budget,
            is_compact=info.profile == "compact",
            persona=told,
        )

    async def choose(self, name: str) -> str:
        """Make sure that a persona may be chosen, and return how it greets.

        Raises:
            FazaiError: There is none of that name.
        """
        return "" if self._kernel is None else await self._kernel.choose(name)

    async def persona_names(self) -> tuple[str, ...]:
        """Return the names of the personas there are."""
        return () if self._kernel is None else tuple((await self._kernel.personas()).personas)

    async def warm_up(self) -> None:
        """Read and store the personas before the first order needs them."""
        if self._kernel is not None:
            await self._kernel.personas()

"""The context kernel: who leads, and what a prompt may tell of where an order was given."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeAlias

from fazai_tui.config.persona_files import PersonaFiles
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import FazaiError
from fazai_tui.core.events import PersonaLed, TurnKind
from fazai_tui.core.generation import Observation
from fazai_tui.core.jobs import Job
from fazai_tui.core.persona import AUTO, DEFAULT, Persona, PersonaLead
from fazai_tui.core.ports import CommandResult, Engine
from fazai_tui.core.redaction import redact
from fazai_tui.core.surroundings import MachineProbe, RecentError, Surroundings, Workspace, WorkspaceProbe
from fazai_tui.session.arbitration import Situation, arbitrate
from fazai_tui.session.voices import VoicedTexts

_ERRORS: Final = 5
_RECENT_TURNS: Final = 3
"""For how many orders a failure is recent."""

_OUTPUT: Final = 400


JobList: TypeAlias = Callable[[], Sequence[Job]]
"""Lists what runs in the background; called in a thread."""


class Personas(Protocol):
    """Knows every persona. Called in a thread."""

    def load(self) -> PersonaFiles:
        """Return the personas, and one problem for each that cannot be used."""
        ...

    def named(self, name: str) -> Persona:
        """Return a persona; raises a FazaiError where there is none."""
        ...


class ContextKernel:
    """Gathers what is asked for, and no more: the shipped model is told none of it.

    Args:
        engine: Whoever is told.
        personas: Who may lead.
        machine: Looks at the machine.
        workspaces: Looks at working directories.
        texts: For reasons.
        jobs: Lists what runs in the background.
        on_problem: Told of personas that cannot be used.
    """

    def __init__(
        self,
        engine: Engine,
        personas: Personas,
        machine: MachineProbe,
        workspaces: WorkspaceProbe,
        texts: Texts,
        *,
        jobs: JobList,
        on_problem: Callable[[FazaiError], None],
    ) -> None:
        self._engine = engine
        self._personas = personas
        self._machine = machine
        self._workspaces = workspaces
        self._texts = texts
        self._jobs = jobs
        self._on_problem = on_problem
        self._known: PersonaFiles | None = None
        self._errors: deque[tuple[int, RecentError]] = deque(maxlen=_ERRORS)
        self._turn = 0
        self._lead: PersonaLead | None = None

    async def open_turn(self, order: str, kind: TurnKind, chosen: str, cwd: str) -> tuple[Texts, PersonaLed | None]:
        """Settle who leads a turn; return the words it speaks in, and what to tell of it."""
        self._turn += 1
        if kind in ("literal", "undo"):
            return self._texts, None
        before = self._lead
        self._lead = lead = await self.lead(order, chosen, cwd)
        told = PersonaLed(name=lead.persona.name, reason=lead.reason, is_auto=lead.is_auto, is_new=before != lead)
        return VoicedTexts(self._texts, lead.persona.voice), told

    async def lead(self, order: str, chosen: str, cwd: str) -> PersonaLead:
        """Return who would lead an order."""
        found = await self.personas()
        situation = Situation(order)
        if chosen == AUTO:
            workspace, share = await asyncio.gather(
                asyncio.to_thread(self._workspaces.map, cwd), asyncio.to_thread(self._machine.memory_share)
            )
            situation = Situation(order, workspace, share, bool(self._recent_errors()))
        return arbitrate(chosen, found.personas, situation, self._texts)

    async def personas(self, *, anew: bool = False) -> PersonaFiles:
        """Return the personas there are; what cannot be used is told of when it is read."""
        if self._known is None or anew:
            self._known = await asyncio.to_thread(self._personas.load)
            for problem in self._known.problems:
                # A turn that fails later has not failed for its sake.
                self._on_problem(FazaiError(problem.title, problem.message, problem.hint))
        return self._known

    async def choose(self, name: str) -> str:
        """Make sure that a persona may be chosen, and return how it greets.

        Raises:
            ConfigurationError: There is none of that name.
        """
        found = await self.personas(anew=True)
        if name == AUTO:
            return self._texts.get("persona.auto")
        persona = found.personas[name] if name in found.personas else await self._required(name)
        return self._texts.get(f"persona.greeting.{persona.voice}")

    async def _required(self, name: str) -> Persona:
        return await asyncio.to_thread(self._personas.named, name)

    def note_failure(self, command: str, result: CommandResult) -> None:
        """Remember that a command failed, for the orders that come."""
        output = redact(result.output.strip()[-_OUTPUT:])
        self._errors.append(
            (self._turn, RecentError(command=redact(command), exit_code=result.exit_code, output=output))
        )

    async def surroundings(
        self, order: str, cwd: str, observations: Sequence[Observation] = (), *, chosen: str = ""
    ) -> Surroundings:
        """Return what a model that takes instructions is told; nothing for one that does not.

        Args:
            order: The order.
            cwd: Where it was given.
            observations: What is told of this turn's failures already.
            chosen: The persona, or `auto`, for an order that is only looked at; empty for the turn's own.
        """
        info = self._engine.info
        if info is None or info.profile == "compact":
            return Surroundings()
        lead = None if chosen else self._lead
        lead = lead or await self.lead(order, chosen or DEFAULT, cwd)
        machine, workspace, jobs = await asyncio.gather(
            asyncio.to_thread(self._machine.state),
            asyncio.to_thread(self._workspaces.map, cwd),
            asyncio.to_thread(self._jobs),
        )
        seen = {observation.command for observation in observations}
        return Surroundings(
            persona=lead.persona.text,
            persona_name=f"{lead.persona.name}: {lead.reason}",
            machine=machine,
            workspace=None if _is_bare(workspace) else workspace,
            errors=tuple(error for error in self._recent_errors() if error.command not in seen),
            jobs=tuple(jobs),
        )

    def _recent_errors(self) -> list[RecentError]:
        return [error for turn, error in self._errors if self._turn - turn < _RECENT_TURNS]


def _is_bare(workspace: Workspace) -> bool:
    return not workspace.files and not workspace.branch

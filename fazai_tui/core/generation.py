"""Requests to an engine and what comes back."""

from pydantic import BaseModel, ConfigDict

from fazai_tui.core.cookbook import Language, Retrieved
from fazai_tui.core.events import ContextPart
from fazai_tui.core.host import HostFacts
from fazai_tui.core.memory import Recalled
from fazai_tui.core.surroundings import Surroundings


class EngineInfo(BaseModel):
    """A loaded model."""

    model_config = ConfigDict(frozen=True)

    name: str
    path: str
    architecture: str
    parameters: int
    size_bytes: int
    context: int
    """Tokens of the context window in use."""
    licence: str = ""
    profile: str = "full"
    """The prompt profile: `compact` for the shipped model, `full` for instruction-tuned ones."""


class GenerationRequest(BaseModel):
    """One generation.

    Attributes:
        prompt: The whole prompt, chat template applied.
        grammar: GBNF that the output must match; empty for free text.
        max_tokens: The most tokens to generate.
        temperature: 0 is greedy.
        stop: Texts that end the generation; they are not part of the output.
        messages: The (role, content) messages that the prompt was made of, for engines elsewhere.
        json_schema: The JSON Schema that the grammar was made of, for engines that know no grammars.
    """

    model_config = ConfigDict(frozen=True)

    prompt: str
    grammar: str = ""
    max_tokens: int = 512
    temperature: float = 0.0
    stop: tuple[str, ...] = ()
    messages: tuple[tuple[str, str], ...] = ()
    json_schema: str = ""


class GenerationResult(BaseModel):
    """What a generation came to."""

    model_config = ConfigDict(frozen=True)

    text: str
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    prompt_seconds: float
    generation_seconds: float
    is_complete: bool = True
    """False when `max_tokens` or the context window ended it."""
    cost: float | None = None
    """US dollars, where a service says so."""


class Observation(BaseModel):
    """A command that failed, as the planner is told of it."""

    model_config = ConfigDict(frozen=True)

    command: str
    exit_code: int | None
    output: str
    """Head and tail of what it printed; untrusted."""
    reason: str = ""
    """Why a human declined it, when that is what happened."""


class TurnRecord(BaseModel):
    """An earlier turn, for the transcript part of a prompt."""

    model_config = ConfigDict(frozen=True)

    order: str
    outcome: str


class PlanningContext(BaseModel):
    """Everything a prompt profile may draw on."""

    model_config = ConfigDict(frozen=True)

    order: str
    language: Language
    host: HostFacts
    cwd: str
    retrieved: tuple[Retrieved, ...] = ()
    strangeness: float = 0.0
    """The share of the order's words that nobody uses for what the cookbook knows, from 0 to 1."""
    transcript: tuple[TurnRecord, ...] = ()
    observations: tuple[Observation, ...] = ()
    """Earlier attempts of this turn that failed, oldest first."""
    stdin: str = ""
    """Piped input given beside the order; untrusted."""
    surroundings: Surroundings = Surroundings()
    """Who leads, and how things are where the order was given; for models that take instructions."""
    remembered: tuple[Recalled, ...] = ()
    """What was recalled from long-term memory, best first; plans that fit stand among the retrieved entries as well."""


class BuiltPrompt(BaseModel):
    """A request and the parts it was made of, for the user to see."""

    model_config = ConfigDict(frozen=True)

    request: GenerationRequest
    parts: tuple[ContextPart, ...]
    budget: int

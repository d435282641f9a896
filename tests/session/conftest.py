"""Real sessions (bash, policy, ledger, planner, retrieval) around an engine that says what a test wrote for it."""

import asyncio
import json
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.cookbook import Entry, Localized, RecipeStep
from fazai_tui.core.events import ApprovalRequested, CommandStarted, Event, MessageProduced, TurnStatus
from fazai_tui.core.generation import EngineInfo, GenerationRequest, GenerationResult
from fazai_tui.core.memory_ports import Memory
from fazai_tui.core.policy import ApprovalDecision, ApprovalPolicy, ApprovalReply
from fazai_tui.core.ports import Engine, Ledger
from fazai_tui.engine.catalogue import Catalogue
from fazai_tui.engine.llama import LlamaEngine
from fazai_tui.engine.options import EngineOptions
from fazai_tui.engine.planning import PromptPlanner
from fazai_tui.ledger.recorder import SqliteLedger
from fazai_tui.memory.retrieval import CookbookRetriever, indexes_of
from fazai_tui.memory.store import KnowledgeStore
from fazai_tui.policy.bash import BashPolicy
from fazai_tui.resources.host import LinuxHost
from fazai_tui.sandbox import PlainLauncher
from fazai_tui.sandbox.rehearsal import OverlayRehearser
from fazai_tui.session.context_desk import ContextSources
from fazai_tui.session.profile import SessionProfile
from fazai_tui.session.session import Session
from fazai_tui.shell import BashShell
from fazai_tui.undo import KeptUndo

Said: TypeAlias = str | Exception | None
"""A text that the engine writes, an error that it raises, or None for a generation that never ends."""

T = TypeVar("T", bound=Event)

RUN = ApprovalReply(decision=ApprovalDecision.RUN)

ENTRIES = (
    Entry(
        id="files.list",
        title=Localized(pt="Listar arquivos", en="List files"),
        pt=("liste os arquivos",),
        en=("list the files",),
        steps=(RecipeStep(run="ls"),),
    ),
    Entry(
        id="repairs.not_found",
        kind="repair",
        title=Localized(pt="Instalar o programa", en="Install the program"),
        pt=("comando não encontrado",),
        en=("command not found",),
        steps=(RecipeStep(run="apt-get install -y jq"),),
    ),
)


class ScriptedEngine:
    """Says what it was given, in order, and remembers its prompts."""

    def __init__(self, script: Sequence[Said]) -> None:
        self._script = list(script)
        self.prompts: list[str] = []
        self.has_begun = asyncio.Event()
        self.is_closed = False

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            name="script", path="", architecture="none", parameters=0, size_bytes=0, context=8192, profile="full"
        )

    async def load(self) -> EngineInfo:
        return self.info

    async def generate(self, request: GenerationRequest, on_text: Callable[[str], None]) -> GenerationResult:
        assert self._script, f"the script is over; asked: {request.prompt}"
        said = self._script.pop(0)
        self.prompts.append(request.prompt)
        self.has_begun.set()
        if said is None:
            on_text("{")
            await asyncio.Event().wait()
        if isinstance(said, Exception):
            raise said
        text = str(said)
        on_text(text)
        return GenerationResult(
            text=text,
            input_tokens=10,
            cached_input_tokens=4,
            output_tokens=5,
            prompt_seconds=0.1,
            generation_seconds=0.5,
        )

    async def count_tokens(self, text: str) -> int:
        return len(text) // 4 + 1

    async def apply_chat_template(self, messages: Sequence[tuple[str, str]]) -> str:
        return "\n".join(f"{role}: {content}" for role, content in messages)

    async def close(self) -> None:
        self.is_closed = True


def step(command: str, **fields: str) -> dict[str, str]:
    """Return a step as a model writes it."""
    blank = {"title": f"run {command}"[:60], "explain": "", "risk": "low", "rollback": "", "check": ""}
    return {**blank, "command": command, **fields}


def plan(*steps: str | dict[str, str], goal: str = "") -> str:
    """Return what a model writes to propose steps."""
    written = [step(item) if isinstance(item, str) else item for item in steps]
    return json.dumps({"kind": "plan", "goal": goal, "steps": written})


def answer(text: str, kind: str = "answer") -> str:
    """Return what a model writes to answer, or to ask."""
    return json.dumps({"kind": kind, "text": text})


@dataclass
class Bench:
    """A started session and all it has told."""

    session: Session
    engine: Engine
    ledger_file: Path
    folder: Path
    events: list[Event] = field(default_factory=list[Event])
    replies: list[ApprovalReply] = field(default_factory=list[ApprovalReply])
    """Answers to approval requests, in order; a request beyond them stays unanswered."""

    def take(self, event: Event) -> None:
        """Note an event, and answer it when it is a request."""
        self.events.append(event)
        if isinstance(event, ApprovalRequested) and self.replies:
            assert self.session.reply(event.card.approval_id, self.replies.pop(0))

    def of(self, kind: type[T]) -> list[T]:
        """Return the events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def commands(self) -> list[str]:
        """The commands that ran, in order."""
        return [event.command for event in self.of(CommandStarted)]

    @property
    def message(self) -> str:
        """The last message."""
        return self.of(MessageProduced)[-1].text

    @property
    def prompts(self) -> list[str]:
        """What the engine was asked."""
        assert isinstance(self.engine, ScriptedEngine)
        return self.engine.prompts

    async def order(self, text: str = "do it", **options: Any) -> TurnStatus:
        """Carry out an order."""
        return await asyncio.wait_for(self.session.submit(text, **options), 30)

    async def until(self, kind: type[T], count: int = 1) -> T:
        """Wait for an event and return it."""
        async with asyncio.timeout(15):
            while len(self.of(kind)) < count:
                await asyncio.sleep(0.01)
        return self.of(kind)[count - 1]

    def recorded(self, query: str) -> list[Any]:
        """Return rows of the ledger's file."""
        connection = sqlite3.connect(self.ledger_file)
        try:
            return [row[0] if len(row) == 1 else row for row in connection.execute(query)]
        finally:
            connection.close()


class Opener(Protocol):
    """Starts a session whose engine follows a script."""

    async def __call__(
        self,
        *script: Said,
        replies: Sequence[ApprovalReply] = (),
        ledger: Ledger | None = None,
        engine: Engine | None = None,
        retriever: CookbookRetriever | None = None,
        rules: BashPolicy | None = None,
        keeps: bool = False,
        memory: Memory | None = None,
        sources: ContextSources | None = None,
        **profile: Any,
    ) -> Bench: ...


@pytest.fixture(scope="session")
def shipped_engine() -> Iterator[LlamaEngine]:
    """Return the shipped model, loaded at its first use and shared by all tests."""
    texts = Texts("en")
    catalogue = Catalogue(Path("no-models-were-pulled"), texts)
    engine = LlamaEngine("faisca", catalogue=catalogue, options=EngineOptions(threads=1), texts=texts)
    yield engine
    asyncio.run(engine.close())


class Shared:
    """The shipped model for one session: closing the session leaves it loaded for the next."""

    def __init__(self, engine: LlamaEngine) -> None:
        self._engine = engine
        self.load = engine.load
        self.generate = engine.generate
        self.count_tokens = engine.count_tokens
        self.apply_chat_template = engine.apply_chat_template

    @property
    def info(self) -> EngineInfo | None:
        return self._engine.info

    async def close(self) -> None:
        """Leave the model loaded."""


@pytest.fixture(scope="session")
def policy() -> BashPolicy:
    """Return the policy, whose rules take a moment to read."""
    return BashPolicy(home=os.environ.get("HOME", "/root"), user="root")


@pytest.fixture(scope="session")
def small_cookbook() -> CookbookRetriever:
    """Return a cookbook of a command and a repair."""
    return CookbookRetriever(lambda: indexes_of(ENTRIES, None))


@pytest.fixture(scope="session")
def cookbook(tmp_path_factory: pytest.TempPathFactory) -> CookbookRetriever:
    """Return the shipped cookbook, searched as the product searches it."""
    return CookbookRetriever(KnowledgeStore(tmp_path_factory.mktemp("knowledge")).open)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Return the directory that orders work in."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture
async def open_session(
    tmp_path: Path, workspace: Path, policy: BashPolicy, small_cookbook: CookbookRetriever
) -> AsyncIterator[Opener]:
    """Return what starts sessions; they never ask unless told to, speak English, and are closed at the end."""
    opened: list[Bench] = []

    async def start(
        *script: Said,
        replies: Sequence[ApprovalReply] = (),
        ledger: Ledger | None = None,
        engine: Engine | None = None,
        retriever: CookbookRetriever | None = None,
        rules: BashPolicy | None = None,
        keeps: bool = False,
        memory: Memory | None = None,
        sources: ContextSources | None = None,
        **profile: Any,
    ) -> Bench:
        texts = Texts(profile.get("language", "en"))
        file = tmp_path / "ledger.db"
        choices = {"language": "en", "approval": ApprovalPolicy.NEVER, **profile}
        chosen = engine or ScriptedEngine(script)
        session = Session(
            engine=chosen,
            planner=PromptPlanner(chosen, max_tokens=256),
            shell=BashShell(cwd=str(workspace), sandbox=PlainLauncher(), texts=texts, env=dict(os.environ)),
            policy=rules or policy,
            ledger=ledger or SqliteLedger(file, texts),
            retriever=retriever or small_cookbook,
            host=LinuxHost(os.environ),
            profile=SessionProfile.model_validate(choices),
            texts=texts,
            memory=memory,
            sources=sources,
            rehearser=OverlayRehearser(dict(os.environ)) if keeps else None,
            undo=KeptUndo(tmp_path / "undo", rules or policy, os.environ) if keeps else None,
        )
        bench = Bench(session, chosen, file, workspace, replies=list(replies))
        opened.append(bench)
        session.subscribe(bench.take)
        await session.start()
        return bench

    yield start
    for bench in opened:
        await bench.session.close()

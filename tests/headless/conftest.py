"""A real session without a screen; its engine has no model, for the orders here are literal commands."""

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.policy import ApprovalPolicy
from fazai_tui.engine.catalogue import Catalogue
from fazai_tui.engine.llama import LlamaEngine
from fazai_tui.engine.options import EngineOptions
from fazai_tui.engine.planning import PromptPlanner
from fazai_tui.ledger.recorder import SqliteLedger
from fazai_tui.memory.retrieval import CookbookRetriever, indexes_of
from fazai_tui.policy.bash import BashPolicy
from fazai_tui.resources.host import LinuxHost
from fazai_tui.sandbox import PlainLauncher
from fazai_tui.session.profile import SessionProfile
from fazai_tui.session.session import Session
from fazai_tui.shell import BashShell

MakeSession = Callable[[], Session]


@pytest.fixture
async def make_session(tmp_path: Path) -> AsyncIterator[MakeSession]:
    """Return what makes sessions in a fresh directory; they are not started."""
    texts = Texts("en")
    made: list[Session] = []

    def make() -> Session:
        file = str(tmp_path / "none.gguf")
        engine = LlamaEngine(file, catalogue=Catalogue(tmp_path, texts), options=EngineOptions(), texts=texts)
        session = Session(
            engine=engine,
            planner=PromptPlanner(engine, max_tokens=64),
            shell=BashShell(cwd=str(tmp_path), sandbox=PlainLauncher(), texts=texts, env=dict(os.environ)),
            policy=BashPolicy(home="/root"),
            ledger=SqliteLedger(tmp_path / "ledger.db", texts),
            retriever=CookbookRetriever(lambda: indexes_of((), None)),
            host=LinuxHost(os.environ),
            profile=SessionProfile(language="en", approval=ApprovalPolicy.NEVER, can_ask=False),
            texts=texts,
        )
        made.append(session)
        return session

    yield make
    for session in made:
        await session.close()

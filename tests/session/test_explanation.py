"""Explaining a command: the manual and the cookbook before the model."""

from collections.abc import Sequence

from fazai_tui.config.texts import Texts
from fazai_tui.core.cookbook import Entry, Language, Localized, RecipeStep
from fazai_tui.core.errors import ModelError
from fazai_tui.core.host import HostFacts
from fazai_tui.engine.planning import PromptPlanner
from fazai_tui.memory.retrieval import CookbookRetriever, indexes_of
from fazai_tui.policy.bash import BashPolicy
from fazai_tui.session.briefing import Briefing
from fazai_tui.session.explanation import Explainer
from fazai_tui.session.remembering import Remembering
from tests.session.conftest import Said, ScriptedEngine

POLICY = BashPolicy(home="/home/ana")
ENTRY = Entry(
    id="services.restart",
    title=Localized(pt="Reiniciar um serviço", en="Restart a service"),
    pt=("reinicie o serviço <name>",),
    en=("restart the service <name>",),
    steps=(RecipeStep(run="sudo systemctl restart <name>"),),
)


class OnePage:
    """A manual that knows `rm`."""

    def describe(self, argv: Sequence[str], language: Language) -> tuple[str, ...]:
        return (f"rm: said in {language}",) if argv[0] == "rm" else ()


class AnyHost:
    """A machine of which nothing is known."""

    def facts(self) -> HostFacts:
        return HostFacts.model_construct()


def _explainer(*script: Said, language: Language = "en") -> tuple[Explainer, ScriptedEngine]:
    engine = ScriptedEngine(script)
    retriever = CookbookRetriever(lambda: indexes_of((ENTRY,), None))
    planner = PromptPlanner(engine, max_tokens=64)
    texts = Texts(language)
    remembering = Remembering(None, AnyHost(), texts, lambda event: None, lambda error: None)
    briefing = Briefing(retriever, AnyHost(), remembering)
    return Explainer(OnePage(), retriever, briefing, engine, planner, texts), engine


async def _explained(command: str, *script: Said) -> tuple[tuple[str, ...], int]:
    explainer, engine = _explainer(*script)
    lines = await explainer.explain(POLICY.assess(command), "en", "/tmp")
    return lines, len(engine.prompts)


async def test_the_manual_is_asked_first() -> None:
    assert await _explained("sudo rm -f x && rm y") == (("rm: said in en",), 0)


async def test_the_cookbook_knows_commands_that_have_no_page() -> None:
    assert await _explained("sudo systemctl restart nginx") == (("cookbook: Restart a service",), 0)


async def test_another_verb_is_another_command() -> None:
    lines, asked = await _explained("systemctl stop nginx", "stops it")
    assert lines == ("the model says: stops it",) and asked == 1


async def test_a_model_that_fails_is_not_quoted() -> None:
    assert await _explained("frob x", ModelError("Model", "broken")) == ((), 1)

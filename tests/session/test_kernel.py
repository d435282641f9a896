"""Personas and surroundings in whole turns, on this machine."""

import os
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError
from fazai_tui.core.events import ContextBuilt, ErrorOccurred, PersonaLed
from fazai_tui.core.generation import PlanningContext
from fazai_tui.core.host import HostFacts
from fazai_tui.engine.context_budget import PART_TOKENS
from fazai_tui.memory.longterm.persona_shelf import PersonaShelf
from fazai_tui.resources.machine import LinuxMachine
from fazai_tui.resources.workspace import WorkspaceMapper
from fazai_tui.session.context_desk import ContextSources
from tests.session.conftest import Bench, Opener, ScriptedEngine, Shared, plan

SHARED = "shipped_engine"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the user's personas."""
    place = tmp_path / "personas"
    place.mkdir()
    return place


@pytest.fixture
def sources(folder: Path) -> ContextSources:
    """Return what sessions of the product look at."""
    environment = dict(os.environ)
    shelf = PersonaShelf(folder, None, "here", Texts("en"))
    return ContextSources(shelf, LinuxMachine(environment), WorkspaceMapper(environment))


def parts(bench: Bench, place: int = -1) -> dict[str, str]:
    """Return what the model got, by part."""
    return {part.name: part.text for part in bench.of(ContextBuilt)[place].parts}


async def test_the_prompt_tells_who_leads_and_where(open_session: Opener, sources: ContextSources) -> None:
    bench = await open_session(plan("true"), sources=sources, persona="heathcliff")
    (bench.folder / "a.py").write_text("")
    await bench.order()

    told = parts(bench)
    assert told["persona"].startswith("You are Heathcliff")
    assert "Memory: " in told["machine"]
    assert "Python 1" in told["workspace"] and "a.py" in told["workspace"]
    assert told["persona"] in bench.prompts[0].partition("user: ")[0]
    assert told["workspace"] in bench.prompts[0].partition("user: ")[2]


async def test_parts_keep_to_their_budgets(open_session: Opener, sources: ContextSources, folder: Path) -> None:
    (folder / "ana.md").write_text("---\n---\n" + "\n".join(f"Rule {number} of many." for number in range(400)))
    bench = await open_session(plan("true"), sources=sources, persona="ana")
    await bench.order()

    (built,) = bench.of(ContextBuilt)
    sizes = {part.name: part.tokens for part in built.parts if part.name in PART_TOKENS}
    assert all(tokens <= PART_TOKENS[name] for name, tokens in sizes.items())
    persona = next(part for part in built.parts if part.name == "persona")
    assert sizes["persona"] > PART_TOKENS["persona"] // 2
    assert persona.detail.endswith("of 400 lines")


async def test_earlier_failures_are_told_and_speak_for_the_engineer(
    open_session: Opener, sources: ContextSources
) -> None:
    bench = await open_session(plan("ls /nowhere-at-all"), plan("true"), sources=sources, persona="auto", repairs=0)
    (bench.folder / "a.rs").write_text("")
    await bench.order("liste")
    await bench.order("liste de novo")

    assert "errors" not in parts(bench, 0)
    assert parts(bench)["errors"].startswith("<data>\n") and parts(bench)["errors"].endswith("\n</data>")
    assert "ls /nowhere-at-all" in parts(bench)["errors"]
    assert [event.name for event in bench.of(PersonaLed)] == ["claudio", "heathcliff"]


async def test_the_leader_words_what_code_says(open_session: Opener, sources: ContextSources) -> None:
    bench = await open_session(plan("true"), plan("true"), sources=sources, persona="yui")
    await bench.order()
    assert bench.message.startswith("There you go")
    bench.session.settings = bench.session.settings.model_copy(update={"persona": "claudio"})
    await bench.order()
    assert bench.message.startswith("Done")
    assert [(event.name, event.is_auto, event.is_new) for event in bench.of(PersonaLed)] == [
        ("yui", False, True),
        ("claudio", False, True),
    ]


async def test_a_literal_command_has_no_leader(open_session: Opener, sources: ContextSources) -> None:
    bench = await open_session(sources=sources, persona="auto")
    await bench.order("!true")

    assert not bench.of(PersonaLed)


async def test_a_broken_persona_is_told_once_and_turns_go_on(
    open_session: Opener, sources: ContextSources, folder: Path
) -> None:
    (folder / "rui.md").write_text("nothing")
    bench = await open_session(plan("true"), plan("true"), sources=sources)
    assert await bench.order() == "fulfilled"
    assert await bench.order() == "fulfilled"
    await bench.until(ErrorOccurred)

    (error,) = bench.of(ErrorOccurred)
    assert str(folder / "rui.md") in error.message


async def test_choosing_reads_the_files_anew(open_session: Opener, sources: ContextSources, folder: Path) -> None:
    bench = await open_session(sources=sources)
    assert "ana" not in await bench.session.context.persona_names()
    (folder / "ana.md").write_text("---\nvoice: yui\n---\nYou are Ana.")

    assert await bench.session.context.choose("ana") == Texts("en").get("persona.greeting.yui")
    with pytest.raises(ConfigurationError, match="there is no persona anna"):
        await bench.session.context.choose("anna")


async def test_a_preview_is_what_an_order_gets(open_session: Opener, sources: ContextSources) -> None:
    bench = await open_session(plan("true"), sources=sources, persona="yui")
    seen = await bench.session.context.preview("list the files", bench.session.settings, bench.session.cwd)
    assert not bench.events[1:] and not bench.prompts
    await bench.order("list the files")

    same = [part for part in seen.parts if part.name != "machine"]
    assert same == [part for part in bench.of(ContextBuilt)[0].parts if part.name != "machine"]
    assert not seen.is_compact
    assert seen.persona.startswith("yui leads")


async def test_the_shipped_model_gets_examples_and_the_order_alone(
    open_session: Opener, sources: ContextSources, request: pytest.FixtureRequest
) -> None:
    engine = Shared(request.getfixturevalue(SHARED))
    bench = await open_session(engine=engine, sources=sources, persona="heathcliff")
    seen = await bench.session.context.preview("list the files", bench.session.settings, bench.session.cwd)

    assert [part.name for part in seen.parts] == ["knowledge", "order"]
    assert all(part.text in seen.prompt for part in seen.parts)
    assert seen.is_compact and seen.tokens <= seen.budget


async def test_a_small_window_loses_surroundings_before_the_order(sources: ContextSources) -> None:
    from fazai_tui.core.generation import EngineInfo
    from fazai_tui.core.surroundings import Surroundings
    from fazai_tui.engine.planning import PromptPlanner

    class Small(ScriptedEngine):
        @property
        def info(self) -> EngineInfo:
            return super().info.model_copy(update={"context": 700})

    persona = "\n".join(["You are Ana."] * 40)
    context = PlanningContext(
        order="list the files",
        language="en",
        host=HostFacts(),
        cwd="/srv",
        surroundings=Surroundings(persona=persona, machine=sources.machine.state()),
    )
    built = await PromptPlanner(Small(()), max_tokens=300).plan_prompt(context)
    assert "machine" not in {part.name for part in built.parts}
    assert "Order: list the files" in built.request.prompt

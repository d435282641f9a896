"""From an order to a proposal: the window's budget, the grammar, and that the model decides."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pytest

from fazai_tui.core.cookbook import Entry, Localized, RecipeStep, Retrieved, Slot
from fazai_tui.core.generation import (
    BuiltPrompt,
    EngineInfo,
    GenerationRequest,
    GenerationResult,
    Observation,
    PlanningContext,
    TurnRecord,
)
from fazai_tui.core.host import HostFacts
from fazai_tui.core.plan import Answer, Commands, Proposal, Question, Risk
from fazai_tui.engine import prompts_compact as compact
from fazai_tui.engine.llama import LlamaEngine
from fazai_tui.engine.planning import PromptPlanner
from fazai_tui.memory.retrieval import CookbookRetriever, indexes_of
from fazai_tui.memory.store import KnowledgeStore

ORDER = "crie um script em bash de nome conta.sh que conte ateh 10"
ORDERS = [ORDER, "liste os arquivos", "show the disk space", "what is bash?", "xyzzy", "e\u0301\U0001f600" * 30]


class Window:
    """An engine of a given window and profile that counts words and generates nothing."""

    def __init__(self, context: int, profile: str) -> None:
        self.info = EngineInfo(
            name="w", path="", architecture="", parameters=0, size_bytes=0, context=context, profile=profile
        )

    async def load(self) -> EngineInfo:
        return self.info

    async def generate(self, request: GenerationRequest, on_text: object) -> GenerationResult:
        raise AssertionError("nothing is generated here")

    async def count_tokens(self, text: str) -> int:
        return len(text.split())

    async def apply_chat_template(self, messages: Sequence[tuple[str, str]]) -> str:
        return "\n".join(content for _, content in messages)

    async def close(self) -> None:
        """Nothing to close."""


def planner(context: int, profile: str = "full", max_tokens: int = 100) -> PromptPlanner:
    """Return a planner for a window."""
    return PromptPlanner(Window(context, profile), max_tokens=max_tokens)


def entry(number: int) -> Retrieved:
    """Return a retrieved entry of about 60 words."""
    made = Entry.model_validate(
        {
            "id": f"e{number}",
            "title": {"pt": "x", "en": "x"},
            "pt": [f"frase {number}"],
            "en": [f"phrase {number}"],
            "steps": ["echo " + "w " * 60],
        }
    )
    return Retrieved(entry=made, phrasing=f"phrase {number}", language="en", score=10 - number / 100)


def context(**fields: object) -> PlanningContext:
    """Return a context with everything in it."""
    everything: dict[str, object] = {
        "order": "the order itself",
        "language": "en",
        "host": HostFacts(),
        "cwd": "/srv",
        "retrieved": tuple(entry(number) for number in range(6)),
        "transcript": (TurnRecord(order="EARLIER " * 20, outcome="done"),),
        "observations": (Observation(command="x", exit_code=1, output="SEEN " * 400 + "END"),),
        "stdin": "PIPED " * 600 + "LAST",
    }
    return PlanningContext.model_validate(everything | fields)


def shown(built: BuiltPrompt) -> dict[str, str]:
    """Return the parts by name."""
    return {part.name: part.text for part in built.parts}


async def test_all_of_it_goes_into_a_large_window() -> None:
    built = await planner(20_000).plan_prompt(context())

    assert list(shown(built)) == ["system", "host", "knowledge", "transcript", "order", "observation"]
    assert all(part.text in built.request.prompt for part in built.parts)
    assert all(part.tokens == len(part.text.split()) for part in built.parts)
    assert built.budget == 19_900
    assert built.request.max_tokens == 100 and built.request.grammar


async def test_a_small_window_loses_the_transcript_first_then_examples_then_data() -> None:
    """The stated order of what is left out, and that the order itself always stays."""
    left_out: list[tuple[bool, int, bool]] = []
    for size in range(2200, 500, -50):
        built = await planner(size, max_tokens=100).plan_prompt(context())
        parts = shown(built)
        assert "Order: the order itself" in parts["order"]
        assert len(built.request.prompt.split()) <= built.budget
        assert "END" in parts["observation"] and "LAST" in parts["order"], "data keeps its end"
        is_whole = len(parts["order"]) > 3500
        left_out.append(("transcript" in parts, parts.get("knowledge", "").count("- phrase"), is_whole))
    assert left_out == sorted(left_out, reverse=True), "nothing comes back as the window shrinks"
    assert left_out[0] == (True, 6, True)
    for has_transcript, examples, is_whole in left_out:
        assert not has_transcript or examples == 6, "examples go only after the transcript"
        assert is_whole or examples == 0, "data goes only after the examples"
    assert left_out[-1] == (False, 0, False)


async def test_the_least_similar_examples_go_first() -> None:
    built = await planner(900).plan_prompt(context(transcript=(), observations=(), stdin=""))

    details = next(part.detail for part in built.parts if part.name == "knowledge")
    kept = [detail.split()[0] for detail in details.split(", ")]
    assert kept == [f"e{number}" for number in range(len(kept))] and 0 < len(kept)


async def test_the_compact_profile_fits_its_window_too() -> None:
    alike = tuple(entry(0).model_copy(update={"phrasing": f"phrase {number}"}) for number in range(6))
    large = await planner(2000, "compact").plan_prompt(context(retrieved=alike))
    small = await planner(180, "compact", max_tokens=60).plan_prompt(context(retrieved=alike, observations=()))

    assert shown(large)["order"].startswith("Order: the order itself\nRan: x\nError: ")
    assert shown(large)["knowledge"].count("=>") == compact.EXAMPLES
    assert len(small.request.prompt.split()) <= small.budget
    assert shown(small)["order"] == "Order: the order itself"
    assert 0 < shown(small)["knowledge"].count("=>") < compact.EXAMPLES


async def test_an_answer_is_free_text_from_all_but_the_shipped_model() -> None:
    built = {profile: await planner(4000, profile).answer_prompt(context()) for profile in ("full", "compact")}

    assert built["full"].request.grammar == ""
    assert built["compact"].request.grammar.startswith("root ::= ")
    assert all("the order itself" in prompt.request.prompt for prompt in built.values())


def test_the_shipped_model_answers_with_the_commands_to_use() -> None:
    answer = planner(4000, "compact").read_answer('{"plan":["df -h"]}', context())

    assert answer == "I ran nothing. This is the command for it:\n\n```sh\ndf -h\n```"
    assert planner(4000, "compact").read_answer('{"answer":"Olá"}', context()) == "Olá"
    assert planner(4000, "full").read_answer("plain *text*", context()) == "plain *text*"


FULL_STEP = {"title": "t", "command": "ls", "explain": "e", "risk": "high", "rollback": "r", "check": "c"}


def full(**fields: object) -> str:
    """Return what an instruction-tuned model writes."""
    return json.dumps({"kind": "plan", "goal": "g", "steps": [FULL_STEP], **fields})


def words(kind: str, text: str) -> str:
    """Return what an instruction-tuned model writes when it proposes no commands."""
    return json.dumps({"kind": kind, "text": text})


@pytest.mark.parametrize(
    ("profile", "text", "kind"),
    [
        ("compact", '{"plan":["ls","pwd"]}', Commands),
        ("compact", '{"answer":"a"}', Answer),
        ("compact", '{"ask":"which?"}', Question),
        ("full", full(), Commands),
        ("full", words("answer", "a"), Answer),
        ("full", words("ask", "which?"), Question),
    ],
)
def test_outputs_are_read(profile: str, text: str, kind: type[Proposal]) -> None:
    assert isinstance(planner(2000, profile).parse(text, context()), kind)


@pytest.mark.parametrize(
    ("profile", "text"),
    [
        ("compact", ""),
        ("compact", "ls"),
        ("compact", "{}"),
        ("compact", '{"plan":[]}'),
        ("compact", '{"plan":["ls","  "]}'),
        ("compact", '{"plan":["ls"'),
        ("compact", '{"plan":["ls"],"run":true}'),
        ("full", full(steps=[])),
        ("full", full(steps=[{**FULL_STEP, "command": " "}])),
        ("full", full(kind="execute")),
        ("full", full(kind="answer", text="a")),
        ("full", words("answer", "")),
        ("full", words("plan", "ls")),
        ("full", full(steps=[FULL_STEP] * 21)),
        ("full", full()[:-5]),
    ],
)
def test_what_is_no_proposal_is_refused(profile: str, text: str) -> None:
    with pytest.raises(ValueError):
        planner(2000, profile).parse(text, context())


def test_a_full_plan_keeps_what_the_model_wrote() -> None:
    proposal = planner(2000).parse(full(steps=[FULL_STEP, {**FULL_STEP, "command": "pwd"}]), context())

    assert isinstance(proposal, Commands) and proposal.plan.goal == "g"
    first, second = proposal.plan.steps
    assert (first.id, first.risk, first.rollback, first.check) == ("s1", Risk.HIGH, "r", "c")
    assert (second.id, second.needs) == ("s2", ("s1",))


def test_a_full_plan_says_what_it_took_from_imported_knowledge() -> None:
    runbook = Entry(
        id="r",
        title=Localized(pt="x", en="x"),
        pt=("x",),
        en=("x",),
        source="runbook a.md",
        steps=(RecipeStep(run="cd /srv"), RecipeStep(run="make <what>")),
        slots={"what": Slot(type="word", default="x")},
    )
    retrieved = (Retrieved(entry=runbook, phrasing="x", language="en", score=1),)
    steps = [{**FULL_STEP, "command": command} for command in ("make site", "make site now", "cd /srv")]

    proposal = planner(2000).parse(full(steps=steps), context(retrieved=retrieved))

    assert isinstance(proposal, Commands)
    assert [(step.provenance, step.is_imported) for step in proposal.plan.steps] == [
        ("runbook a.md", True),
        ("", False),
        ("runbook a.md", True),
    ]


async def test_a_prompt_says_where_its_examples_are_from() -> None:
    imported = entry(0).model_copy(update={"entry": entry(0).entry.model_copy(update={"source": "tldr tar"})})
    for profile in ("full", "compact"):
        built = await planner(4000, profile).plan_prompt(context(retrieved=(imported,), observations=()))
        (detail,) = [part.detail for part in built.parts if part.name == "knowledge"]
        assert detail == f"tldr tar {imported.score}"


BEYOND = {"en": "That is beyond the small model", "pt": "Isso está além do modelo pequeno"}


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("pt", "qual a capital da Austrália?"),
        ("pt", "qual o sentido da vida?"),
        ("pt", "quem ganhou a copa de 94?"),
        ("pt", "como faço pão de queijo?"),
        ("en", "what is the meaning of life?"),
        ("en", "how far is the moon?"),
        ("en", "what causes inflation?"),
        ("en", "recommend me a good book"),
    ],
)
async def test_what_is_beyond_the_shipped_model_is_said_to_be(
    shipped: LlamaEngine, cookbook: CookbookRetriever, language: Literal["pt", "en"], question: str
) -> None:
    text = await answered(shipped, cookbook, language, question)

    assert text.startswith(BEYOND[language]) and "fazai model pull" in text


@pytest.mark.parametrize(
    ("language", "question", "command"),
    [
        ("pt", "quanta memória livre?", "free"),
        ("pt", "quem está logado?", "who"),
        ("en", "which kernel?", "uname"),
        ("en", "how do I list open ports?", "ss"),
        ("en", "how much free disk space do I have?", "df"),
    ],
)
async def test_a_question_about_the_host_is_answered_with_a_command(
    shipped: LlamaEngine, cookbook: CookbookRetriever, language: Literal["pt", "en"], question: str, command: str
) -> None:
    told = await answered(shipped, cookbook, language, question)

    assert f"\n\n```sh\n{command}" in told
    assert told.startswith("Não executei nada." if language == "pt" else "I ran nothing.")


async def answered(
    engine: LlamaEngine, cookbook: CookbookRetriever, language: Literal["pt", "en"], question: str
) -> str:
    """Return a model's answer to a question."""
    await engine.load()
    asking = PromptPlanner(engine, max_tokens=200)
    found = cookbook.search(question, limit=6, language=language)
    given = PlanningContext(order=question, language=language, host=HostFacts(), cwd="/", retrieved=found)
    result = await engine.generate((await asking.answer_prompt(given)).request, lambda _: None)
    return asking.read_answer(result.text, given)


@pytest.fixture(scope="module")
def cookbook(tmp_path_factory: pytest.TempPathFactory) -> CookbookRetriever:
    """Return the shipped cookbook."""
    return CookbookRetriever(KnowledgeStore(tmp_path_factory.mktemp("knowledge")).open)


async def propose(engine: LlamaEngine, order: str, cookbook: CookbookRetriever) -> tuple[str, Proposal | None]:
    """Return what a model writes for an order, and what it is read as; None when it is no proposal."""
    await engine.load()
    asking = PromptPlanner(engine, max_tokens=200)
    found = cookbook.search(order, limit=6)
    given = PlanningContext(order=order, language="pt", host=HostFacts(), cwd="/", retrieved=found)
    built = await asking.plan_prompt(given)
    assert await engine.count_tokens(built.request.prompt) <= built.budget
    pieces: list[str] = []
    result = await engine.generate(built.request, pieces.append)
    assert "".join(pieces) == result.text
    if not result.is_complete:
        return result.text, None
    # The grammar lets nothing else through: what ended by itself is JSON of the one shape.
    written = compact.CompactOutput.model_validate_json(result.text)
    assert len(written.model_fields_set) == 1
    try:
        return result.text, asking.parse(result.text, given)
    except ValueError:
        assert any(not command.strip() for command in written.plan or ())
        return result.text, None


@pytest.mark.parametrize("order", ORDERS, ids=range(len(ORDERS)))
async def test_the_shipped_models_output_is_a_proposal(
    shipped: LlamaEngine, cookbook: CookbookRetriever, order: str
) -> None:
    text, proposal = await propose(shipped, order, cookbook)

    assert text.startswith(('{"plan":[', '{"answer":', '{"ask":'))
    if isinstance(proposal, Commands):
        assert [step.command for step in proposal.plan.steps] == json.loads(text)["plan"]
        assert proposal.plan.goal == order


async def test_planning_again_gives_the_same_plan(shipped: LlamaEngine, cookbook: CookbookRetriever) -> None:
    assert await propose(shipped, ORDER, cookbook) == await propose(shipped, ORDER, cookbook)


async def test_what_is_retrieved_only_feeds_the_prompt(shipped: LlamaEngine, cookbook: CookbookRetriever) -> None:
    """Without examples the same model writes something else: it reads them, and nothing else does."""
    nothing = CookbookRetriever(lambda: indexes_of((), None))

    with_examples, _ = await propose(shipped, ORDER, cookbook)
    without, _ = await propose(shipped, ORDER, nothing)

    assert with_examples != without


def test_another_model_changes_what_exec_does(tiny_model: Path, tmp_path: Path) -> None:
    """Through the whole program: the same order with other weights ends otherwise."""
    ended = subprocess.run(
        [sys.executable, "-m", "fazai_tui", "exec", "--lang", "en", "-m", str(tiny_model), ORDER],
        capture_output=True,
        text=True,
        timeout=100,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "FAZAI_HOME": str(tmp_path / "home")},
        check=False,
    )

    assert ended.returncode == 1, ended.stderr
    assert not (tmp_path / "conta.sh").exists()
    assert "Traceback" not in ended.stderr

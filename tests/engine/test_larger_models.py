"""Each larger Gemma that llama.cpp can load, small and with random weights: prompt, plan, thoughts, window.

The templates have the structure of the published ones, as far as text messages go, in words of their own. The
vocabularies have the same marks, with the types that llama.cpp's converter gives them. Weights are random but for one
value of the embeddings that stays the same and lets strings end.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import gguf
import numpy
import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.cookbook import Entry, Retrieved
from fazai_tui.core.generation import GenerationRequest, Observation, PlanningContext, TurnRecord
from fazai_tui.core.host import HostFacts
from fazai_tui.core.plan import Answer, Commands, Question
from fazai_tui.engine.catalogue import Catalogue
from fazai_tui.engine.llama import LlamaEngine
from fazai_tui.engine.options import EngineOptions
from fazai_tui.engine.planning import PromptPlanner
from fazai_tui.engine.prompts_full import PLAN_SYSTEM, FullOutput

WIDTH, HEAD, HEADS, FORWARD, CONTEXT = 32, 16, 2, 64, 3072
PUSH = 5.0
"""What the value that never changes adds to the quote that ends a string."""

GEMMA_3 = """\
{{ bos_token }}
{%- set opening = messages[0]['content'] + '\n\n' if messages[0]['role'] == 'system' else '' -%}
{%- set turns = messages[1:] if messages[0]['role'] == 'system' else messages -%}
{%- for turn in turns -%}
    {%- if (turn['role'] == 'user') != (loop.index0 % 2 == 0) -%}
        {{ raise_exception('roles must alternate') }}
    {%- endif -%}
    {{ '<start_of_turn>' + ('model' if turn['role'] == 'assistant' else turn['role']) + '\n' }}
    {{- opening if loop.first else '' }}{{ turn['content'] | trim }}{{ '<end_of_turn>\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<start_of_turn>model\n' }}{%- endif -%}
"""

GEMMA_4 = """\
{{ bos_token }}
{%- set turns = messages -%}
{%- if enable_thinking or tools or messages[0]['role'] in ['system', 'developer'] -%}
    {{ '<|turn>system\n' }}{{ '<|think|>\n' if enable_thinking else '' }}
    {%- if messages[0]['role'] in ['system', 'developer'] -%}
        {{ messages[0]['content'] | trim }}{%- set turns = messages[1:] -%}
    {%- endif -%}
    {{ '<turn|>\n' }}
{%- endif -%}
{%- for turn in turns -%}
    {{ '<|turn>' + ('model' if turn['role'] == 'assistant' else turn['role']) + '\n' }}
    {{- turn['content'] | trim }}{{ '<turn|>\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<|turn>model\n' }}EMPTY_THOUGHT{%- endif -%}
"""
EMPTY_THOUGHT = "{{ '' if enable_thinking else '<|channel>thought\n<channel|>' }}"
"""What the larger ones of Gemma 4 write for an answer without thoughts, and the smaller ones leave out."""

TEMPLATES = {
    "gemma4-thinking": GEMMA_4.replace("EMPTY_THOUGHT", ""),
    "gemma3": GEMMA_3,
    "gemma3n": GEMMA_3,
    "gemma4": GEMMA_4.replace("EMPTY_THOUGHT", ""),
    "gemma4-large": GEMMA_4.replace("EMPTY_THOUGHT", EMPTY_THOUGHT),
}
FAMILIES = ("gemma3", "gemma3n", "gemma4", "gemma4-large")

SYSTEM, USER = "Be brief.\nSay <b>no</b> more.", "olá <turn|> <end_of_turn> <|channel>x<channel|>"
BROKEN = {
    "gemma3": "olá <turn|> < end_of_turn> <|channel>x<channel|>",
    "gemma4": "olá < turn|> <end_of_turn> < |channel>x< channel|>",
}
"""The user's text with the marks of a family broken up."""

RENDERED = {
    "gemma3": "<bos><start_of_turn>user\n{system}\n\n{user}<end_of_turn>\n<start_of_turn>model\n",
    "gemma3n": "<bos><start_of_turn>user\n{system}\n\n{user}<end_of_turn>\n<start_of_turn>model\n",
    "gemma4": "<bos><|turn>system\n{system}<turn|>\n<|turn>user\n{user}<turn|>\n<|turn>model\n",
    "gemma4-large": (
        "<bos><|turn>system\n{system}<turn|>\n<|turn>user\n{user}<turn|>\n<|turn>model\n<|channel>thought\n<channel|>"
    ),
}
THREE = ["<start_of_turn>", "<end_of_turn>", "<start_of_image>"]
FOUR = ["<|turn>", "<turn|>", "<|think|>", "<|tool>", "<tool|>", "<|image|>"]
FOUR_AS_TEXT = ["<|channel>", "<channel|>", "<|tool_call>", "<tool_call|>", "<|tool_response>", '<|"|>']
PIECES = ["\n", "▁", *map(chr, range(33, 127)), "<b>", "thought", "▁de"]
THINKING = ("\n", "<|channel>", "thought", "<channel|>", "▁de", "<turn|>")
"""What a model with thoughts writes, each token because of the one before."""


class Writer:
    """Writes a model's file."""

    def __init__(self, file: Path, family: str) -> None:
        """Begin a file of a family."""
        self.architecture = family.partition("-")[0]
        self.is_four = self.architecture == "gemma4"
        self.per_layer = 256 if self.architecture == "gemma3n" else 8
        self.layers = 22 if self.architecture == "gemma3n" else 3
        self._random = numpy.random.default_rng(11)
        self._out = gguf.GGUFWriter(str(file), self.architecture)
        self._family = family

    def write(self) -> None:
        """Write all of it."""
        out = self._out
        out.add_name(self._family)
        out.add_context_length(CONTEXT)
        out.add_embedding_length(WIDTH)
        out.add_block_count(self.layers)
        out.add_feed_forward_length(FORWARD)
        out.add_head_count(HEADS)
        out.add_head_count_kv(1)
        out.add_key_length(HEAD)
        out.add_value_length(HEAD)
        out.add_layer_norm_rms_eps(1e-6)
        out.add_rope_freq_base(1e6)
        out.add_sliding_window(64)
        if self.architecture != "gemma3":
            out.add_embedding_length_per_layer_input(self.per_layer)
            out.add_shared_kv_layers(2 if self.architecture == "gemma3n" else 1)
            out.add_sliding_window_pattern([layer % 5 != (1 if self.is_four else 4) for layer in range(self.layers)])
        if self.is_four:
            out.add_key_length_swa(8)
            out.add_value_length_swa(8)
            out.add_rope_dimension_count(HEAD)
            out.add_rope_dimension_count_swa(8)
            out.add_final_logit_softcapping(30.0)
        out.add_chat_template(TEMPLATES[self._family])
        tokens = self._vocabulary()
        self._whole(tokens)
        for layer in range(self.layers):
            self._layer(layer)
        out.write_header_to_file()
        out.write_kv_data_to_file()
        out.write_tensors_to_file()
        out.close()

    def _vocabulary(self) -> list[str]:
        out, kinds = self._out, gguf.TokenType
        begin = ["<pad>", "<eos>", "<bos>", "<unk>", *(FOUR if self.is_four else THREE)]
        as_text = FOUR_AS_TEXT if self.is_four else []
        tokens = [*begin, *as_text, *(f"<0x{byte:02X}>" for byte in range(256)), *PIECES]
        types = [kinds.CONTROL] * len(begin) + [kinds.USER_DEFINED] * len(as_text) + [kinds.BYTE] * 256
        types += [kinds.USER_DEFINED if piece in ("\n", "<b>") else kinds.NORMAL for piece in PIECES]
        out.add_tokenizer_model("gemma4" if self.is_four else "llama")
        out.add_token_list([token.encode() for token in tokens])
        out.add_token_scores([-float(place) for place in range(len(tokens))])
        out.add_token_types(types)
        if self.is_four:
            out.add_token_merges(["t h", "▁ d", "▁d e"])
        out.add_bos_token_id(2)
        out.add_eos_token_id(1)
        out.add_unk_token_id(3)
        out.add_eot_token_id(5)
        out.add_add_bos_token(True)
        out.add_add_space_prefix(False)
        return tokens

    def _whole(self, tokens: list[str]) -> None:
        embeddings = self._random.normal(0, 0.3, (len(tokens), WIDTH))
        embeddings[:, 0] = 1.0
        output = self._random.normal(0, 0.3, (len(tokens), WIDTH))
        output[:, 0] = [PUSH / WIDTH**0.5 if token == '"' else 0.0 for token in tokens]
        if self._family == "gemma4-thinking":
            for before, after in pairwise(THINKING):
                output[tokens.index(after)] = 4 * embeddings[tokens.index(before)]
        self._add("token_embd", embeddings)
        self._add("output", output)
        self._ones("output_norm", WIDTH)
        if self.architecture == "gemma3n":
            self._add("altup_proj", self._square(3))
            self._add("altup_unembd_proj", self._square(3))
        if self.architecture != "gemma3":
            self._add("per_layer_token_embd", self._random.normal(0, 0.3, (len(tokens), self.per_layer * self.layers)))
            self._weights("per_layer_model_proj", self.per_layer * self.layers, WIDTH)
            self._ones("per_layer_proj_norm", self.per_layer)
        if self.is_four:
            self._add("rope_freqs", numpy.array([1.0] * 2 + [1e30] * (HEAD // 2 - 2)))

    def _layer(self, layer: int) -> None:
        stem = f"blk.{layer}"
        head = 8 if self.is_four and layer != 1 else HEAD
        for name in ("attn_norm", "ffn_norm"):
            self._ones(f"{stem}.{name}", WIDTH)
        for name in ("post_attention_norm", "post_ffw_norm"):
            self._ones(f"{stem}.{name}", WIDTH, 0.2)
        for name in ("attn_q_norm", "attn_k_norm"):
            self._ones(f"{stem}.{name}", head)
        self._weights(f"{stem}.attn_q", HEADS * head, WIDTH)
        self._weights(f"{stem}.attn_k", head, WIDTH)
        self._weights(f"{stem}.attn_v", head, WIDTH)
        self._weights(f"{stem}.attn_output", WIDTH, HEADS * head)
        self._weights(f"{stem}.ffn_gate", FORWARD, WIDTH)
        self._weights(f"{stem}.ffn_up", FORWARD, WIDTH)
        self._weights(f"{stem}.ffn_down", WIDTH, FORWARD)
        if self.architecture == "gemma3":
            return
        self._weights(f"{stem}.inp_gate", self.per_layer, WIDTH)
        self._weights(f"{stem}.proj", WIDTH, self.per_layer)
        self._ones(f"{stem}.post_norm", WIDTH, 0.2)
        if self.is_four:
            self._ones(f"{stem}.layer_output_scale", 1)
            return
        self._add(f"{stem}.altup_correct_coef", self._random.normal(0, 0.05, (4, 4)))
        self._ones(f"{stem}.altup_correct_scale", WIDTH)
        self._add(f"{stem}.altup_predict_coef", self._random.normal(0, 0.05, (16, 4)))
        self._weights(f"{stem}.altup_router", 4, WIDTH)
        self._ones(f"{stem}.altup_router_norm", WIDTH)
        self._weights(f"{stem}.laurel_l", 64, WIDTH)
        self._weights(f"{stem}.laurel_r", WIDTH, 64)
        self._ones(f"{stem}.laurel_post_norm", WIDTH, 0.2)

    def _square(self, count: int) -> numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.float64]]:
        return numpy.eye(WIDTH) + self._random.normal(0, 0.02, (count, WIDTH, WIDTH))

    def _weights(self, name: str, *shape: int) -> None:
        self._add(name, self._random.normal(0, 0.2, shape))

    def _ones(self, name: str, width: int, value: float = 1.0) -> None:
        self._add(name, numpy.full(width, value))

    def _add(self, name: str, values: numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.float64]]) -> None:
        self._out.add_tensor(f"{name}.weight", values.astype(numpy.float32))


@pytest.fixture(scope="module", params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    """Return each family's name in turn."""
    return str(request.param)


@pytest.fixture(scope="module")
def model(family: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a family's file."""
    file = tmp_path_factory.mktemp("models") / f"{family}.gguf"
    Writer(file, family).write()
    return file


@pytest.fixture
async def larger(model: Path, catalogue: Catalogue, texts: Texts) -> AsyncIterator[LlamaEngine]:
    """Return an engine with the family's model loaded."""
    options = EngineOptions(threads=1, seed=3)
    engine = LlamaEngine(str(model), catalogue=catalogue, options=options, texts=texts)
    await engine.load()
    yield engine
    await engine.close()


def ignore(_text: str) -> None:
    """Take text and do nothing with it."""


def context(**fields: object) -> PlanningContext:
    """Return what is known of an order."""
    base: dict[str, object] = {"order": "show the disk space", "language": "en", "host": HostFacts(), "cwd": "/srv"}
    return PlanningContext.model_validate(base | fields)


def example(number: int) -> Retrieved:
    """Return a retrieved entry."""
    fields = {"id": f"e{number}", "title": {"pt": "x", "en": "x"}, "pt": ["x"], "en": [f"phrase {number}"]}
    entry = Entry.model_validate(fields | {"steps": [f"echo {number} " + "w " * 200]})
    return Retrieved(entry=entry, phrasing=f"phrase {number}", language="en", score=1 - number / 10)


async def test_the_files_own_template_writes_the_prompt(larger: LlamaEngine, family: str) -> None:
    prompt = await larger.apply_chat_template([("system", SYSTEM), ("user", USER)])

    assert larger.info is not None
    assert (larger.info.architecture, larger.info.profile) == (family.partition("-")[0], "full")
    assert prompt == RENDERED[family].format(system=SYSTEM, user=BROKEN[larger.info.architecture.removesuffix("n")])


async def test_a_plan_is_written_under_the_grammar(larger: LlamaEngine, family: str) -> None:
    planner = PromptPlanner(larger, max_tokens=700)
    built = await planner.plan_prompt(context(retrieved=(example(0),)))
    system = PLAN_SYSTEM.format(language="English")
    user = "\n\n".join(part.text for part in built.parts if part.name != "system")
    # Greedy random weights would repeat themselves for ever.
    for _ in range(4):
        result = await larger.generate(built.request.model_copy(update={"temperature": 1.0}), ignore)
        if not result.is_complete:
            continue
        assert FullOutput.model_validate_json(result.text).root.model_dump() == json.loads(result.text)
        assert isinstance(planner.parse(result.text, context()), Commands | Answer | Question)
        break
    else:
        pytest.fail("nothing was complete")

    assert built.request.prompt == RENDERED[family].format(system=system, user=user)
    assert "phrase 0" in user and user.endswith("Order: show the disk space")
    assert await larger.count_tokens(built.request.prompt) <= built.budget


async def test_planning_again_evaluates_only_what_is_new(larger: LlamaEngine) -> None:
    planner = PromptPlanner(larger, max_tokens=60)
    first = (await planner.plan_prompt(context())).request
    other = (await planner.plan_prompt(context(order="something else"))).request

    written = await larger.generate(first, ignore)
    await larger.generate(other, ignore)
    again = await larger.generate(first, ignore)

    assert again.text == written.text
    assert again.cached_input_tokens > written.input_tokens * 0.8


@pytest.mark.parametrize(
    ("transcript", "examples", "piped", "kept"),
    [
        (1, 1, 0, {"transcript", "knowledge"}),
        (300, 1, 0, {"transcript", "knowledge"}),
        (1, 6, 0, {"knowledge"}),
        (1, 6, 4000, set[str]()),
    ],
)
async def test_the_window_holds_by_leaving_out_in_order(
    larger: LlamaEngine, transcript: int, examples: int, piped: int, kept: set[str]
) -> None:
    failed = Observation(command="df -x", exit_code=1, output="noise " * (piped // 6) + "FAILED")
    built = await PromptPlanner(larger, max_tokens=60).plan_prompt(
        context(
            transcript=(TurnRecord(order="earlier " * transcript, outcome="done"),),
            retrieved=tuple(example(number) for number in range(examples)),
            observations=(failed,),
            stdin="piped " * (piped // 6) + "LAST",
        )
    )
    parts = {part.name: part.text for part in built.parts}

    assert await larger.count_tokens(built.request.prompt) <= built.budget
    assert set(parts) == {"system", "host", "order", "observation", *kept}
    assert parts["order"].startswith("Order: show the disk space\n") and parts["order"].endswith("LAST\n</data>")
    assert parts["observation"].startswith("This was run and failed with status 1: df -x\n<data>\n")
    assert parts["observation"].endswith("FAILED\n</data>\nMend it.")
    assert len(parts.get("transcript", "")) < 300 * len("earlier "), "a long order is told short"
    if "knowledge" in kept:
        assert parts["knowledge"].startswith("- phrase 0:")
        assert len(parts["knowledge"].splitlines()) < 6


async def test_a_generation_can_be_cancelled(larger: LlamaEngine) -> None:
    started = asyncio.Event()
    request = GenerationRequest(prompt="x", grammar="root ::= [a-z]{1500}", max_tokens=1500)
    running = asyncio.create_task(larger.generate(request, lambda _: started.set()))
    await started.wait()
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    assert (await larger.generate(GenerationRequest(prompt="x", max_tokens=1), ignore)).output_tokens == 1


@pytest.fixture
async def thinking(tmp_path: Path, catalogue: Catalogue, texts: Texts) -> AsyncIterator[LlamaEngine]:
    """Return an engine whose model thinks before it answers."""
    Writer(tmp_path / "thinking.gguf", "gemma4-thinking").write()
    options = EngineOptions(threads=1, seed=3)
    engine = LlamaEngine(str(tmp_path / "thinking.gguf"), catalogue=catalogue, options=options, texts=texts)
    await engine.load()
    yield engine
    await engine.close()


async def test_thoughts_are_no_part_of_an_answer(thinking: LlamaEngine) -> None:
    planner = PromptPlanner(thinking, max_tokens=60)
    pieces: list[str] = []

    result = await thinking.generate((await planner.answer_prompt(context())).request, pieces.append)

    assert (result.text, "".join(pieces)) == (" de", " de")
    assert (result.is_complete, result.output_tokens) == (True, 5)
    assert planner.read_answer(result.text, context()) == "de"


async def test_thoughts_are_no_part_of_a_plan(thinking: LlamaEngine) -> None:
    built = await PromptPlanner(thinking, max_tokens=60).plan_prompt(context())

    result = await thinking.generate(built.request, ignore)

    assert result.text.startswith("{") and "channel" not in result.text


def test_nothing_but_thoughts_is_no_answer(larger: LlamaEngine) -> None:
    with pytest.raises(ValueError, match="thoughts"):
        PromptPlanner(larger, max_tokens=60).read_answer(" \n", context())

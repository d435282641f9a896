"""A real GGUF file for the engine's tests: Gemma 3's architecture, few weights, all of them random."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import gguf
import numpy
import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.engine.catalogue import Catalogue
from fazai_tui.engine.llama import LlamaEngine
from fazai_tui.engine.options import EngineOptions

HIDDEN, LAYERS, FORWARD, HEAD, WINDOW, CONTEXT = 64, 2, 128, 16, 32, 512
MARKS = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"]
PIECES = ["\n", "▁", *'abcdefghijklmnopqrstuvwxyz0123456789{}[]:,."-_/', "▁a", "▁de", "ão", "co", "ntar"]
TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('no system role') }}"
    "{% endif %}<start_of_turn>{{ 'model' if m['role'] == 'assistant' else 'user' }}\n{{ m['content'] }}"
    "<end_of_turn>\n{% endfor %}{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)


def add_vocabulary(writer: gguf.GGUFWriter) -> int:
    """Write a vocabulary of marks, bytes and a few pieces, and return its size."""
    tokens = [*MARKS, *(f"<0x{byte:02X}>" for byte in range(256)), *PIECES]
    kinds = [gguf.TokenType.CONTROL] * len(MARKS) + [gguf.TokenType.BYTE] * 256 + [gguf.TokenType.NORMAL] * len(PIECES)
    kinds[MARKS.index("<unk>")] = gguf.TokenType.UNKNOWN
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([token.encode() for token in tokens])
    writer.add_token_scores([-float(place) for place in range(len(tokens))])
    writer.add_token_types(kinds)
    writer.add_bos_token_id(2)
    writer.add_eos_token_id(1)
    writer.add_unk_token_id(3)
    writer.add_eot_token_id(5)
    writer.add_add_bos_token(True)
    writer.add_add_space_prefix(False)
    return len(tokens)


def write_tiny_model(file: Path, *, architecture: str = "gemma3", template: str = TEMPLATE) -> Path:
    """Write a model that llama.cpp loads and that says nothing sensible."""
    random = numpy.random.default_rng(7)
    writer = gguf.GGUFWriter(str(file), architecture)
    writer.add_name("tiny")
    writer.add_license("MIT")
    writer.add_string("fazai.profile", "compact")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FORWARD)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1e6)
    writer.add_sliding_window(WINDOW)
    count = add_vocabulary(writer)
    if template:
        writer.add_chat_template(template)

    def weights(*shape: int) -> numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.float32]]:
        return random.normal(0, 0.4, shape).astype(numpy.float32)

    writer.add_tensor("token_embd.weight", weights(count, HIDDEN))
    writer.add_tensor("output_norm.weight", numpy.ones(HIDDEN, numpy.float32))
    for layer in range(LAYERS):
        for name in ("attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm"):
            writer.add_tensor(f"blk.{layer}.{name}.weight", numpy.ones(HIDDEN, numpy.float32))
        for name in ("attn_q_norm", "attn_k_norm"):
            writer.add_tensor(f"blk.{layer}.{name}.weight", numpy.ones(HEAD, numpy.float32))
        writer.add_tensor(f"blk.{layer}.attn_q.weight", weights(4 * HEAD, HIDDEN))
        writer.add_tensor(f"blk.{layer}.attn_k.weight", weights(2 * HEAD, HIDDEN))
        writer.add_tensor(f"blk.{layer}.attn_v.weight", weights(2 * HEAD, HIDDEN))
        writer.add_tensor(f"blk.{layer}.attn_output.weight", weights(HIDDEN, 4 * HEAD))
        writer.add_tensor(f"blk.{layer}.ffn_gate.weight", weights(FORWARD, HIDDEN))
        writer.add_tensor(f"blk.{layer}.ffn_up.weight", weights(FORWARD, HIDDEN))
        writer.add_tensor(f"blk.{layer}.ffn_down.weight", weights(HIDDEN, FORWARD))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model file that tests may read and must not change."""
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.fixture
def texts() -> Texts:
    """Return the English texts."""
    return Texts("en")


@pytest.fixture
def catalogue(tmp_path: Path, texts: Texts) -> Catalogue:
    """Return a catalogue with an empty directory of models."""
    return Catalogue(tmp_path / "models", texts)


@pytest.fixture
async def engine(tiny_model: Path, catalogue: Catalogue, texts: Texts) -> AsyncIterator[LlamaEngine]:
    """Return an engine of the tiny model; it is not loaded yet."""
    engine = LlamaEngine(str(tiny_model), catalogue=catalogue, options=EngineOptions(threads=1, seed=1), texts=texts)
    yield engine
    await engine.close()


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaEngine]:
    """Return the shipped model."""
    texts = Texts("en")
    catalogue = Catalogue(tmp_path_factory.mktemp("models"), texts)
    engine = LlamaEngine("faisca", catalogue=catalogue, options=EngineOptions(threads=1), texts=texts)
    yield engine
    asyncio.run(engine.close())

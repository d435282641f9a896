"""Measure the engine beside a bare llama.cpp loop on the same model."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fazai_tui.core.generation import EngineInfo, GenerationRequest
from fazai_tui.engine.llama import LlamaEngine
from fazai_tui.engine.options import EngineOptions

if TYPE_CHECKING:
    # Importing it loads llama.cpp.
    from fazai_tui.engine.raw_loop import RawLoop

_SENTENCE = "crie um script em bash que conte de 1 a 10 e mostre o resultado na tela. "
_ROUNDS = 40


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second."""

    prompt: float
    generation: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the engine did, and the bare loop, on the same work: the fastest round of each.

    Whatever else the machine does only ever slows a round down, so the fastest ones are those to compare.
    """

    info: EngineInfo
    engine: Speed
    raw: Speed

    @property
    def prompt_ratio(self) -> float:
        """The engine's speed on prompts as a share of the bare loop's."""
        return self.engine.prompt / self.raw.prompt

    @property
    def generation_ratio(self) -> float:
        """The engine's speed of generation as a share of the bare loop's."""
        return self.engine.generation / self.raw.generation


async def compare(
    engine: LlamaEngine, options: EngineOptions, *, rounds: int = _ROUNDS, prompt_tokens: int = 256, most: int = 32
) -> Comparison:
    """Run one model both ways, in turns.

    Args:
        engine: Runs the model with the options.
        options: The same for the bare loop.
        rounds: How often each of the two runs.
        prompt_tokens: About how long each prompt is; less when the window is small.
        most: Tokens to generate in a round; fewer when the model ends its text.

    Raises:
        ModelError: The model cannot be loaded.
    """
    info = await engine.load()
    prompt = await _prompt(engine, min(prompt_tokens, info.context // 2))
    raw_loop = await asyncio.to_thread(_open_raw_loop, info, options)
    by_engine: list[Speed] = []
    by_raw: list[Speed] = []
    try:
        for turn in range(rounds):
            # The turn's number at the front keeps the engine from finding the prompt in its cache.
            text = f"{turn} {prompt}"
            speed, count = await _run_engine(engine, text, min(most, info.context // 2 - 16))
            by_engine.append(speed)
            by_raw.append(await asyncio.to_thread(_run_raw, raw_loop, text, count))
    finally:
        await asyncio.to_thread(raw_loop.close)
    return Comparison(info, _fastest(by_engine), _fastest(by_raw))


async def _prompt(engine: LlamaEngine, tokens: int) -> str:
    each = await engine.count_tokens(_SENTENCE)
    return _SENTENCE * max(1, tokens // each)


async def _run_engine(engine: LlamaEngine, prompt: str, most: int) -> tuple[Speed, int]:
    """Time from the call to the result, the hand-over between threads included, which the bare loop does not have."""
    pieces: list[str] = []
    began = time.perf_counter()
    result = await engine.generate(GenerationRequest(prompt=prompt, max_tokens=most), pieces.append)
    generation_seconds = time.perf_counter() - began - result.prompt_seconds
    evaluated = result.input_tokens - result.cached_input_tokens
    speed = Speed(evaluated / result.prompt_seconds, result.output_tokens / generation_seconds)
    return speed, result.output_tokens


def _run_raw(raw_loop: "RawLoop", prompt: str, count: int) -> Speed:
    tokens, prompt_seconds, generation_seconds = raw_loop.run(prompt, count)
    return Speed(tokens / prompt_seconds, count / generation_seconds)


def _fastest(speeds: Sequence[Speed]) -> Speed:
    return Speed(max(speed.prompt for speed in speeds), max(speed.generation for speed in speeds))


def _open_raw_loop(info: EngineInfo, options: EngineOptions) -> "RawLoop":
    from fazai_tui.engine.native import offloads
    from fazai_tui.engine.raw_loop import RawLoop

    layers = options.gpu_layers if options.gpu_layers is not None else -1 if offloads() else 0
    return RawLoop(Path(info.path), context=info.context, threads=options.threads, gpu_layers=layers)

"""Packing examples into rows of tokens and weights."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import sentencepiece

from training.dataset import Example
from training.tokenizer import BOS, END_OF_TURN, PAD, prompt_text

PROMPT_WEIGHT = 0.02
"""How much a prompt's tokens count beside the output's."""

FORCED_WEIGHT = 0.1
"""How much a token counts that the product's grammar forces."""

CHOICE_WEIGHT = 2.0
"""How much a token counts at which outputs that the grammar allows part: what the model really decides."""

_OPEN_ROWS = 24


def write_shard(
    examples: Iterable[Example], tokenizer: sentencepiece.SentencePieceProcessor, file: Path, *, length: int
) -> tuple[int, int]:
    """Pack examples first-fit into rows of `length` tokens; return how many were packed and how many were too long."""
    done: list[tuple[list[int], list[float]]] = []
    opened: list[tuple[list[int], list[float]]] = []
    packed = too_long = 0
    for example in examples:
        prompt = [BOS, *tokenizer.encode(prompt_text(example.content))]
        output, output_weights = _weighted_output(example, tokenizer)
        if len(prompt) + len(output) > length:
            too_long += 1
            continue
        row = next((row for row in opened if len(row[0]) + len(prompt) + len(output) <= length), None)
        if row is None:
            row = ([], [])
            opened.append(row)
        row[0].extend((*prompt, *output))
        row[1].extend([PROMPT_WEIGHT] * len(prompt) + output_weights)
        packed += 1
        if len(opened) > _OPEN_ROWS:
            done.append(opened.pop(0))
    done += opened
    tokens = np.full((len(done), length), PAD, dtype=np.uint16)
    weights = np.zeros((len(done), length), dtype=np.float16)
    for number, (row_tokens, row_weights) in enumerate(done):
        tokens[number, : len(row_tokens)] = row_tokens
        weights[number, : len(row_weights)] = row_weights
    partial = file.with_suffix(".part.npz")
    np.savez(partial, tokens=tokens, weights=weights)
    partial.rename(file)
    return packed, too_long


def _weighted_output(
    example: Example, tokenizer: sentencepiece.SentencePieceProcessor
) -> tuple[list[int], list[float]]:
    """Return the output's tokens and what each one counts."""
    text = example.output + END_OF_TURN
    data = text.encode()
    alternatives = (output.encode() + END_OF_TURN.encode() for output in example.alternatives())
    partings = {_parting(data, other) for other in alternatives if other != data}
    tokens = tokenizer.encode(text)
    weights: list[float] = []
    start = 0
    for token in tokens:
        end = start + (1 if tokenizer.is_byte(token) else len(tokenizer.id_to_piece(token).replace("▁", " ").encode()))
        is_choice = any(start <= parting < end for parting in partings)
        weights.append(CHOICE_WEIGHT if is_choice else FORCED_WEIGHT)
        start = end
    return tokens, weights


def _parting(first: bytes, second: bytes) -> int:
    pairs = enumerate(zip(first, second, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(first), len(second)))

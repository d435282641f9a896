"""Choose the next token: greedy or with a temperature, within a grammar when there is one."""

import ctypes
from collections.abc import Collection
from itertools import islice
from typing import Any

import numpy
from numpy.typing import NDArray

from fazai_tui.engine.bindings import native
from fazai_tui.engine.native import NativeModel, SamplerPointer
from fazai_tui.engine.text_stream import Utf8Tail

_TOP = 64
"""Candidates with a temperature, and those a grammar looks at before it looks at the whole vocabulary."""

_TOP_P = 0.95
"""The share of probability that candidates with a temperature make up; with 64 candidates, what Gemma is tuned for."""

_CANDIDATE = numpy.dtype([("id", numpy.int32), ("logit", numpy.float32), ("p", numpy.float32)])


class DeadEnd(Exception):
    """No token of the vocabulary fits the grammar here."""


class Grammar:
    """A grammar, and how far the text has come in it."""

    def __init__(self, model: NativeModel, pristine: SamplerPointer, marks: Collection[int]) -> None:
        """Begin at the grammar's start.

        Args:
            model: Whose tokens are judged.
            pristine: The parsed grammar; it stays as it is.
            marks: Tokens that are no text and end nothing. llama.cpp would take their spelling for text.
        """
        self._sampler = native.llama_sampler_clone(pristine)
        self._model = model
        self._marks = frozenset(marks)
        self._mark_array = numpy.fromiter(self._marks, numpy.int32)
        self._tail = Utf8Tail()
        self._one = numpy.zeros(1, _CANDIDATE)
        self._one_array = _token_array(self._one)

    def allows(self, token: int) -> bool:
        """Return whether a token may come next."""
        if token in self._marks or not self._tail.fits(self._model.piece(token)):
            return False
        self._one[0] = (token, 0.0, 0.0)
        native.llama_sampler_apply(self._sampler, ctypes.byref(self._one_array))
        return bool(self._one["logit"][0] == 0.0)

    def fitting(self, logits: NDArray[numpy.float32]) -> NDArray[numpy.int32]:
        """Return likely tokens that may come next, best first; at least one.

        Raises:
            DeadEnd: None may.
        """
        # Most often one of the likeliest fits; judging all of a large vocabulary takes tens of milliseconds.
        for tokens in (_likeliest(logits, _TOP), _likeliest(logits, len(logits))):
            candidates = numpy.zeros(len(tokens), _CANDIDATE)
            candidates["id"] = tokens
            candidates["logit"][numpy.isin(tokens, self._mark_array)] = -numpy.inf
            array = _token_array(candidates)
            native.llama_sampler_apply(self._sampler, ctypes.byref(array))
            # llama.cpp takes bytes that are no character for one; a text with such bytes could not be shown.
            allowed = (int(token) for token in tokens[candidates["logit"] == 0.0])
            whole = (token for token in allowed if self._tail.fits(self._model.piece(token)))
            if fitting := list(islice(whole, _TOP)):
                return numpy.array(fitting, numpy.int32)
        raise DeadEnd

    def accept(self, token: int) -> None:
        """Move on by a token that was found to fit: llama.cpp ends the process over any other."""
        if not self._model.is_end(token):
            self._tail.accept(self._model.piece(token))
            native.llama_sampler_accept(self._sampler, token)

    def close(self) -> None:
        """Free the grammar."""
        native.llama_sampler_free(self._sampler)


class Sampler:
    """Chooses tokens for one generation."""

    def __init__(self, temperature: float, grammar: Grammar | None, seed: int | None) -> None:
        """Prepare to choose.

        Args:
            temperature: 0 is greedy.
            grammar: What the output must match.
            seed: Makes choices repeatable.
        """
        self._temperature = temperature
        self._grammar = grammar
        self._random = numpy.random.default_rng(seed) if temperature > 0 else None

    def choose(self, logits: NDArray[numpy.float32]) -> int:
        """Return the next token: chosen freely first, and by the grammar only when that one does not fit.

        Raises:
            DeadEnd: No token fits the grammar.
        """
        token = int(logits.argmax()) if self._random is None else self._pick(logits, _likeliest(logits, _TOP))
        if self._grammar is not None:
            if not self._grammar.allows(token):
                token = self._pick(logits, self._grammar.fitting(logits))
            self._grammar.accept(token)
        return token

    def _pick(self, logits: NDArray[numpy.float32], tokens: NDArray[numpy.int32]) -> int:
        """Return one of some tokens, which are ordered from the likeliest on."""
        if self._random is None:
            return int(tokens[0])
        scores = logits[tokens].astype(numpy.float64) / self._temperature
        chances = numpy.exp(scores - scores[0])
        chances /= chances.sum()
        kept = int(numpy.searchsorted(chances.cumsum(), _TOP_P)) + 1
        return int(self._random.choice(tokens[:kept], p=chances[:kept] / chances[:kept].sum()))


def _likeliest(logits: NDArray[numpy.float32], count: int) -> NDArray[numpy.int32]:
    """Return the most likely tokens, best first."""
    tokens = numpy.arange(len(logits), dtype=numpy.int32)
    if count < len(logits):
        tokens = numpy.argpartition(logits, -count)[-count:].astype(numpy.int32)
    return tokens[numpy.argsort(-logits[tokens], kind="stable")]


def _token_array(candidates: NDArray[numpy.void]) -> Any:
    """Return llama.cpp's view of candidates; it is valid as long as they are."""
    data = candidates.ctypes.data_as(native.llama_token_data_p)
    return native.llama_token_data_array(data=data, size=len(candidates), selected=-1, sorted=False)

"""Choose the next token: greedy or with a temperature, within a grammar when there is one."""

import ctypes
from collections.abc import Collection
from typing import Any

import numpy
from numpy.typing import NDArray

from fazai_tui.engine.bindings import native
from fazai_tui.engine.native import NativeModel, SamplerPointer

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
        self._one = numpy.zeros(1, _CANDIDATE)
        self._one_array = _token_array(self._one)

    def allows(self, token: int) -> bool:
        """Return whether a token may come next."""
        if token in self._marks:
            return False
        self._one[0] = (token, 0.0, 0.0)
        native.llama_sampler_apply(self._sampler, ctypes.byref(self._one_array))
        return bool(self._one["logit"][0] == 0.0)

    def best(self, logits: NDArray[numpy.float32]) -> int:
        """Return the likeliest token that may come next.

        Raises:
            DeadEnd: None may.
        """
        # Most often one of the likeliest fits; judging all of a large vocabulary takes tens of milliseconds.
        for tokens in (_likeliest(logits), numpy.arange(len(logits), dtype=numpy.int32)):
            candidates = numpy.zeros(len(tokens), _CANDIDATE)
            candidates["id"] = tokens
            candidates["logit"] = logits[tokens]
            candidates["logit"][numpy.isin(tokens, self._mark_array)] = -numpy.inf
            array = _token_array(candidates)
            native.llama_sampler_apply(self._sampler, ctypes.byref(array))
            at = int(candidates["logit"].argmax())
            if candidates["logit"][at] > -numpy.inf:
                return int(tokens[at])
        raise DeadEnd

    def accept(self, token: int) -> None:
        """Move on by a token that `allows` or `best` found to fit: llama.cpp ends the process over any other."""
        if not self._model.is_end(token):
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
        token = int(logits.argmax()) if self._random is None else self._draw(logits, self._random)
        if self._grammar is not None:
            if not self._grammar.allows(token):
                token = self._grammar.best(logits)
            self._grammar.accept(token)
        return token

    def _draw(self, logits: NDArray[numpy.float32], random: numpy.random.Generator) -> int:
        tokens = _likeliest(logits)
        scores = logits[tokens].astype(numpy.float64) / self._temperature
        chances = numpy.exp(scores - scores[0])
        chances /= chances.sum()
        kept = int(numpy.searchsorted(chances.cumsum(), _TOP_P)) + 1
        chances = chances[:kept] / chances[:kept].sum()
        return int(tokens[random.choice(len(chances), p=chances)])


def _likeliest(logits: NDArray[numpy.float32]) -> NDArray[numpy.int32]:
    """Return the most likely tokens, best first."""
    if len(logits) <= _TOP:
        tokens = numpy.arange(len(logits), dtype=numpy.int32)
    else:
        tokens = numpy.argpartition(logits, -_TOP)[-_TOP:].astype(numpy.int32)
    return tokens[numpy.argsort(-logits[tokens], kind="stable")]


def _token_array(candidates: NDArray[numpy.void]) -> Any:
    """Return llama.cpp's view of candidates; it is valid as long as they are."""
    data = candidates.ctypes.data_as(native.llama_token_data_p)
    return native.llama_token_data_array(data=data, size=len(candidates), selected=-1, sorted=False)

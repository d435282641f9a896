"""Whether the values that an order names have places in an entry, and the places of an entry have values."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fazai_tui.core.cookbook import Entry, Slot
from fazai_tui.memory.terms import SHAPES

Floats = NDArray[np.float32]
Numbers = NDArray[np.intp]

_COUNTED = tuple("{sh} {archive} {file} {path} {glob} {ip} {url} {email} {time} {number} {mode} {quoted} {ext}".split())
_FREE = frozenset(("text", "message", "value", "person", "pattern", "args", "command"))
"""Types whose values may look like anything."""


class SlotFit:
    """Compares the shapes of an order's values with the slots of entries."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        slots = [tuple(entry.slots.values()) for entry in entries]
        required = [tuple(slot for slot in own if _is_required(slot)) for own in slots]
        self._places = _shapes(slots)
        self._needs = _shapes(required)
        self._endings = [frozenset(end for slot in own for end in slot.ends) for own in slots]
        self._counts = np.array(
            [
                (len(own), len(needed), sum(slot.type in _FREE for slot in own))
                for own, needed in zip(slots, required, strict=True)
            ],
            dtype=np.float32,
        ).reshape(-1, 3)

    def columns(self, terms: Sequence[str], values: int, candidates: Numbers) -> Floats:
        """Return a row for each candidate.

        Args:
            terms: The order's terms.
            values: How many values it holds.
            candidates: The numbers of the entries.
        """
        seen = Counter(terms)
        shapes = np.array([seen[shape] for shape in _COUNTED], dtype=np.float32)
        extra = np.maximum(shapes - self._places[candidates], 0)
        lacking = np.maximum(self._needs[candidates] - shapes, 0)
        places, needed, free = self._counts[candidates].T
        endings = {term for term in terms if term.startswith(".") and len(term) > 1}
        singles = (
            np.maximum(values - places, 0),
            np.maximum(needed - values, 0),
            np.maximum(needed - free - values, 0),
            extra.sum(axis=1),
            lacking.sum(axis=1),
            [self._ending_fits(number, endings) for number in candidates.tolist()],
            places / 4,
            needed / 4,
            free / 2,
            np.full(len(candidates), values / 4),
        )
        stacked = np.stack([np.asarray(single, dtype=np.float32) for single in singles], axis=1)
        return np.concatenate((stacked, extra, lacking), axis=1)

    def _ending_fits(self, number: int, endings: set[str]) -> float:
        wanted = self._endings[number]
        if not wanted:
            return 0.0
        return 1.0 if any(end.endswith(seen) for end in wanted for seen in endings) else -1.0


def _is_required(slot: Slot) -> bool:
    return slot.default is None and not slot.values


def _shapes(slots: Sequence[Sequence[Slot]]) -> Floats:
    """Return how many slots of each shape there are, a row for each entry."""
    counts = np.zeros((len(slots), len(_COUNTED)), dtype=np.float32)
    for number, own in enumerate(slots):
        for slot in own:
            for shape in SHAPES.get(slot.type, ()):
                counts[number, _COUNTED.index(shape)] += 1
    return counts

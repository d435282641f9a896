"""The second look: a small learned model that ranks what the first look found, in numpy alone."""

from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from fazai_tui.memory.guess import Guess

FILE = "models/reranker.npz"

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Layers:
    """One hidden layer over evidence that is scaled first.

    Attributes:
        mean: Subtracted from the evidence.
        scale: What it is then divided by.
        hidden: The weights of the hidden layer, a row for each unit.
        offset: Its offsets.
        output: What each unit counts in the end.
    """

    mean: Floats
    scale: Floats
    hidden: Floats
    offset: Floats
    output: Floats

    def fits(self) -> bool:
        """Tell whether the parts belong together."""
        units, width = self.hidden.shape
        return self.mean.shape == self.scale.shape == (width,) and self.offset.shape == self.output.shape == (units,)


class Judge:
    """Weighs evidence for candidates; trained on phrasings that the searched index did not know."""

    def __init__(self, layers: Layers, guess: Guess) -> None:
        self._layers = layers
        self.guess = guess

    @classmethod
    def shipped(cls) -> "Judge | None":
        """Return the judge that is part of the package; None when it is not there or is damaged."""
        return cls.read(resources.files("fazai_tui.config").joinpath(FILE))

    @classmethod
    def read(cls, file: Traversable) -> "Judge | None":
        """Read a judge; None when it is not there or is damaged."""
        try:
            with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
                numbers = {name: arrays[name].astype(np.float32) for name in arrays.files if name != "ids"}
                ids = arrays["ids"].tobytes().decode().split("\n")
            layers = Layers(*(numbers[name] for name in ("mean", "scale", "hidden", "offset", "output")))
            guess = Guess(ids, numbers["terms"], numbers["entries"], float(numbers["sharpness"]))
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return None
        return cls(layers, guess) if layers.fits() and len(ids) == len(numbers["entries"]) else None

    @property
    def width(self) -> int:
        """How many numbers of evidence it weighs."""
        return len(self._layers.mean)

    def weigh(self, evidence: Floats) -> Floats:
        """Return how strongly each row of evidence speaks for its candidate."""
        scaled = (evidence - self._layers.mean) / self._layers.scale
        units = np.maximum(scaled @ self._layers.hidden.T + self._layers.offset, 0)
        return np.asarray(units @ self._layers.output, dtype=np.float32)

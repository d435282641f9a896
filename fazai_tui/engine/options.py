"""How a model is run, and what `auto` means on this machine."""

import os
from dataclasses import dataclass

import psutil

from fazai_tui.config.settings import EngineSettings

_MOST_AUTO_CONTEXT = 8192
"""Plans and answers need no more; a larger window costs memory whether it is used or not."""

_LEAST_AUTO_CONTEXT = 512

_PARAMETERS_PER_THREAD = 15_000_000


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How to run a model; None chooses for the machine."""

    context: int | None = None
    """Tokens of the window."""
    threads: int | None = None
    gpu_layers: int | None = None
    """-1 for all, 0 for none."""
    seed: int | None = None
    """Seed of sampling with a temperature above 0; None takes another one each time."""

    @classmethod
    def from_settings(cls, settings: EngineSettings) -> "EngineOptions":
        """Return the options that the settings ask for."""

        def chosen(value: int | str) -> int | None:
            return value if isinstance(value, int) else None

        return cls(chosen(settings.context), chosen(settings.threads), chosen(settings.gpu_layers))


def auto_threads(parameters: int) -> int:
    """Return one thread for each physical core that the process may use, and no more than the model keeps busy.

    Threads wait for each other many times a token: with two threads, a model of 7 million parameters was seen to run
    at a third of the speed it has with one.

    Args:
        parameters: The model's weights.
    """
    allowed = len(os.sched_getaffinity(0))
    cores = min(allowed, psutil.cpu_count(logical=False) or allowed)
    return max(1, min(cores, parameters // _PARAMETERS_PER_THREAD))


def auto_context(trained: int, bytes_per_token: int) -> int:
    """Return a window that the model was trained for and a quarter of the free memory holds.

    Args:
        trained: Tokens the model was trained for.
        bytes_per_token: What one token takes in the cache.
    """
    affordable = psutil.virtual_memory().available // 4 // max(1, bytes_per_token)
    return min(trained or _MOST_AUTO_CONTEXT, _MOST_AUTO_CONTEXT, max(_LEAST_AUTO_CONTEXT, affordable))


def machine_memory() -> int:
    """Return the bytes of memory that this machine has."""
    return psutil.virtual_memory().total


def fits_memory(size_bytes: int) -> bool:
    """Return whether the free memory holds a number of bytes."""
    return size_bytes < psutil.virtual_memory().available

"""A bare llama.cpp loop: what the engine's speed is measured against. Importing it loads the library."""

import ctypes
import time
from pathlib import Path

from fazai_tui.engine.bindings import native
from fazai_tui.engine.native_log import native_log
from fazai_tui.engine.options import auto_threads


class RawLoop:
    """Decodes and samples with llama.cpp's own functions and does nothing else: no text, no cache, no cancelling."""

    def __init__(self, file: Path, *, context: int, threads: int | None, gpu_layers: int) -> None:
        """Load a model that is known to load.

        Args:
            file: The GGUF file.
            context: Tokens of the window.
            threads: How many; None for as many as the engine takes.
            gpu_layers: Layers on the GPU.
        """
        native_log()
        parameters = native.llama_model_default_params()
        parameters.n_gpu_layers = gpu_layers
        self._model = native.llama_model_load_from_file(str(file).encode(), parameters)
        self._vocabulary = native.llama_model_get_vocab(self._model)
        window = native.llama_context_default_params()
        window.n_ctx = context
        window.n_batch = window.n_ubatch = self._batch = min(512, context)
        weights = int(native.llama_model_n_params(self._model))
        window.n_threads = window.n_threads_batch = threads or auto_threads(weights)
        self._context = native.llama_init_from_model(self._model, window)
        self._sampler = native.llama_sampler_init_greedy()

    def run(self, prompt: str, count: int) -> tuple[int, float, float]:
        """Evaluate a prompt and generate tokens, whichever they are.

        Returns:
            The prompt's tokens, the seconds it took, and the seconds the generation took.
        """
        data = prompt.encode()
        room = len(data) + 8
        tokens = (native.llama_token * room)()
        length = native.llama_tokenize(self._vocabulary, data, len(data), tokens, room, True, True)
        native.llama_memory_clear(native.llama_get_memory(self._context), True)
        started = time.perf_counter()
        for start in range(0, length, self._batch):
            size = min(self._batch, length - start)
            part = ctypes.cast(ctypes.byref(tokens, start * ctypes.sizeof(native.llama_token)), native.llama_token_p)
            native.llama_decode(self._context, native.llama_batch_get_one(part, size))
        evaluated = time.perf_counter()
        one = (native.llama_token * 1)()
        for _ in range(count):
            one[0] = native.llama_sampler_sample(self._sampler, self._context, -1)
            native.llama_decode(self._context, native.llama_batch_get_one(one, 1))
        return length, evaluated - started, time.perf_counter() - evaluated

    def close(self) -> None:
        """Free the model."""
        native.llama_sampler_free(self._sampler)
        native.llama_free(self._context)
        native.llama_model_free(self._model)

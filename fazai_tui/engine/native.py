"""llama.cpp's model and context behind typed methods. Import it on the engine's thread: it loads the library."""

import ctypes
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy
from numpy.typing import NDArray

from fazai_tui.engine.bindings import native
from fazai_tui.engine.cancellation import Cancellation
from fazai_tui.engine.native_log import captured_stderr, native_log
from fazai_tui.engine.options import EngineOptions, auto_context, auto_threads, fits_memory

SamplerPointer: TypeAlias = Any
"""A sampler of llama.cpp, which frees it when told to and not before."""

_MARK = re.compile(r"<\|.*>|<.*\|>")
"""How marks are written that a file calls text: a bar inside the bracket, which no HTML tag has."""

_BATCH = 512
_PIECE_BYTES = 256
_TEXT_BYTES = 1 << 16
_ABORTED = 2
_LOADING_COMPLAINT = "llama_model_load: error loading model: "
_GRAMMAR_COMPLAINT = "parse: error parsing grammar: "
_CACHE_BYTES_PER_VALUE = 2
"""Keys and values are kept as 16-bit floats."""


class NativeFailure(Exception):
    """llama.cpp refused or failed; the text is its own."""


class Aborted(Exception):
    """The cancellation was seen within an evaluation."""


class TooLarge(Exception):
    """The window takes more memory than there is.

    Attributes:
        size_bytes: What it takes.
    """

    def __init__(self, size_bytes: int) -> None:
        super().__init__(size_bytes)
        self.size_bytes = size_bytes


def offloads() -> bool:
    """Return whether this build of llama.cpp can run layers on a GPU."""
    return bool(native.llama_supports_gpu_offload())


class NativeModel:
    """A loaded model with one context and one sequence in it."""

    def __init__(self, file: Path, options: EngineOptions, may_go_on: Callable[[], bool]) -> None:
        """Load a model.

        Args:
            file: The GGUF file.
            options: How to run it.
            may_go_on: Asked again and again while loading; False abandons it.

        Raises:
            NativeFailure: llama.cpp cannot load or run the file.
            TooLarge: There is not the memory for the window asked for.
        """
        self._context: int | None = None
        self._cancellation: Cancellation | None = None
        native_log().clear()
        native.llama_backend_init()
        parameters = native.llama_model_default_params()
        offload = -1 if offloads() else 0
        parameters.n_gpu_layers = offload if options.gpu_layers is None else options.gpu_layers

        def is_wanted(_progress: float, _data: object) -> bool:
            return may_go_on()

        callback = native.llama_progress_callback(is_wanted)
        parameters.progress_callback = callback
        model = native.llama_model_load_from_file(str(file).encode(), parameters)
        if not model:
            raise NativeFailure(native_log().last_error().removeprefix(_LOADING_COMPLAINT))
        self._model = model
        vocabulary = native.llama_model_get_vocab(model)
        self.vocabulary: int = vocabulary
        self.vocabulary_size: int = native.llama_vocab_n_tokens(vocabulary)
        try:
            self._open_context(options)
        except (NativeFailure, TooLarge):
            self.close()
            raise
        self._pieces: dict[int, bytes] = {}
        self._token = (native.llama_token * 1)()
        self._logits_at = 0
        self._logits: NDArray[numpy.float32] = numpy.empty(0, numpy.float32)
        self._abort = ctypes.cast(ctypes.CDLL(None).strlen, native.ggml_abort_callback)

    def _open_context(self, options: EngineOptions) -> None:
        if not native.llama_model_has_decoder(self._model) or native.llama_model_has_encoder(self._model):
            raise NativeFailure("not a decoder-only model")
        parameters = native.llama_context_default_params()
        per_token = self._cache_bytes()
        parameters.n_ctx = options.context or auto_context(self.trained_context, per_token)
        if not offloads() and not fits_memory(parameters.n_ctx * per_token):
            # The kernel grants any amount and ends the process once it is used.
            raise TooLarge(parameters.n_ctx * per_token)
        parameters.n_batch = parameters.n_ubatch = min(_BATCH, parameters.n_ctx)
        parameters.n_threads = parameters.n_threads_batch = options.threads or auto_threads(self.parameters)
        # A sliding window that keeps everything lets the cache be wound back to any earlier token.
        parameters.swa_full = True
        parameters.no_perf = True
        context = native.llama_init_from_model(self._model, parameters)
        if not context:
            raise NativeFailure(native_log().last_error().removeprefix(_LOADING_COMPLAINT))
        self._context = context
        self._memory = native.llama_get_memory(context)
        self.context = native.llama_n_ctx(context)
        self.batch = native.llama_n_batch(context)

    def _cache_bytes(self) -> int:
        """Return what one token takes in the cache, at most."""
        model = self._model
        head = native.llama_model_n_embd(model) // max(1, native.llama_model_n_head(model))
        architecture = self.metadata("general.architecture")
        widths = [self.metadata(f"{architecture}.attention.{part}_length") for part in ("key", "value")]
        width = sum(int(text) if text.isdecimal() else head for text in widths)
        heads = int(native.llama_model_n_head_kv(model)) * int(native.llama_model_n_layer(model))
        return width * heads * _CACHE_BYTES_PER_VALUE

    @property
    def trained_context(self) -> int:
        """Tokens the model was trained for."""
        return int(native.llama_model_n_ctx_train(self._model))

    @property
    def parameters(self) -> int:
        """How many weights the model has."""
        return int(native.llama_model_n_params(self._model))

    def metadata(self, key: str) -> str:
        """Return a value of the file's metadata as text, empty when there is none."""
        buffer = ctypes.create_string_buffer(_TEXT_BYTES)
        length = native.llama_model_meta_val_str(self._model, key.encode(), buffer, _TEXT_BYTES)
        if length >= _TEXT_BYTES:
            buffer = ctypes.create_string_buffer(length + 1)
            length = native.llama_model_meta_val_str(self._model, key.encode(), buffer, length + 1)
        return buffer.value.decode("utf-8", "replace") if length > 0 else ""

    def tokenise(self, text: str) -> list[int]:
        """Return a text's tokens, those written out (`<start_of_turn>`) included; none is added."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        tokens = (native.llama_token * room)()
        count = native.llama_tokenize(self.vocabulary, data, len(data), tokens, room, False, True)
        if count < 0:
            tokens = (native.llama_token * -count)()
            count = native.llama_tokenize(self.vocabulary, data, len(data), tokens, -count, False, True)
        return list(tokens[:count])

    def first_token(self) -> int | None:
        """Return the token that every text begins with; None when the model wants none."""
        has_first = native.llama_vocab_get_add_bos(self.vocabulary)
        return int(native.llama_vocab_bos(self.vocabulary)) if has_first else None

    def spelling(self, token: int) -> str:
        """Return how a token is written in the vocabulary, empty for no token."""
        if token < 0:
            return ""
        text: bytes = native.llama_vocab_get_text(self.vocabulary, token) or b""
        return text.decode("utf-8", "replace")

    def special_tokens(self) -> tuple[int, int]:
        """Return the tokens that begin and end a text; -1 for none."""
        return native.llama_vocab_bos(self.vocabulary), native.llama_vocab_eos(self.vocabulary)

    def mark_tokens(self) -> tuple[int, ...]:
        """Return the tokens that are marks and not text, such as the end of a turn.

        Files of Gemma 4 call the marks around thoughts and tool calls text, for programs that read them; their
        spelling tells.
        """
        return tuple(token for token in range(self.vocabulary_size) if self._is_mark(token))

    def _is_mark(self, token: int) -> bool:
        kind = native.llama_vocab_get_attr(self.vocabulary, token)
        if kind & native.LLAMA_TOKEN_ATTR_CONTROL:
            return True
        return bool(kind & native.LLAMA_TOKEN_ATTR_USER_DEFINED) and _MARK.fullmatch(self.spelling(token)) is not None

    def is_end(self, token: int) -> bool:
        """Return whether a token ends a generation."""
        return bool(native.llama_vocab_is_eog(self.vocabulary, token))

    def piece(self, token: int) -> bytes:
        """Return a token's bytes, which may be part of a character; nothing for a mark."""
        known = self._pieces.get(token)
        if known is None:
            buffer = ctypes.create_string_buffer(_PIECE_BYTES)
            length = native.llama_token_to_piece(self.vocabulary, token, buffer, _PIECE_BYTES, 0, False)
            if length < 0:
                buffer = ctypes.create_string_buffer(-length)
                length = native.llama_token_to_piece(self.vocabulary, token, buffer, -length, 0, False)
            known = self._pieces[token] = buffer.raw[:length]
        return known

    def watch(self, cancellation: Cancellation) -> None:
        """Let a cancellation end evaluations; it must live until another one is watched or the model is closed."""
        self._cancellation = cancellation
        native.llama_set_abort_callback(self._context, self._abort, ctypes.c_void_p(cancellation.address))

    def evaluate(self, tokens: Sequence[int]) -> None:
        """Evaluate tokens after those in the cache.

        Raises:
            Aborted: The watched cancellation was set; some of the tokens may be in the cache.
            NativeFailure: llama.cpp failed.
        """
        for start in range(0, len(tokens), self.batch):
            part = tokens[start : start + self.batch]
            self._decode((native.llama_token * len(part))(*part), len(part))

    def evaluate_one(self, token: int) -> None:
        """Evaluate one token after those in the cache; raises as `evaluate` does."""
        self._token[0] = token
        self._decode(self._token, 1)

    def _decode(self, tokens: Any, count: int) -> None:
        code = native.llama_decode(self._context, native.llama_batch_get_one(tokens, count))
        if code == _ABORTED:
            raise Aborted
        if code:
            raise NativeFailure(f"llama_decode: {code}")

    def logits(self) -> NDArray[numpy.float32]:
        """Return the last token's logits: llama.cpp's own memory, until the next evaluation."""
        pointer = native.llama_get_logits_ith(self._context, -1)
        address = ctypes.addressof(pointer.contents)
        if address != self._logits_at:
            self._logits_at = address
            self._logits = numpy.ctypeslib.as_array(pointer, shape=(self.vocabulary_size,))
        return self._logits

    def cached_tokens(self) -> int:
        """Return how many tokens are in the cache."""
        return int(native.llama_memory_seq_pos_max(self._memory, 0)) + 1

    def keep(self, count: int) -> int:
        """Drop all but the first tokens from the cache; return how many stay, 0 where it cannot be wound back."""
        if native.llama_memory_seq_rm(self._memory, 0, count, -1):
            return count
        native.llama_memory_clear(self._memory, True)
        return 0

    def grammar(self, text: str) -> SamplerPointer:
        """Parse a GBNF grammar whose start is `root`; the caller frees it.

        Raises:
            NativeFailure: It is not one.
        """
        native_log().clear()
        with captured_stderr() as printed:
            sampler = native.llama_sampler_init_grammar(self.vocabulary, text.encode(), b"root")
        if not sampler:
            lines = "".join(printed).splitlines() or [native_log().last_error()]
            raise NativeFailure(lines[0].removeprefix(_GRAMMAR_COMPLAINT))
        return sampler

    def close(self) -> None:
        """Free the model. Harmless when that is done."""
        if self._context is not None:
            native.llama_free(self._context)
            self._context = None
        if self._model is not None:
            native.llama_model_free(self._model)
            self._model = None

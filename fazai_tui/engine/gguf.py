"""Read a GGUF file's header: what the model is, and whether the file is whole.

llama.cpp trusts much of what a file says of itself. Looking first, in Python, turns a damaged file into a sentence.
"""

import mmap
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Literal, TypeAlias

Scalar: TypeAlias = int | float | bool | str

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_STRING, _ARRAY = 8, 9
_FORMATS: Mapping[int, str] = {
    0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d",
}  # fmt: skip
_DEFAULT_ALIGNMENT = 32
_VOCABULARY = "tokenizer.ggml.tokens"
_MAX_DIMENSIONS = 4

_TENSOR_TYPES: Mapping[int, tuple[str, int, int]] = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210), 16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98), 20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136), 30: ("BF16", 1, 2), 39: ("MXFP4", 32, 17),
}  # fmt: skip
"""Name, elements a block and bytes a block, by ggml's number. Unlisted types are left for llama.cpp to judge."""

Damage = Literal["empty", "not_gguf", "version", "truncated", "damaged"]


class GgufDamage(Exception):
    """The file is not a whole GGUF file.

    Attributes:
        kind: What is wrong.
        expected: Bytes the file should have, for `truncated` where that is known.
    """

    def __init__(self, kind: Damage, expected: int = 0) -> None:
        super().__init__(kind)
        self.kind: Damage = kind
        self.expected = expected


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What a GGUF file says of its model."""

    metadata: Mapping[str, Scalar]
    """Every value that is not an array."""
    parameters: int
    quantisation: str
    """The type that most weights have."""
    file_bytes: int

    @property
    def architecture(self) -> str:
        """The architecture as llama.cpp names it, `gemma3` for example."""
        return self.text("general.architecture")

    @property
    def context(self) -> int:
        """Tokens the model was trained for; 0 when the file does not say."""
        value = self.metadata.get(f"{self.architecture}.context_length", 0)
        return value if isinstance(value, int) else 0

    @property
    def profile(self) -> str:
        """The prompt profile the model was made for."""
        return "compact" if self.text("fazai.profile") == "compact" else "full"

    @property
    def licence(self) -> str:
        """The licence, empty when the file names none."""
        return self.text("general.license") or self.text("general.license.name")

    def text(self, key: str) -> str:
        """Return a value as text, empty when there is none."""
        value = self.metadata.get(key, "")
        return value if isinstance(value, str) else str(value)


def read_header(file: Path) -> GgufHeader:
    """Read and check a file's header.

    Raises:
        OSError: The file cannot be read.
        GgufDamage: It is empty, cut short, damaged or no GGUF file.
    """
    with file.open("rb") as stream:
        size = stream.seek(0, 2)
        if size == 0:
            raise GgufDamage("empty")
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _Reader(data, size).header()


class _Reader:
    """A position in a file, moving forward."""

    def __init__(self, data: mmap.mmap, size: int) -> None:
        self._data = data
        self._size = size
        self._at = 0

    def header(self) -> GgufHeader:
        if self._data[:4] != _MAGIC:
            is_cut = _MAGIC.startswith(self._data[:4])
            raise GgufDamage("truncated" if is_cut else "not_gguf")
        self._at = 4
        if self._number("I") not in _VERSIONS:
            raise GgufDamage("version")
        tensors, pairs = self._number("Q"), self._number("Q")
        metadata: dict[str, Scalar] = {}
        for _ in range(pairs):
            key = self._string()
            value = self._value(self._number("I"), has_distinct_strings=key == _VOCABULARY)
            if value is not None:
                metadata[key] = value
        return self._with_tensors(tensors, metadata)

    def _with_tensors(self, count: int, metadata: dict[str, Scalar]) -> GgufHeader:
        elements: Counter[str] = Counter()
        end = 0
        for _ in range(count):
            self._string()
            dimensions = self._number("I")
            if not 0 < dimensions <= _MAX_DIMENSIONS:
                raise GgufDamage("damaged")
            size = prod(self._number("Q") for _ in range(dimensions))
            number, offset = self._number("I"), self._number("Q")
            name, block, block_bytes = _TENSOR_TYPES.get(number, (f"type {number}", 1, 0))
            elements[name] += size
            end = max(end, offset + size // block * block_bytes)
        alignment = metadata.get("general.alignment", _DEFAULT_ALIGNMENT)
        if not isinstance(alignment, int) or alignment <= 0 or not elements:
            raise GgufDamage("damaged")
        start = -(-self._at // alignment) * alignment
        if start + end > self._size:
            raise GgufDamage("truncated", start + end)
        return GgufHeader(metadata, elements.total(), elements.most_common(1)[0][0], self._size)

    def _value(self, kind: int, *, has_distinct_strings: bool) -> Scalar | None:
        if kind == _STRING:
            return self._string()
        if kind != _ARRAY:
            if kind not in _FORMATS:
                raise GgufDamage("damaged")
            return self._scalar(_FORMATS[kind])
        kind, count = self._number("I"), self._number("Q")
        if kind == _STRING:
            self._skip_strings(count, must_differ=has_distinct_strings)
        elif kind in _FORMATS:
            self._take(count * struct.calcsize(_FORMATS[kind]))
        else:
            raise GgufDamage("damaged")
        return None

    def _skip_strings(self, count: int, *, must_differ: bool) -> None:
        """Pass over strings; a vocabulary often has a quarter of a million, so the loop does little else."""
        unpack, data, at, size = struct.Struct("<Q").unpack_from, self._data, self._at, self._size
        seen: set[bytes] = set()
        empty = 0
        for _ in range(count):
            if at + 8 > size:
                raise GgufDamage("truncated")
            end = at + 8 + unpack(data, at)[0]
            if must_differ:
                seen.add(data[at + 8 : end])
                empty += end == at + 8
            at = end
        self._at = at
        self._take(0)
        # llama.cpp gives empty tokens names of their own, and ends the process over two tokens that are the same.
        if must_differ and len(seen - {b""}) + empty != count:
            raise GgufDamage("damaged")

    def _string(self) -> str:
        length = self._number("Q")
        start = self._take(length)
        return self._data[start : start + length].decode("utf-8", "replace")

    def _number(self, code: str) -> int:
        return int(self._scalar(code))

    def _scalar(self, code: str) -> int | float | bool:
        start = self._take(struct.calcsize(code))
        value: int | float | bool = struct.unpack_from(f"<{code}", self._data, start)[0]
        return value

    def _take(self, length: int) -> int:
        """Move on by a number of bytes and return where they begin."""
        start = self._at
        if start + length > self._size:
            raise GgufDamage("truncated")
        self._at = start + length
        return start

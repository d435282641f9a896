"""The process that embeds texts. It is started by `SentenceEmbedder`, and it alone imports torch.

Frames go both ways over its pipes: a length of four bytes, then JSON. A reply with vectors is followed by their numbers
as 32-bit floats. It ends when its input does, which is when its parent is gone, however that died.
"""

import hashlib
import json
import os
import select
import struct
import sys
import threading
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

LENGTH = struct.Struct(">I")


def write_frame(stream: BinaryIO, message: dict[str, object], data: bytes = b"") -> None:
    """Write one frame and what follows it."""
    text = json.dumps(message).encode()
    stream.write(LENGTH.pack(len(text)) + text + data)
    stream.flush()


def digest_of(folder: Path) -> str:
    """Return the SHA-256 of a model's weights; empty where they are not one safetensors file."""
    weights = folder / "model.safetensors"
    if not weights.is_file():
        return ""
    with weights.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def main(arguments: Sequence[str]) -> int:
    """Load the model of a directory, then embed until the input ends.

    Args:
        arguments: The directory, and the SHA-256 that its weights have to have; empty for any.
    """
    folder, digest = arguments
    replies = os.fdopen(os.dup(1), "wb")
    # What libraries print must not get among the frames.
    os.dup2(2, 1)
    threading.Thread(target=end_with_parent, daemon=True).start()
    if digest and digest_of(Path(folder)) != digest:
        write_frame(replies, {"error": "the weights are not the ones they should be"})
        return 1
    model = _model(folder)
    width = model.get_embedding_dimension()
    write_frame(replies, {"width": width})
    requests = sys.stdin.buffer
    while len(head := requests.read(LENGTH.size)) == LENGTH.size:
        texts: list[str] = json.loads(requests.read(LENGTH.unpack(head)[0]))["texts"]
        vectors = model.encode(texts, normalize_embeddings=True, show_progress_bar=False).astype("<f4")
        write_frame(replies, {"rows": len(texts), "width": width}, vectors.tobytes())
    return 0


def _model(folder: str) -> Any:
    torch = import_module("torch")
    # One core: the other ones are the language model's.
    torch.set_num_threads(1)
    return import_module("sentence_transformers").SentenceTransformer(
        folder, device="cpu", local_files_only=True, trust_remote_code=False
    )


def end_with_parent() -> None:
    """End the process as soon as nobody holds the other end of its input, even amid an import."""
    poll = select.poll()
    poll.register(0, select.POLLHUP)
    while not any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll()):
        pass
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

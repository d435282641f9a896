"""Output that comes faster than anyone reads: kept as it came, and measured while it comes."""

from collections.abc import Iterator
from dataclasses import dataclass

_PIECE = 128 * 1024


@dataclass(frozen=True, slots=True)
class FloodPiece:
    """Whole lines of output.

    Attributes:
        text: The output, escape sequences included.
        lines: How many lines it has.
        longest: The characters of its longest line, without the line's end; never too few.
    """

    text: str
    lines: int
    longest: int


@dataclass(frozen=True, slots=True)
class Flood:
    """What came before the text of an output event.

    Attributes:
        pieces: The output, the oldest first.
        left_out: How many lines before it were let go.
    """

    pieces: tuple[FloodPiece, ...] = ()
    left_out: int = 0


def pieces_of(text: str) -> Iterator[FloodPiece]:
    """Cut output into pieces at ends of lines; a line that has no end is one of its own."""
    start = 0
    while start < len(text):
        end = text.find("\n", min(start + _PIECE, len(text)) - 1) + 1 or len(text)
        piece = text[start:end]
        lines = piece.split("\n")
        yield FloodPiece(piece, len(lines) - (not lines[-1]), len(max(lines, key=len)))
        start = end

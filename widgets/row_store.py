"""The rows of a long log in little memory: what came in a flood is kept as it came, and read when it is looked at."""

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Literal

from fazai_tui.core.flood import FloodPiece
from fazai_tui.widgets.ansi_lines import AnsiLine, LineAssembler, fold, without_sequences

MAX_ROWS = 100_000
"""Rows kept; older ones are dropped."""
MAX_CHARACTERS = 32 * 1024 * 1024
"""Characters kept, for rows that are long."""
_OPEN_BLOCK = 512
_READ_PIECES = 8

RowKind = Literal["command", "detail", "success", "failure", "note", "fold"]
"""What a row of FazAI's own says: a command's header, where it runs, how it ended, a remark, or folded rows."""


@dataclass(frozen=True, slots=True)
class MarkRow:
    """A row of FazAI's own among the output."""

    text: str
    kind: RowKind


Row = MarkRow | AnsiLine


@dataclass(slots=True)
class _Rows:
    """Rows that were read."""

    rows: list[Row] = field(default_factory=list[Row])
    size: int = 0

    def __len__(self) -> int:
        return len(self.rows)

    def haystack(self) -> str:
        return "\n".join(plain(row) for row in self.rows)


@dataclass(slots=True, eq=False)
class _Raw:
    """Output as it came, whole lines."""

    text: str
    width: int
    count: int

    @property
    def size(self) -> int:
        return len(self.text)

    def __len__(self) -> int:
        return self.count

    def haystack(self) -> str:
        return without_sequences(self.text)

    def read(self) -> list[Row]:
        rows: list[Row] = []
        for line in LineAssembler().feed(self.text):
            rows += fold(line, self.width)
        # A wide character that does not fit at the end of a row may make one more than was counted.
        return [*rows, *[AnsiLine("")] * (self.count - len(rows))][: self.count]


@dataclass(slots=True)
class _Fold:
    """Rows put away behind one that says so."""

    label: str
    blocks: list["_Rows | _Raw"]
    hidden: int
    is_open: bool = False

    @property
    def size(self) -> int:
        return sum(block.size for block in self.blocks)

    def __len__(self) -> int:
        return 1 + (self.hidden if self.is_open else 0)

    def haystack(self) -> str:
        return "\n".join(block.haystack() for block in self.blocks)


_Block = _Rows | _Raw | _Fold


class RowStore:
    """Rows by number, from 0, the oldest first."""

    def __init__(self) -> None:
        self._blocks: deque[_Block] = deque()
        self._ends: list[int] | None = None
        self._read: dict[_Raw, list[Row]] = {}
        self._size = 0
        self.dropped = 0
        """Rows that were let go at the front, in all."""

    def __len__(self) -> int:
        ends = self._offsets()
        return ends[-1] if ends else 0

    def append(self, rows: Sequence[Row]) -> None:
        """Add rows."""
        if not rows:
            return
        last = self._blocks[-1] if self._blocks else None
        if not isinstance(last, _Rows) or len(last) >= _OPEN_BLOCK:
            last = _Rows()
            self._blocks.append(last)
        last.rows.extend(rows)
        added = sum(len(row.text) for row in rows)
        last.size += added
        self._size += added
        self._trim()

    def append_raw(self, pieces: Iterable[FloodPiece], width: int) -> None:
        """Add lines of a flood without reading them; each is as wide as it needs."""
        for piece in pieces:
            count = piece.lines if piece.longest <= width else _count_rows(piece.text, width)
            self._blocks.append(_Raw(piece.text, width, count))
            self._size += len(piece.text)
        self._trim()

    def clear(self) -> None:
        """Forget everything."""
        self._blocks.clear()
        self._read.clear()
        self._ends = None
        self._size = 0
        self.dropped = 0

    def __getitem__(self, index: int) -> Row:
        number, offset = self._locate(index)
        return self._row(self._blocks[number], offset)

    def slice(self, start: int, stop: int) -> list[Row]:
        """Return rows `start` to `stop`."""
        return [self[index] for index in range(max(0, start), min(stop, len(self)))]

    def take_back(self, limit: int) -> list[AnsiLine]:
        """Take the newest rows of output back, at most `limit`, up to a row of FazAI's own."""
        taken: list[AnsiLine] = []
        while self._blocks and len(taken) < limit:
            last = self._blocks[-1]
            if isinstance(last, _Raw):
                self._blocks[-1] = last = _Rows(self._rows_of(last), last.size)
            if not isinstance(last, _Rows) or not last.rows:
                break
            row = last.rows[-1]
            if not isinstance(row, AnsiLine):
                break
            last.rows.pop()
            last.size -= len(row.text)
            self._size -= len(row.text)
            taken.append(row)
            if not last.rows:
                self._blocks.pop()
        self._ends = None
        return taken[::-1]

    def fold(self, start: int, stop: int, label: Callable[[int], str]) -> None:
        """Put rows away behind one that says how many there are.

        Args:
            start: The first row to put away.
            stop: The row after the last one.
            label: Returns the words for a number of rows.
        """
        first, last = self._split(start), self._split(stop)
        blocks = list(self._blocks)
        hidden: list[_Rows | _Raw] = [block for block in blocks[first:last] if not isinstance(block, _Fold)]
        if len(hidden) != last - first or not hidden:
            return
        count = stop - start
        self._blocks = deque([*blocks[:first], _Fold(label(count), hidden, count), *blocks[last:]])
        self._ends = None

    def is_fold(self, index: int) -> bool:
        """Whether a row stands for rows that were put away."""
        number, offset = self._locate(index)
        return offset == 0 and isinstance(self._blocks[number], _Fold)

    def toggle(self, index: int) -> None:
        """Open or close the fold whose row this is."""
        number, _ = self._locate(index)
        block = self._blocks[number]
        if isinstance(block, _Fold):
            block.is_open = not block.is_open
            self._ends = None

    def find(self, wanted: str, start: int, *, is_backward: bool) -> int | None:
        """Return the nearest row that holds a text, from `start` on, that row included; a fold around it is opened.

        Args:
            wanted: The text; small letters find capitals too.
            start: Where to begin.
            is_backward: Whether towards older rows.
        """
        if not len(self) or not wanted:
            return None
        has_case = wanted != wanted.lower()
        number, first = self._locate(min(max(start, 0), len(self) - 1))
        offset: int | None = first
        step = -1 if is_backward else 1
        while 0 <= number < len(self._blocks):
            block = self._blocks[number]
            if contains(block.haystack(), wanted, has_case=has_case):
                found = self._find_in(number, wanted, offset, has_case=has_case, is_backward=is_backward)
                if found is not None:
                    return found
            number += step
            offset = None
        return None

    def _find_in(
        self, number: int, wanted: str, offset: int | None, *, has_case: bool, is_backward: bool
    ) -> int | None:
        block = self._blocks[number]
        if isinstance(block, _Fold) and not block.is_open:
            block.is_open = True
            self._ends = None
            offset = None if offset else offset
        length = len(block)
        if is_backward:
            places = range(length - 1 if offset is None else offset, -1, -1)
        else:
            places = range(offset or 0, length)
        base = self._offsets()[number] - length
        for place in places:
            if contains(plain(self._row(block, place)), wanted, has_case=has_case):
                return base + place
        return None

    def _offsets(self) -> list[int]:
        if self._ends is None:
            self._ends = list(accumulate(len(block) for block in self._blocks))
        return self._ends

    def _locate(self, index: int) -> tuple[int, int]:
        ends = self._offsets()
        number = bisect_right(ends, index)
        if not 0 <= index or number >= len(ends):
            raise IndexError(index)
        return number, index - (ends[number] - len(self._blocks[number]))

    def _row(self, block: _Block, offset: int) -> Row:
        match block:
            case _Rows():
                return block.rows[offset]
            case _Raw():
                return self._rows_of(block)[offset]
            case _Fold():
                if offset == 0:
                    return MarkRow(f"{'▾' if block.is_open else '▸'} {block.label}", "fold")
                offset -= 1
                for inner in block.blocks:
                    if offset < len(inner):
                        return self._row(inner, offset)
                    offset -= len(inner)
                raise IndexError(offset)

    def _rows_of(self, block: _Raw) -> list[Row]:
        rows = self._read.get(block)
        if rows is None:
            while len(self._read) >= _READ_PIECES:
                del self._read[next(iter(self._read))]
            rows = self._read[block] = block.read()
        return rows

    def _split(self, index: int) -> int:
        """Make a block begin at a row; return the block's number."""
        if index >= len(self):
            return len(self._blocks)
        number, offset = self._locate(index)
        block = self._blocks[number]
        if offset == 0 or isinstance(block, _Fold):
            return number
        rows = self._rows_of(block) if isinstance(block, _Raw) else block.rows
        parts = (_sized(rows[:offset]), _sized(rows[offset:]))
        self._blocks[number] = parts[0]
        self._blocks.insert(number + 1, parts[1])
        self._ends = None
        return number + 1

    def _trim(self) -> None:
        self._ends = None
        count = sum(_weight(block) for block in self._blocks)
        while len(self._blocks) > 1:
            first = self._blocks[0]
            if count - _weight(first) < MAX_ROWS and self._size <= MAX_CHARACTERS:
                break
            self._blocks.popleft()
            count -= _weight(first)
            self.dropped += len(first)
            self._size -= first.size
            if isinstance(first, _Raw):
                self._read.pop(first, None)
            self._ends = None

    def __iter__(self) -> Iterator[Row]:
        for block in self._blocks:
            for offset in range(len(block)):
                yield self._row(block, offset)


def plain(row: Row) -> str:
    """Return a row's text without colours."""
    return row.text if isinstance(row, MarkRow) else without_sequences(row.text)


def contains(text: str, wanted: str, *, has_case: bool) -> bool:
    """Tell whether a text holds another; without `has_case` capitals do not matter."""
    return wanted in (text if has_case else text.lower())


def _weight(block: _Block) -> int:
    return 1 + block.hidden if isinstance(block, _Fold) else len(block)


def _sized(rows: list[Row]) -> _Rows:
    return _Rows(rows, sum(len(row.text) for row in rows))


def _count_rows(text: str, width: int) -> int:
    """Return how many rows lines take at a width."""
    lines = text.split("\n")
    rows = len(lines) - (not lines[-1])
    wide = [line for line in lines if len(line) > width]
    if not wide:
        return rows
    clean = without_sequences("\n".join(wide)).replace("\r\n", "\n").removesuffix("\r").split("\n")
    return rows - len(clean) + sum(max(1, -(-_cells(line) // width)) for line in clean)


def _cells(line: str) -> int:
    if line.isascii() and "\t" not in line:
        return len(line)
    from rich.cells import cell_len

    return cell_len(line.expandtabs(8))

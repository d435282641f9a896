"""Tables on standard output."""

from collections.abc import Sequence

from fazai_tui.cli.terminal import one_line


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print columns as wide as what stands in them; the last one takes the rest of the line."""
    lines = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip())

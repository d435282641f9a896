"""Accuracy against size: the measured models, kept in a TOML file and drawn as SVG."""

import math
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 52, 20, 44, 44
TICKS = 5


class Run(BaseModel):
    """A model that was measured.

    Attributes:
        mb: The size of its file, in millions of bytes.
        orders: Of a hundred orders, how many came out right by their effect; None when that was not measured.
        exact: Of a hundred held-out phrasings, for how many the plan was exact.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    mb: float = Field(gt=0)
    orders: float | None = Field(default=None, ge=0, le=100)
    exact: float | None = Field(default=None, ge=0, le=100)
    note: str = ""


_RUNS: TypeAdapter[list[Run]] = TypeAdapter(list[Run])

_SERIES: tuple[tuple[str, str, Callable[[Run], float | None]], ...] = (
    ("orders, by their effect", "#1f77b4", lambda run: run.orders),
    ("held-out phrasings, exact plan", "#d9730d", lambda run: run.exact),
)


def read_runs(file: Path) -> list[Run]:
    """Read the measured models.

    Raises:
        ValueError: The file is not TOML or a run lacks a field.
    """
    return _RUNS.validate_python(tomlkit.parse(file.read_text(encoding="utf-8")).unwrap().get("run", []))


def record(file: Path, run: Run) -> None:
    """Add a run to the file, or put it in the place of the one with its name; what it does not say stays.

    Raises:
        ValueError: The file is not TOML or a run lacks a field.
    """
    text = file.read_text(encoding="utf-8")
    said = run.model_dump(exclude_none=True, exclude_defaults=True)
    runs = read_runs(file)
    if run.name in (known.name for known in runs):
        runs = [known.model_copy(update=said) if known.name == run.name else known for known in runs]
    else:
        runs.append(run)
    tables = tomlkit.dumps({"run": [known.model_dump(exclude_none=True, exclude_defaults=True) for known in runs]})
    file.write_text(f"{text.partition('[[')[0].rstrip()}\n\n{tables}", encoding="utf-8")


def draw(runs: Sequence[Run]) -> str:
    """Return a plot of the accuracy of models against their size, as SVG."""
    widest = TICKS * math.ceil(max((run.mb for run in runs), default=1.0) * 1.1 / TICKS)

    def x(mb: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * mb / widest, 1)

    def y(share: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share / 100, 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        'font-size="12" fill="#333">',
        "<title>Accuracy against size of the model</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for number in range(TICKS + 1):
        share, mb = 100 * number / TICKS, widest * number / TICKS
        parts += [
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(share)}" y2="{y(share)}" stroke="#ddd"/>',
            _text(LEFT - 8, y(share) + 4, f"{share:.0f} %", "end"),
            _text(x(mb), HEIGHT - BOTTOM + 18, f"{mb:.0f}", "middle"),
        ]
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, "size of the file, MB", "middle"))
    for number, (label, colour, value) in enumerate(_SERIES):
        at = LEFT + 250 * number
        parts += [f'<circle cx="{at + 6}" cy="20" r="5" fill="{colour}"/>', _text(at + 18, 24, label, "start")]
        known = sorted((run.mb, part, run.name) for run in runs if (part := value(run)) is not None)
        line = " ".join(f"{x(mb)},{y(share)}" for mb, share, _ in known)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-opacity="0.4"/>')
        for mb, share, name in known:
            parts.append(_mark(x(mb), y(share), f"{name}, {mb:.1f} MB: {share:.0f} %", colour))
            parts.append(_text(x(mb), y(share) - 10, name, "middle"))
    return "\n".join((*parts, "</svg>", ""))


def _mark(x: float, y: float, title: str, colour: str) -> str:
    return f'<circle cx="{x}" cy="{y}" r="5" fill="{colour}"><title>{escape(title)}</title></circle>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'

"""What measurements come to: right answers by language, level and category, with times, as Markdown."""

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fazai_tui.core.cookbook import LANGUAGES, Language

LANGUAGE_NAMES: Mapping[Language, str] = {"pt": "Portuguese", "en": "English"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one order ended.

    Attributes:
        is_right: The order was fulfilled, or its plan is the expected one.
        is_readable: What the model wrote follows the schema of plans.
        seconds: How long it took.
    """

    language: Language
    level: str
    category: str
    is_right: bool
    is_readable: bool
    seconds: float


def percent(right: int, total: int) -> float:
    """Return how many of a hundred are right; 0 of nothing."""
    return 100 * right / total if total else 0.0


def accuracy(outcomes: Sequence[Outcome]) -> float:
    """Return how many of a hundred orders came out right."""
    return percent(sum(outcome.is_right for outcome in outcomes), len(outcomes))


def gap(outcomes: Sequence[Outcome]) -> float:
    """Return by how many points one language is ahead of the other."""
    pt, en = ([outcome for outcome in outcomes if outcome.language == language] for language in LANGUAGES)
    return abs(accuracy(pt) - accuracy(en))


def median(outcomes: Sequence[Outcome]) -> float:
    """Return the median of the times."""
    return statistics.median(outcome.seconds for outcome in outcomes)


def percentile_95(outcomes: Sequence[Outcome]) -> float:
    """Return the time that 95 of a hundred orders stay within."""
    times = sorted(outcome.seconds for outcome in outcomes)
    return times[min(len(times) - 1, int(len(times) * 0.95))]


def unreadable(outcomes: Iterable[Outcome]) -> int:
    """Return how many plans do not follow the schema."""
    return sum(not outcome.is_readable for outcome in outcomes)


def outcome_table(outcomes: Sequence[Outcome], right: str) -> str:
    """Return the outcomes by language, level and category as a Markdown table.

    Args:
        outcomes: What was measured, at least one.
        right: What a right answer is called.
    """
    lines = [
        f"| | {right} | of | % | median | 95 % within | outside the schema |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        _row("**all**", outcomes),
    ]
    groupings: tuple[Callable[[Outcome], str], ...] = (
        lambda outcome: LANGUAGE_NAMES[outcome.language],
        lambda outcome: outcome.level,
        lambda outcome: outcome.category,
    )
    for group_of in groupings:
        for group in sorted({group_of(outcome) for outcome in outcomes}):
            lines.append(_row(group, [outcome for outcome in outcomes if group_of(outcome) == group]))
    return "\n".join(lines)


def replace_section(document: Path, name: str, text: str) -> None:
    """Put a text between the markers of a section of a Markdown document, `<!-- NAME -->` and `<!-- end of NAME -->`.

    Raises:
        ValueError: The document lacks one of the markers.
    """
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    whole = document.read_text(encoding="utf-8")
    before, found_begin, rest = whole.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found_begin or not found_end:
        raise ValueError(f"{document}: {begin} and {end} do not stand in it; put them where the figures go")
    document.write_text(f"{before}{begin}\n{text.strip()}\n{end}{after}", encoding="utf-8")


def _row(name: str, outcomes: Sequence[Outcome]) -> str:
    right = sum(outcome.is_right for outcome in outcomes)
    cells = (
        name,
        str(right),
        str(len(outcomes)),
        f"{accuracy(outcomes):.0f}",
        _seconds(median(outcomes)),
        _seconds(percentile_95(outcomes)),
        str(unreadable(outcomes)),
    )
    return f"| {' | '.join(cells)} |"


def _seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 0.9995 else f"{value:.1f} s"

"""Which orders a list shows: by day, machine, outcome and words, written as people type them."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from fazai_tui.config.texts import Texts

_DAY: Final = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?$")
_FIELDS: Final = {"day": "day", "dia": "day", "host": "host", "status": "status", "estado": "status"}
_DAYS_BACK: Final = {"today": 0, "hoje": 0, "yesterday": 1, "ontem": 1}
_STATUSES: Final = (
    *("fulfilled", "answered", "failed", "declined", "interrupted", "limit"),
    *("in_progress", "abandoned"),
)


@dataclass(frozen=True, slots=True)
class TurnFilter:
    """What orders have to be.

    Attributes:
        text: Words that they, their commands, outputs or answers hold.
        since: In UTC, ISO 8601; empty for any time.
        until: The first moment that is too late.
        host: The machine; empty for any.
        status: How they ended; empty for any. One that nothing is called finds nothing.
    """

    text: str = ""
    since: str = ""
    until: str = ""
    host: str = ""
    status: str = ""


def read_filter(text: str, texts: Texts, today: date) -> TurnFilter:
    """Read `day:2026-05-04 host:web1 status:failed words`; names may be of either language.

    Args:
        text: What was typed.
        texts: The language of outcomes beside their own names.
        today: The day where the user is.
    """
    words: list[str] = []
    facts: dict[str, str] = {}
    for word in text.split():
        name, has_value, value = word.partition(":")
        field = _FIELDS.get(name.lower())
        days = _days(value, today) if field == "day" else None
        if not has_value or field is None or not value or (field == "day" and days is None):
            words.append(word)
        elif days is not None:
            facts["since"], facts["until"] = (_midnight(day) for day in days)
        else:
            facts[field] = _status(value, texts) if field == "status" else value
    return TurnFilter(text=" ".join(words), **facts)


def _days(value: str, today: date) -> tuple[date, date] | None:
    """Return the first day of a day or month and the first day after it."""
    if value.lower() in _DAYS_BACK:
        day = today - timedelta(days=_DAYS_BACK[value.lower()])
        return day, day + timedelta(days=1)
    found = _DAY.match(value)
    if found is None:
        return None
    try:
        first = date(int(found[1]), int(found[2]), int(found[3] or 1))
        if found[3]:
            return first, first + timedelta(days=1)
        return first, (first + timedelta(days=31)).replace(day=1)
    except (ValueError, OverflowError):
        return None


def _midnight(day: date) -> str:
    return datetime.combine(day, time()).astimezone(UTC).isoformat(timespec="milliseconds")


def _status(value: str, texts: Texts) -> str:
    shown = {
        texts.get(f"{area}.status.{name}").lower(): name for area in ("history", "screen.history") for name in _STATUSES
    }
    return shown.get(value.lower(), value.lower())

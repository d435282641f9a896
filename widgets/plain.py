"""Untrusted text made harmless to look at."""

import re

_HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """Return the text with control, direction-changing and invisible characters spelled out, so that nothing hides."""
    return _HIDDEN.sub(lambda match: _spelled(match[0]), text)


def one_line(text: str) -> str:
    """Return the text on one line, line breaks shown as `⏎`."""
    return visible(" ⏎ ".join(line.strip() for line in text.strip().splitlines()))


def summary(command: str, width: int = 72) -> str:
    """Return the first line of a command, shortened; `…` says that there is more."""
    lines = command.strip().splitlines() or [""]
    first = visible(lines[0].strip())
    return first if len(lines) == 1 and len(first) <= width else first[: width - 1].rstrip() + "…"


def duration(milliseconds: int) -> str:
    """Return a span of time as people write it: `12 ms`, `2.4 s`, `14 s`, `2 min 03 s`."""
    if milliseconds < 1000:
        return f"{milliseconds} ms"
    seconds = milliseconds / 1000
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


def elapsed(seconds: float) -> str:
    """Return a time that is still running, at a width that changes seldom."""
    return f"{seconds:.1f} s" if seconds < 60 else duration(int(seconds * 1000))


def _spelled(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

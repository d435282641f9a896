"""Telling what a command prints without running it, for the few commands where that is certain."""

import base64
import binascii
from collections.abc import Callable, Mapping

from fazai_tui.policy.script import Invocation, Word
from fazai_tui.policy.words import ansi_decoded

_PERCENT = "\uf8f5"
"""Stands for a `%` that is no directive, while the directives are filled."""
_LIMIT = 65536
"""Characters beyond which an output is not followed."""


def known_output(invocations: list[Invocation]) -> str | None:
    """Return what a pipeline stage prints; None where only the run can tell."""
    if len(invocations) != 1 or not invocations[0].words:
        return None
    printer = _PRINTERS.get(invocations[0].program)
    text = printer(invocations[0]) if printer is not None else None
    return text if text is None or len(text) <= _LIMIT else None


def _echo(invocation: Invocation) -> str | None:
    words = list(invocation.args)
    options = ""
    while words and words[0].is_literal and words[0].text in ("-n", "-e", "-E", "-ne", "-en"):
        options += words.pop(0).text
    text = _joined(words)
    if text is None:
        return None
    return (ansi_decoded(text) if "e" in options else text) + ("" if "n" in options else "\n")


def _printf(invocation: Invocation) -> str | None:
    words = [word for word in invocation.args if word.text != "--"]
    if not words or _joined(words) is None:
        return None
    form, values = ansi_decoded(words[0].text).replace("%%", _PERCENT), [word.text for word in words[1:]]
    pieces = form.replace("%b", "%s").replace("%q", "%s").split("%s")
    if any("%" in piece for piece in pieces):
        return None
    rounds = max(1, -(-len(values) // max(1, len(pieces) - 1))) if len(pieces) > 1 else 1
    values += [""] * (rounds * (len(pieces) - 1) - len(values))
    filled = "".join(
        piece + (values.pop(0) if index < len(pieces) - 1 else "")
        for _ in range(rounds)
        for index, piece in enumerate(pieces)
    )
    return filled.replace(_PERCENT, "%")


def _passed_on(invocation: Invocation) -> str | None:
    return invocation.stdin.text if invocation.stdin is not None else None


def _cat(invocation: Invocation) -> str | None:
    return _passed_on(invocation) if all(word.text == "-" for word in invocation.args) else None


def _base64(invocation: Invocation) -> str | None:
    text = _passed_on(invocation)
    if text is None or not any(word.text in ("-d", "-D", "-di", "--decode") for word in invocation.args):
        return None
    try:
        return base64.b64decode(text, validate=False).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return None


def _xxd(invocation: Invocation) -> str | None:
    text = _passed_on(invocation)
    if text is None or not any(word.text.startswith("-r") for word in invocation.args):
        return None
    try:
        return bytes.fromhex(text).decode("utf-8", "replace")
    except ValueError:
        return None


def _rev(invocation: Invocation) -> str | None:
    text = _passed_on(invocation)
    return None if text is None else "\n".join(line[::-1] for line in text.split("\n"))


def _joined(words: list[Word]) -> str | None:
    if any(not word.is_known or word.has_glob for word in words):
        return None
    return " ".join(word.text for word in words)


_PRINTERS: Mapping[str, Callable[[Invocation], str | None]] = {
    "echo": _echo,
    "printf": _printf,
    "cat": _cat,
    "tee": _passed_on,
    "base64": _base64,
    "xxd": _xxd,
    "rev": _rev,
}

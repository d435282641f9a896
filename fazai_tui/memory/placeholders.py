"""Placeholders of imported commands as typed slots: `{{path/to/file}}` becomes `<file>`, a slot of type `file`."""

import re
from collections.abc import Sequence

from fazai_tui.core.cookbook import SLOT, Choice, Slot

_PLACE = re.compile(r"\{\{(.*?)\}\}")
_FORMS = re.compile(r"\{\{\[([^\]{}]*\|[^\]{}]*)\]\}\}")
_CHOICE = re.compile(r"[\w.+-]+(?:\|[\w.+-]+)+")
_ANGLE = re.compile(r"(?<![<\d&\w])<([a-z][a-z0-9]*(?:[-_ ][a-z0-9]+)*)>(?=$|[\s\"'/:.,;@)|=-])")
_NAME_CHARS = 14
_MOST_CHOICES = 12

_TYPES = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"dir|folder|pasta|diretorio", "dir"),
        (r"\.sh$", "script"),
        (r"\.(tar|zip|gz|xz|7z)", "archive"),
        (r"path|file|arquivo|caminho", "file"),
        (r"port", "port"),
        (r"^ip|address", "ip"),
        (r"url|http", "url"),
        (r"domain|host|example\.com", "domain"),
        (r"user|usu", "user"),
        (r"pid", "pid"),
        (r"package|pacote", "package"),
        (r"service|unit", "service"),
        (r"branch", "branch"),
        (r"^[\d.,:]+$|number|count", "number"),
        (r"string|text|pattern|message|regex", "text"),
    )
)
"""What a placeholder says of its values, the first that fits."""


def chosen_forms(command: str, *, is_long: bool = True) -> str:
    """Return a command with each `{{[-a|--all]}}` replaced by its long form, or by its short one."""
    return _FORMS.sub(lambda match: match[1].split("|")[-1 if is_long else 0], command)


def slots_of(command: str) -> tuple[str, dict[str, Slot]]:
    """Return a command's template and its slots.

    The same placeholder is the same slot everywhere; one that offers alternatives (`{{start|stop}}`) is a choice.
    """
    (template,), slots = slots_of_all((command,))
    return template, slots


def slots_of_all(commands: Sequence[str], *, has_angles: bool = False) -> tuple[tuple[str, ...], dict[str, Slot]]:
    """Return the templates of commands that share their slots.

    Args:
        commands: The commands.
        has_angles: Whether `<file>` is a placeholder too, and not a redirection.
    """
    slots: dict[str, Slot] = {}
    taken = {match[1] for command in commands for match in SLOT.finditer(command)}
    names: dict[str, str] = {}

    def slot(match: re.Match[str]) -> str:
        place = match[1].lower()
        if place not in names:
            name = _name(place)
            while name in taken:
                name += "x"
            names[place] = name
        slots[names[place]] = _slot(place)
        return f"<{names[place]}>"

    if has_angles:
        commands = [_ANGLE.sub(lambda match: "{{" + match[1] + "}}", command) for command in commands]
        taken = {match[1] for command in commands for match in SLOT.finditer(command)}
    return tuple(_PLACE.sub(slot, command) for command in commands), slots


def _name(place: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", place.split("/")[-1].split("|")[0])[:_NAME_CHARS].strip("_") or "value"
    return name if name[0].isalpha() else f"n{name}"


def _slot(place: str) -> Slot:
    if _CHOICE.fullmatch(place) and place.count("|") < _MOST_CHOICES:
        return Slot(type="choice", values=tuple(Choice(value=v, pt=v, en=v) for v in place.split("|")))
    return Slot(type=next((kind for pattern, kind in _TYPES if pattern.search(place)), "word"))

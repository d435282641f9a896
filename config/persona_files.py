"""Personas as Markdown files: front matter says when one leads, the text below what a model is told of it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError
from fazai_tui.core.persona import AUTO, DEFAULT, Persona

VOICES: Final = (DEFAULT, "yui", "heathcliff", "hybrid")
"""The personas that come with FazAI, in whose wordings others may speak."""

_FENCE = "---"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_FIELD = re.compile(r"([A-Za-z_]+)\s*:\s*(.*)")
_FLAGS: Mapping[str, bool] = {"yes": True, "true": True, "sim": True, "no": False, "false": False, "não": False}
_FIELDS: Mapping[str, str] = {
    "description": "text",
    "voice": "voice",
    "concise": "flag",
    "errors": "flag",
    "words": "list",
    "workspaces": "list",
    "blends": "list",
}
_ATTRIBUTES: Mapping[str, str] = {"concise": "is_concise", "errors": "minds_errors"}
_MOST_BYTES: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class PersonaFiles:
    """What the files hold.

    Attributes:
        personas: By name; a user's file takes the place of a shipped one.
        problems: One for each file that cannot be used.
    """

    personas: Mapping[str, Persona]
    problems: tuple[ConfigurationError, ...] = ()


def load_personas(folder: Path, texts: Texts) -> PersonaFiles:
    """Return the shipped personas and those of a directory; a broken file is told of and left out."""
    personas = {persona.name: persona for persona in _shipped(texts)}
    problems: list[ConfigurationError] = []
    try:
        files = sorted(file for file in folder.iterdir() if file.suffix == ".md")
    except FileNotFoundError:
        files = []
    except OSError as error:
        files = []
        problems.append(_broken(str(folder), texts, "unreadable", reason=error.strerror or str(error)))
    for file in files:
        try:
            persona = read_persona(file, texts)
        except ConfigurationError as error:
            problems.append(error)
        else:
            personas[persona.name] = persona
    return PersonaFiles(personas, tuple(problems))


def read_persona(file: Path, texts: Texts) -> Persona:
    """Return the persona of a file, named after it.

    Raises:
        ConfigurationError: The file cannot be read or is no persona.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise _broken(str(file), texts, "long", size=_MOST_BYTES // 1024)
        text = content.decode("utf-8")
    except OSError as error:
        raise _broken(str(file), texts, "unreadable", reason=error.strerror or str(error)) from None
    except UnicodeDecodeError as error:
        raise _broken(str(file), texts, "encoding", position=error.start) from None
    return parse_persona(text, file.stem, str(file), texts)


def parse_persona(text: str, name: str, origin: str, texts: Texts) -> Persona:
    """Return the persona that a text describes.

    Raises:
        ConfigurationError: The text is no persona; the error names the origin, the line and the remedy.
    """
    if not _NAME.fullmatch(name) or name == AUTO:
        raise _broken(origin, texts, "name", name=name)
    lines = text.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].strip() != _FENCE:
        raise _broken(origin, texts, "no_front_matter")
    end = next((place for place, line in enumerate(lines[1:], 1) if line.strip() == _FENCE), 0)
    if not end:
        raise _broken(origin, texts, "unclosed")
    body = "\n".join(lines[end + 1 :]).strip()
    if not body:
        raise _broken(origin, texts, "empty")
    values: dict[str, Any] = {}
    for number, line in enumerate(lines[1:end], 2):
        if line.strip() and not line.lstrip().startswith("#"):
            field, value = _field(line, number, origin, texts)
            values[_ATTRIBUTES.get(field, field)] = value
    return Persona(name=name, text=body, origin=origin, **values)


def _field(line: str, number: int, origin: str, texts: Texts) -> tuple[str, object]:
    match = _FIELD.fullmatch(line.strip())
    if match is None:
        raise _broken(origin, texts, "line", line=number)
    field, value = match[1].lower(), match[2].strip()
    kind = _FIELDS.get(field)
    if kind is None:
        raise _broken(origin, texts, "field", line=number, field=field, fields=", ".join(_FIELDS))
    if kind == "flag":
        if value.lower() not in _FLAGS:
            raise _broken(origin, texts, "flag", line=number, field=field)
        return field, _FLAGS[value.lower()]
    if kind == "list":
        inner = value[1:-1] if value.startswith("[") and value.endswith("]") else value
        return field, tuple(item for part in inner.split(",") if (item := _unquoted(part)))
    if kind == "voice" and _unquoted(value) not in VOICES:
        raise _broken(origin, texts, "voice", line=number, voices=", ".join(VOICES))
    return field, _unquoted(value)


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _shipped(texts: Texts) -> Iterator[Persona]:
    folder = resources.files("fazai_tui.config").joinpath("personas")
    for name in VOICES:
        yield parse_persona(folder.joinpath(f"{name}.md").read_text(encoding="utf-8"), name, "", texts)


def _broken(origin: str, texts: Texts, problem: str, /, **facts: object) -> ConfigurationError:
    return ConfigurationError(
        texts.get("persona.title"),
        texts.get(f"persona.broken.{problem}", file=origin, **facts),
        texts.get("persona.broken.hint"),
    )

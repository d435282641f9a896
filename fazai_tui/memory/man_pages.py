"""Reading the manual pages of this machine: what each program is for, and the examples it gives."""

import gzip
import lzma
import os
import re
import subprocess
import zlib
from bz2 import decompress as decompress_bz2
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from fazai_tui.core.cookbook import Language
from fazai_tui.memory.documents import Document, answer_document, command_document
from fazai_tui.memory.roff import Paragraph, paragraphs, plain, sections

_PLACES: Final = ("/usr/local/share/man", "/usr/local/man", "/usr/share/man")
_SECTIONS: Final = ("1", "6", "8")
"""Programs; what other sections describe is for programmers."""

_FILE = re.compile(r"(?P<name>.+)\.(?P<section>[168]\w*?)(?:\.(?P<packed>gz|xz|bz2))?$")
_LOCALES: Mapping[Language, tuple[str, ...]] = {"pt": ("pt_BR", "pt"), "en": ("",)}
_EXAMPLE_SECTIONS: Final = ("EXAMPLES", "EXAMPLE", "EXEMPLOS", "EXEMPLO", "USAGE EXAMPLES")
_MOST_BYTES = 2 << 20
_MOST_EXAMPLES = 12
_UNPACK: Mapping[str, Callable[[bytes], bytes]] = {"gz": gzip.decompress, "xz": lzma.decompress, "bz2": decompress_bz2}
_PROMPT = re.compile(r"^\s*(?:\$|#|%|>)\s+(?=\S)")
_NAME_LINE = re.compile(r"\s+(?:-{1,2}|–|—)\s+")


def manual_places(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the directories of manual pages: MANPATH's, what `manpath` says, else the usual ones."""
    said = environment.get("MANPATH", "").strip(":")
    if not said:
        try:
            said = subprocess.run(
                ("manpath", "-q"), capture_output=True, text=True, timeout=10, check=False, stdin=subprocess.DEVNULL
            ).stdout.strip()
        except (OSError, subprocess.SubprocessError):
            said = ""
    places = [Path(place) for place in said.split(":") if place] or [Path(place) for place in _PLACES]
    return tuple(place for place in dict.fromkeys(places) if place.is_dir())


def manual_documents(places: Sequence[Path], language: Language) -> Iterator[Document | None]:
    """Yield the documents of every page, each program's first page only, in a language where there is one.

    None stands for an example that cannot be shown.
    """
    seen: set[str] = set()
    for spoken, locale in _wanted(language):
        for place in places:
            for file, name in _pages(place / locale if locale else place):
                if name not in seen:
                    seen.add(name)
                    yield from page_documents(_read(file), name, spoken)


def page_documents(source: str, name: str, language: Language) -> Iterator[Document | None]:
    """Yield what a page's source says: what the program is for, then its examples."""
    parts = sections(source)
    purpose = _purpose(parts.get("NAME") or parts.get("NOME") or [])
    if not purpose:
        return
    synopsis = " ".join(_first(paragraphs(parts.get("SYNOPSIS") or parts.get("SINOPSE") or [])).split())
    usage = f" `{synopsis}`" if synopsis and "`" not in synopsis else ""
    yield answer_document("man", name, purpose, f"{name}: {purpose}.{usage} (man {name})", language)
    title = next((title for title in _EXAMPLE_SECTIONS if title in parts), "")
    for said, command in _examples(list(paragraphs(parts.get(title, ()))), name):
        purposes = [said] if name in said.lower().split() else [f"{said} ({name})"]
        yield command_document("man", name, purposes, (command,), language, explain=purpose, has_angles=True)


def _wanted(language: Language) -> list[tuple[Language, str]]:
    wanted: list[tuple[Language, str]] = [(language, locale) for locale in _LOCALES[language]]
    return wanted if language == "en" else [*wanted, ("en", "")]


def _pages(place: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files of pages with the programs' names; a link is the page that it points to."""
    for section in _SECTIONS:
        folder = place / f"man{section}"
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            match = _FILE.fullmatch(entry.name)
            if match and entry.is_file(follow_symlinks=False):
                yield Path(entry.path), match["name"]


def _read(file: Path) -> str:
    """Return a page's source; empty for one that cannot be read, or only points to another."""
    try:
        data = file.read_bytes()
        unpack = _UNPACK.get(file.suffix.lstrip("."))
        data = unpack(data) if unpack and len(data) < _MOST_BYTES else data
    except (OSError, EOFError, ValueError, lzma.LZMAError, zlib.error):
        return ""
    if data.startswith(b".so ") or len(data) > 8 * _MOST_BYTES:
        return ""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _purpose(lines: Sequence[str]) -> str:
    """Return the description in a NAME section."""
    for line in lines:
        if line.startswith(".Nd"):
            return plain(line[3:].strip().strip('"'))
    parts = _NAME_LINE.split(_first(paragraphs(lines)), maxsplit=1)
    return parts[1].strip().rstrip(".") if len(parts) == 2 else ""


def _first(found: Iterator[Paragraph]) -> str:
    return " ".join(next((paragraph.lines for paragraph in found), ()))


def _examples(parts: Sequence[Paragraph], name: str) -> list[tuple[str, str]]:
    """Return examples, each as what it is for and its command, where both can be told."""
    found: list[tuple[str, str]] = []
    for index, part in enumerate(parts):
        command = _command(part, name)
        if not command:
            continue
        near = parts[index + 1 : index + 2] if part.is_tag else parts[max(0, index - 1) : index]
        is_prose = bool(near) and not near[0].is_code and not _command(near[0], name)
        said = _sentence(near[0], is_first=part.is_tag) if is_prose else ""
        if re.search(r"[^\W\d_]{2}", said):
            found.append((said, command))
    return found[:_MOST_EXAMPLES]


def _command(part: Paragraph, name: str) -> str:
    """Return the command that a paragraph is, if it is one of this program's."""
    lines = [line for line in part.lines if line.strip()]
    prompted = [_PROMPT.sub("", line) for line in lines if _PROMPT.match(line)]
    candidate = prompted[0] if prompted else " ".join(lines[:1])
    if lines and candidate.rstrip().endswith("\\") and part.is_code:
        candidate = "\n".join([candidate, *lines[lines.index(lines[0]) + 1 :]])
    candidate = candidate.strip()
    words = candidate.split()
    is_named = name in words[:1] or (words[:1] == ["sudo"] and name in words[1:2]) or (part.is_code and name in words)
    if not is_named or candidate.endswith((".", ":", "\\")) or "..." in candidate:
        return ""
    return candidate if part.is_code or part.is_tag or prompted or len(words) <= 12 else ""


def _sentence(part: Paragraph, *, is_first: bool) -> str:
    """Return the sentence that stands nearest to an example: what it is for."""
    text = part.lines[0].rstrip(" :.")
    pieces = re.split(r"(?<=[.!?])\s+(?=[A-ZÀ-Ý])", text)
    return pieces[0 if is_first else -1].rstrip(" :.")

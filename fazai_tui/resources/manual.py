"""What the manual pages of this machine say of a command."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from typing import Final

from fazai_tui.core.language import Language

_SECONDS: Final = 5.0
_MOST_CHARACTERS: Final = 1 << 20
_MOST_OPTIONS: Final = 12
_WIDTH: Final = "200"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_HEADING = re.compile(r"^\S.*$")
_NAME_HEADINGS: Final = ("NAME", "NOME")
_PURPOSE = re.compile(r"\s(?:-{1,2}|–|—)\s+(.*)")
_ENTRY = re.compile(r"^(\s+)(-.*?)(?:\s{2,}(\S.*))?$")
_SPELLING = re.compile(r"-{1,2}[\w?#@][\w?#@.+-]*(?:\[?[ =]?[\[<{(]?[\w.:|…/-]+[\]>})]*)*")
_LOCALES: Mapping[Language, str] = {"pt": "pt_BR.UTF-8", "en": "C.UTF-8"}


class InstalledManual:
    """Implements `core.ports.CommandManual` with `man`.

    Args:
        environment: The environment of the user's commands.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def describe(self, argv: Sequence[str], language: Language) -> tuple[str, ...]:
        """Return what the program is for, then what each option that is used does; empty without a page."""
        name = argv[0].rpartition("/")[2] if argv else ""
        if not _NAME.fullmatch(name):
            return ()
        verb = next((word for word in argv[1:] if not word.startswith("-")), "")
        pages = [f"{name}-{verb}"] if _NAME.fullmatch(verb) else []
        for page in (*pages, name):
            text = self._page(page, language)
            if purpose := _purpose(text):
                return (f"{page}: {purpose}", *_options(text, argv[1:]))
        return ()

    def _page(self, name: str, language: Language) -> str:
        locale = _LOCALES[language]
        environment = {
            **{key: value for key, value in self._environment.items() if not key.startswith(("MAN", "PAGER", "LC_"))},
            **{key: value for key, value in self._environment.items() if key == "MANPATH"},
            "LANGUAGE": "pt_BR:pt:en" if language == "pt" else "en",
            "LC_ALL": locale,
            "MANWIDTH": _WIDTH,
            "MANPAGER": "cat",
        }
        try:
            done = subprocess.run(
                ("man", "-E", "UTF-8", "--no-hyphenation", "--no-justification", "-s", "1:8:6", name),
                capture_output=True,
                timeout=_SECONDS,
                env=environment,
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.SubprocessError):
            return ""
        return done.stdout.decode("utf-8", "replace")[:_MOST_CHARACTERS] if done.returncode == 0 else ""


def _purpose(text: str) -> str:
    """Return the description in a page's NAME section."""
    lines = text.splitlines()
    at = next((index for index, line in enumerate(lines) if line.strip() in _NAME_HEADINGS), -1)
    section: list[str] = []
    for line in lines[at + 1 :] if at >= 0 else ():
        if _HEADING.match(line):
            break
        section.append(line.strip())
    match = _PURPOSE.search(" ".join(section))
    return match[1].strip() if match else ""


def _options(text: str, words: Sequence[str]) -> list[str]:
    """Return a line for each option among some words, in their order."""
    wanted = _wanted(words)
    if not wanted:
        return []
    lines = text.splitlines()
    said: dict[str, str] = {}
    for index, line in enumerate(lines):
        match = _ENTRY.match(line)
        spellings = [part.strip() for part in match[2].split(",")] if match else []
        if match is None or not all(_SPELLING.fullmatch(part) and len(part.split()) < 4 for part in spellings):
            continue
        names = {re.split(r"[ =\[<]", spelling)[0] for spelling in spellings}
        for name in names & set(wanted) - said.keys():
            description = match[3] or _following(lines[index + 1 :], len(match[1]))
            if description:
                said[name] = f"{', '.join(spellings)}: {_sentence(description)}"
    spelled = {letter for word, letters in wanted.items() if word in said for letter in letters}
    lines = [said[name] for name in wanted if name in said and name not in spelled]
    return list(dict.fromkeys(lines))[:_MOST_OPTIONS]


def _wanted(words: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the options among some words, each with the letters that it may be a group of."""
    wanted: dict[str, tuple[str, ...]] = {}
    for word in words:
        if word == "--":
            break
        if word.startswith("--"):
            wanted[word.partition("=")[0]] = ()
        elif word.startswith("-") and len(word) > 1:
            letters = tuple(f"-{letter}" for letter in word[1:]) if len(word) > 2 else ()
            wanted[word] = letters
            wanted.update((letter, ()) for letter in letters)
    return wanted


def _following(lines: Sequence[str], indent: int) -> str:
    """Return the paragraph under an option."""
    found: list[str] = []
    for line in lines:
        deep = len(line) - len(line.lstrip())
        if not line.strip():
            if found:
                break
        elif deep <= indent:
            if found or not line.strip().startswith("-"):
                break
        else:
            found.append(line.strip())
    return " ".join(found)


def _sentence(text: str) -> str:
    """Return the first sentence of a paragraph."""
    text = re.sub(r"\s+", " ", text).strip()
    match = re.match(r"(.+?[.!?])(?:\s+[A-ZÁÉÍÓÚÂÊÔÃÕÇ(]|$)", text)
    sentence = match[1] if match else text
    return sentence if len(sentence) <= 240 else f"{sentence[:239]}…"

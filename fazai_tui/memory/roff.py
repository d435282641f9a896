"""Reading the source of manual pages: the text of a section, with what is typed told from prose.

Only as much roff as names, synopses and examples need; a formatter takes fifty times as long.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_HEADING = re.compile(r"^[.']\s*S[Hh]\s+(.*)$")
_FONT = re.compile(r"\\f(?:\(..|\[[^\]]*\]|.)")
_SIZE = re.compile(r"\\s(?:\([+-]?\d\d|\[[^\]]*\]|[+-]?\d)")
_STRING = re.compile(r"\\\*(?:\((..)|\[([^\]]*)\]|(.))")
_CHAR = re.compile(r"\\(?:\((..)|\[([^\]]+)\])")
_NUMBERED = re.compile(r"\\N'(\d+)'")
_MOTION = re.compile(r"\\[hvwmMzZDlLoX]'[^']*'|\\[kn](?:\(..|\[[^\]]*\]|.)")
_ARGUMENT = re.compile(r'"((?:[^"]|"")*)"?|(\S+)')
_NAMED = {
    "aq": "'",
    "cq": "'",
    "oq": "'",
    "dq": '"',
    "lq": '"',
    "rq": '"',
    "Lq": '"',
    "Rq": '"',
    "em": "-",
    "en": "-",
    "hy": "-",
    "mi": "-",
    "ti": "~",
    "ha": "^",
    "ga": "`",
    "rs": "\\",
    "bu": "*",
    "at": "@",
    "sh": "#",
    "Do": "$",
    "sl": "/",
    "ba": "|",
    "lB": "[",
    "rB": "]",
    "lC": "{",
    "rC": "}",
    "la": "<",
    "ra": ">",
    "Aq": "'",
    "--": "--",
    'L"': '"',
    'R"': '"',
}
_ACCENTS = {"'": "\u0301", "`": "\u0300", "^": "\u0302", "~": "\u0303", ":": "\u0308", ",": "\u0327"}
_ESCAPES = {"-": "-", "e": "\\", "\\": "\\", " ": " ", "~": " ", "0": " ", "'": "'", "`": "`", ".": ".", '"': ""}
_JOINED = frozenset(("BR", "BI", "IB", "IR", "RB", "RI", "SB", "SM"))
_PLAIN = frozenset(("B", "I", "SM", "Nm", "Ar", "Cm", "Ic", "Li", "Pa", "Ql", "Sq", "Dq", "Em", "Sy", "Ev", "Va", "No"))
_CODE_BEGINS = frozenset(("nf", "EX", "Vb", "Bd", "DS"))
_CODE_ENDS = frozenset(("fi", "EE", "Ve", "Ed", "DE"))
_BREAKS = frozenset(("PP", "P", "LP", "Pp", "sp", "RS", "RE", "HP", "br", "SS", "Ss", "It", "IP", "TP", "TQ"))


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A piece of a section.

    Attributes:
        lines: Its text; one line, unless it is typed as it stands.
        is_code: Whether the page sets it off as something typed.
        is_tag: Whether it is the term of a list, which what follows explains.
    """

    lines: tuple[str, ...]
    is_code: bool = False
    is_tag: bool = False


def sections(source: str) -> dict[str, list[str]]:
    """Return the lines of each section by its heading in capitals; of two that are called alike, the first."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in source.splitlines():
        match = _HEADING.match(line)
        if match is None:
            current.append(line)
            continue
        current = []
        found.setdefault(" ".join(arguments(match[1])).upper(), current)
    return found


def arguments(text: str) -> list[str]:
    """Return the arguments of a request, cleaned."""
    return [
        plain(match[2] if match[2] is not None else match[1].replace('""', '"')) for match in _ARGUMENT.finditer(text)
    ]


def plain(text: str) -> str:
    """Return text without escapes."""
    text = re.sub(r'\\["#].*$', "", text)
    text = _SIZE.sub("", _FONT.sub("", text))
    text = _NUMBERED.sub(lambda match: chr(int(match[1])) if int(match[1]) < 0x110000 else "", text)
    text = _STRING.sub(lambda match: _NAMED.get(match[1] or match[2] or match[3], ""), text)
    text = _CHAR.sub(lambda match: _character(match[1] or match[2]), text)
    text = _MOTION.sub("", text)
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], ""), text)


def _character(name: str) -> str:
    """Return a named character; a letter with an accent is called by both."""
    if len(name) == 2 and name[0] in _ACCENTS and name[1].isalpha():
        return unicodedata.normalize("NFC", name[1] + _ACCENTS[name[0]])
    return _NAMED.get(name, "")


def paragraphs(lines: Sequence[str]) -> Iterator[Paragraph]:
    """Yield the paragraphs of a section, in order."""
    text: list[str] = []
    is_code = is_tag_next = False

    def ended(*, is_tag: bool = False) -> Iterator[Paragraph]:
        if is_code and any(line.strip() for line in text):
            yield Paragraph(tuple(line.rstrip() for line in text), is_code=True)
        elif joined := " ".join(" ".join(text).split()):
            yield Paragraph((joined,), is_tag=is_tag)
        text.clear()

    for line in lines:
        name, rest = _request(line)
        if name is None:
            if not line.strip() and not is_code:
                yield from ended()
            else:
                text.append(plain(line))
        elif name in _CODE_BEGINS or name in _CODE_ENDS:
            yield from ended()
            is_code = name in _CODE_BEGINS
        elif name in ("Dl", "D1"):
            yield from ended()
            yield Paragraph((" ".join(_said(arguments(rest))),), is_code=True)
        elif name in _BREAKS and not is_code:
            yield from ended()
            if name in ("IP", "It", "SS", "Ss") and (said := _said(arguments(rest)[: 1 if name == "IP" else None])):
                yield Paragraph((" ".join(said),), is_tag=True)
            is_tag_next = name in ("TP", "TQ")
            continue
        elif words := _worded(name, rest):
            text.append(words)
        if is_tag_next and text:
            yield from ended(is_tag=True)
            is_tag_next = False
    yield from ended()


def _request(line: str) -> tuple[str | None, str]:
    if not line.startswith((".", "'")):
        return None, line
    name, _, rest = line[1:].lstrip().partition(" ")
    return name, rest


def _worded(name: str, rest: str) -> str:
    """Return what a request of a font or of mdoc says; empty for any other."""
    words = arguments(rest)
    if name in _JOINED:
        return "".join(words)
    if name == "Fl":
        return " ".join(f"-{word}" for word in words[:1]) + "".join(f" {word}" for word in _said(words[1:]))
    return " ".join(_said(words)) if name in _PLAIN else ""


def _said(words: Sequence[str]) -> list[str]:
    """Return the words of an mdoc line, where names of requests may stand among them."""
    said: list[str] = []
    is_flag = False
    for word in words:
        if word == "Fl":
            is_flag = True
        elif word not in _PLAIN:
            said.append(f"-{word}" if is_flag else word)
            is_flag = False
    return said

"""What in an order may fill a slot: the values that a sentence holds, by the slot's type."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fazai_tui.core.cookbook import SLOT, Slot

MOST = 60
"""Candidates of one slot; a longer order gives no more."""

_LONGEST_PHRASE = 6
"""Words of a text that stands in an order without quotes."""

_QUOTED = re.compile(r"'([^']+)'|\"([^\"]+)\"|`([^`]+)`")
_EDGES = ",;:!?()[]\"'`"
_CLOCK = re.compile(r"\b(\d{1,2})(?:[:h](\d{2})|h)?\s*(am|pm|da tarde|da noite|da manha)?\b")
_SIZE = re.compile(r"(\d+)\s*([kmgt])i?b?\b", re.IGNORECASE)
_SHAPES: Mapping[str, re.Pattern[str]] = {
    "script": re.compile(r".+\.(sh|bash|py)"),
    "archive": re.compile(r".+\.(tar|tgz|zip|gz|bz2|xz|7z|zst|tbz2|txz|rar)"),
    "file": re.compile(r".*[^/.]\.[A-Za-z0-9]{1,6}|.*/.+|\.\w.*"),
    "glob": re.compile(r".*[*?].*"),
    "ip": re.compile(r"\d{1,3}(\.\d{1,3}){3}"),
    "cidr": re.compile(r"\d{1,3}(\.\d{1,3}){3}/\d+"),
    "url": re.compile(r"\w+://.+|.+@.+:.+|www\..+"),
    "email": re.compile(r".+@.+\..+"),
    "domain": re.compile(r"[\w-]+(\.[\w-]+)+"),
    "mode": re.compile(r"[0-7]{3,4}|[ugoa]*[-+=][rwxXst]+"),
    "device": re.compile(r"/dev/.+"),
    "mountpoint": re.compile(r"/.*"),
    "command": re.compile(r".*/.*"),
}
_STRICT = frozenset(("ip", "cidr", "url", "email", "mountpoint", "device", "mode"))
"""Types whose values always have their shape."""

_NOT_SHAPES: Mapping[str, re.Pattern[str]] = {
    "dir": re.compile(r".*[^/.]\.(?!d$)[A-Za-z][A-Za-z0-9]{1,5}|.*\.(tar|gz|zip|7z)(\..*)?"),
    "ext": re.compile(r".{6,}|.*[^A-Za-z0-9].*"),
} | dict.fromkeys(
    ("user", "group", "service", "package", "process", "container", "table", "hostname"),
    re.compile(r".*/.*|\d+|.*\.(log|txt|csv|sh|conf|json|md|html?)"),
)
"""What a value of a type never looks like; such words are offered only when the order holds nothing else."""

_NUMBERS = frozenset(
    ("number", "count", "column", "line", "days", "hours", "minutes", "seconds", "percent", "port", "pid", "monthday")
)
_TEXTS = frozenset(("text", "message", "pattern", "value", "person", "command"))
_NUMBER_WORDS = {
    word: str(number)
    for number, words in enumerate(
        "zero um|uma|one dois|duas|two tres|three quatro|four cinco|five seis|six sete|seven oito|eight nove|nine "
        "dez|ten onze|eleven doze|twelve treze|thirteen catorze|fourteen quinze|fifteen".split()
    )
    for word in words.split("|")
} | {"vinte": "20", "twenty": "20", "trinta": "30", "thirty": "30", "cem": "100", "hundred": "100"}
_WEEKDAYS = (
    ("domingo", "sunday"),
    ("segunda", "monday"),
    ("terca", "tuesday"),
    ("quarta", "wednesday"),
    ("quinta", "thursday"),
    ("sexta", "friday"),
    ("sabado", "saturday"),
)
_STOP = frozenset(
    "a o e as os de da do das dos em na no nas nos um uma que q pra para por favor com me mim ai la aqui meu minha the "
    "an of in on to for with my please pls here this that it is are be can you i se sem and from ele ela dele dela its "
    "called chamado chamada nome name named into as at by pro como qual quais quem quando onde quanto quantos quantas "
    "vejo ver posso faco tem ha ta esta how what which who where when do does have has any there".split()
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value for a slot.

    Attributes:
        text: The value as a command holds it, before quoting.
        parts: Its named parts: `h` and `m` of a time.
    """

    text: str
    parts: tuple[tuple[str, str], ...] = ()

    def part(self, name: str | None) -> str:
        """Return a part, or the whole value."""
        return dict(self.parts).get(name, self.text) if name else self.text


def candidates(slot: Slot, order: str, known: Collection[str]) -> tuple[Candidate, ...]:
    """Return what in an order may fill a slot, the slot's default among it unless the order plainly names a value.

    Args:
        slot: The slot.
        order: The order, or an error message.
        known: Words that people use to ask for this, folded; they are values only when nothing else is.
    """
    found = list(_of_type(slot, order, known))
    shape = _SHAPES.get(slot.type)
    is_named = shape is not None and any(shape.fullmatch(candidate.text) for candidate in found)
    if slot.default is not None and not is_named:
        found.append(_time(slot.default) if slot.type == "time" else Candidate(slot.default))
    return tuple(dict.fromkeys(found))[:MOST]


def known_words(phrasings: Iterable[str]) -> frozenset[str]:
    """Return the words of phrasings, slots left out, folded."""
    return frozenset(trimmed(word) for phrasing in phrasings for word in fold(SLOT.sub(" ", phrasing)).split())


def _of_type(slot: Slot, order: str, known: Collection[str]) -> Iterator[Candidate]:
    folded = fold(order)
    if slot.values:
        said = [c for c in slot.values if fold(c.pt) in folded or fold(c.en) in folded or fold(c.value) in folded]
        yield from (Candidate(choice.value) for choice in said or slot.values)
    elif slot.type == "time":
        yield from _times(folded)
    elif slot.type == "weekday":
        yield from (Candidate(str(n)) for n, names in enumerate(_WEEKDAYS) if any(name in folded for name in names))
    elif slot.type in _NUMBERS:
        words: list[str] = re.findall(r"\d+|[a-z]+", folded)
        yield from (
            Candidate(_NUMBER_WORDS.get(word, word)) for word in words if word.isdigit() or word in _NUMBER_WORDS
        )
    elif slot.type == "size":
        yield from (Candidate(match[1] + match[2].upper()) for match in _SIZE.finditer(order))
    else:
        texts = tuple(_texts(slot.type, order, known))
        yield from (Candidate(text) for text in [text for text in texts if text.endswith(slot.ends)] or texts)


def _texts(kind: str, order: str, known: Collection[str]) -> Iterator[str]:
    quoted = [match[1] or match[2] or match[3] for match in _QUOTED.finditer(order)]
    plain = _QUOTED.sub(" ", order)
    words = [word for raw in plain.split() for word in _readings(trimmed(raw)) if word]
    if kind == "ext":
        dotted = [word.rpartition(".")[2] for word in words if re.fullmatch(r"\*?\.\w+", word)]
        yield from dotted or (word for word in _values(words, known) if not _NOT_SHAPES[kind].fullmatch(word))
        return
    shape = _SHAPES.get(kind)
    shaped = [word for word in (*quoted, *words) if shape and shape.fullmatch(word)]
    if shaped or kind in _STRICT:
        yield from shaped
        return
    yield from quoted
    yield from _likely(kind, _values(words, known))
    if kind in _TEXTS:
        yield from _phrases(words)


def _values(words: Sequence[str], known: Collection[str]) -> Sequence[str]:
    """Return the words that may be names: neither little words nor words that people ask with."""
    named = [word for word in words if fold(word) not in _STOP]
    return [word for word in named if fold(word) not in known] or named


def _readings(word: str) -> Iterator[str]:
    """Yield what a word may stand for: `ana's` also for `ana`, `host:dir` also for its two sides."""
    owner, possessive, _ = word.partition("'s")
    if possessive and owner:
        yield owner
        return
    yield word
    left, colon, right = word.partition(":")
    if colon and left and right and not right.startswith("//") and not left.isdigit():
        yield left
        yield right


def _likely(kind: str, words: Sequence[str]) -> Sequence[str]:
    """Return the words that may be values of a type; all where none may."""
    unlike = _NOT_SHAPES.get(kind)
    return [word for word in words if unlike is None or not unlike.fullmatch(word)] or words


def _phrases(words: Sequence[str]) -> Iterator[str]:
    for length in range(2, _LONGEST_PHRASE + 1):
        for start in range(len(words) - length + 1):
            yield " ".join(words[start : start + length])


def _times(folded: str) -> Iterator[Candidate]:
    for name, clock in (("meia-noite", "0:00"), ("midnight", "0:00"), ("meio-dia", "12:00"), ("noon", "12:00")):
        if name in folded:
            yield _time(clock)
    for match in _CLOCK.finditer(folded):
        hour, minute, half = int(match[1]), match[2] or "00", match[3] or ""
        if half in ("pm", "da tarde", "da noite") and hour < 12:
            hour += 12
        elif half == "am" and hour == 12:
            hour = 0
        if hour < 24 and int(minute) < 60:
            yield _time(f"{hour}:{minute}")


def _time(clock: str) -> Candidate:
    hour, _, minute = clock.partition(":")
    if not (hour.isdigit() and minute.isdigit()):
        return Candidate(clock)
    return Candidate(f"{int(hour):02}:{int(minute):02}", (("h", str(int(hour))), ("m", str(int(minute)))))


def trimmed(word: str) -> str:
    """Return a word without punctuation at its edges."""
    word = word.strip(_EDGES)
    return word.rstrip(".") if word.strip(".") else word


def fold(text: str) -> str:
    """Return the text in lower case without accents."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char))

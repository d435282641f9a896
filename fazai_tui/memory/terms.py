"""From a sentence to the terms that retrieval compares."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import resources

from fazai_tui.core.cookbook import SLOT, Slot

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_URL = re.compile(r"^[a-z]+://")
_IP = re.compile(r"^\d{1,3}(\.\d{1,3}){3}(/\d+)?$")
_ARCHIVE = re.compile(r"\.(tar|tgz|zip|gz|bz2|xz|7z|zst)(\.[a-z0-9]+)?$")
_TIME = re.compile(r"^\d{1,2}(:\d{2}|h(\d{2})?)$")
_FILE = re.compile(r"^[\w./~*+-]*\.[a-z][a-z0-9]{0,5}$")
_WORD = re.compile(r"[a-z]+")

SHAPES: Mapping[str, tuple[str, ...]] = {
    "script": ("{sh}", "{file}"),
    "archive": ("{archive}", "{file}"),
    "file": ("{file}",),
    "path": ("{path}",),
    "glob": ("{glob}",),
    "ip": ("{ip}",),
    "cidr": ("{ip}",),
    "url": ("{url}",),
    "email": ("{email}",),
    "device": ("{path}",),
    "mountpoint": ("{path}",),
    "command": ("{path}",),
    "time": ("{time}",),
    "mode": ("{number}", "{mode}"),
} | dict.fromkeys(
    ("number", "count", "column", "line", "days", "hours", "minutes", "seconds", "percent", "port", "pid", "monthday"),
    ("{number}",),
)
"""What a slot of each type looks like in an order."""

_GRAM = 4
_STOP = frozenset(
    "a o e as os de da do das dos em na no nas nos um uma uns umas que q pra para por favor com me mim ai la aqui meu "
    "minha the a an of in on to for with my me please pls here this that it is are be can you could i want".split()
)


class TermMaker:
    """Breaks sentences into terms."""

    def terms(self, text: str, slots: Mapping[str, Slot] | None = None) -> list[str]:
        """Return the terms of an order, or of a phrasing whose slots are given.

        Words give themselves, their pieces of four letters, so that inflections and typos still meet, and the concepts
        they stand for, so that synonyms and the two languages do. What looks like a value (a path, a number, an
        address, quoted text) gives only its shape, because its letters mean nothing.
        """
        found: list[str] = []

        def shape(match: re.Match[str]) -> str:
            slot = (slots or {}).get(match[1])
            if slot is None:
                return match[0]
            found.extend(SHAPES.get(slot.type, ()))
            found.extend(term for end in slot.ends[:1] for term in _ending(end))
            return " "

        plain = SLOT.sub(shape, text)
        plain, quoted = _QUOTED.subn(" ", plain)
        found.extend(["{quoted}"] * min(quoted, 1))
        for token in _folded(plain).split():
            found.extend(self._token_terms(token.strip(",;:!?()[]`'\"")))
        return found

    def count_values(self, text: str) -> int:
        """Return how many values an order holds: quoted texts, and words that are file names, numbers, addresses."""
        plain, quoted = _QUOTED.subn(" ", text)
        tokens = (token.strip(",;:!?()[]`'\"").rstrip(".") for token in _folded(plain).split())
        return quoted + sum(1 for token in tokens if any(_token_shapes(token)))

    def _token_terms(self, token: str) -> tuple[str, ...]:
        if token not in self._known_tokens:
            name = token.rstrip(".")
            if name in self._names:
                # All its pieces would outweigh what is to be done: "stop nginx" is not about nginx.
                self._known_tokens[token] = (name, f"_{name[: _GRAM - 1]}")
            else:
                self._known_tokens[token] = tuple(_token_shapes(name)) or tuple(
                    term for word in _WORD.findall(token) if word not in _STOP for term in self._word_terms(word)
                )
        return self._known_tokens[token]

    def _word_terms(self, word: str) -> Iterator[str]:
        yield word
        padded = f"_{word}"
        if len(word) >= _GRAM:
            yield from (padded[i : i + _GRAM] for i in range(len(padded) - _GRAM + 1))
        exact, beginnings = self._lexicon
        concepts = set(exact.get(word, ()))
        for end in range(2, len(word) + 1):
            concepts |= beginnings.get(word[:end], frozenset())
        yield from (f"#{concept}" for concept in sorted(concepts))

    @cached_property
    def _known_tokens(self) -> dict[str, tuple[str, ...]]:
        return {}

    @cached_property
    def _source(self) -> Mapping[str, Mapping[str, str]]:
        source = resources.files("fazai_tui.config").joinpath("lexicon.toml").read_text(encoding="utf-8")
        return tomllib.loads(source)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(name for names in self._source["names"].values() for name in names.split())

    @cached_property
    def _lexicon(self) -> tuple[Mapping[str, frozenset[str]], Mapping[str, frozenset[str]]]:
        """The concepts of whole words, and those of beginnings of words."""
        exact: dict[str, frozenset[str]] = {}
        beginnings: dict[str, frozenset[str]] = {}
        for concept, words in self._source["concepts"].items():
            for word in words.split():
                table, key = (beginnings, word[:-1]) if word.endswith("*") else (exact, word)
                table[key] = table.get(key, frozenset()) | {concept}
        return exact, beginnings


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _token_shapes(token: str) -> Iterator[str]:
    if _URL.match(token):
        yield "{url}"
    elif _IP.match(token):
        yield "{ip}"
    elif _TIME.match(token):
        yield "{time}"
    elif token.replace(".", "").replace(",", "").isdigit():
        yield "{number}"
        if re.fullmatch(r"0?[0-7]{3}", token):
            yield "{mode}"
    elif "@" in token and "." in token:
        yield "{email}"
    elif "*" in token:
        yield from ("{glob}", *_ending(token))
    elif _ARCHIVE.search(token):
        yield from ("{archive}", "{file}", *_ending(token))
    elif re.fullmatch(r"\.[a-z][a-z0-9]{1,5}", token):
        yield from ("{ext}", *_ending(token))
    elif _FILE.match(token):
        if token.endswith(".sh"):
            yield "{sh}"
        yield from ("{file}", *_ending(token))
    elif "/" in token and len(token) > 1:
        yield "{path}"


def _ending(token: str) -> tuple[str, ...]:
    """Return a file name's extension, also as the word that names the format."""
    extension = token.rpartition(".")[2]
    return f".{extension}", extension


def values_in(text: str) -> frozenset[str]:
    """Return the values that a text names as they stand: quoted texts, file names, numbers, addresses."""
    plain = _QUOTED.sub(" ", text)
    quoted = (match[0][1:-1] for match in _QUOTED.finditer(text))
    tokens = (token.strip(",;:!?()[]`'\"").rstrip(".") for token in plain.split())
    return frozenset((*quoted, *(token for token in tokens if any(_token_shapes(_folded(token))))))

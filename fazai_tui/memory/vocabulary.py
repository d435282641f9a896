"""The words that people use for what the cookbook knows: a sentence full of others is about something else."""

import json
import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from fazai_tui.core.cookbook import SLOT, Entry
from fazai_tui.memory.terms import TermMaker

_WORDS = TypeAdapter(list[str])
_WORD = re.compile(r"[a-z]+")
_EDGES = ",;:!?()[]`'\"."
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_NAME = re.compile(r"[\d_/:.@=+-]")
"""What stands in names of files, hosts and branches, and not in words."""

_LITTLE = frozenset(
    "a o e as os de da do das dos em na no nas nos um uma uns umas que q pra para por porque pq com me mim ai la aqui "
    "meu minha seu sua eu voce vc qual quais quem como quando onde quanto quantos quanta quantas oq cade tem ha esta "
    "ta sao foi ser era the an of in on to for with my your his her please pls here this that it is are be can you "
    "could i what which who whom where when why how was were does do did has have there some any not and or se "
    "sem".split()
)

_STEM, _LONG_STEM = 5, 6
_INFLECTED, _SLIPPED, _SHORT = 0.2, 0.5, 0.5
"""How strange a word is that shares its beginning with a known one, that is a slip away from one, that is short."""


class Vocabulary:
    """Words of the cookbook's phrasings.

    Args:
        entries: The cookbook; what only says that a question is beyond it teaches no words.
        file: Where the words are kept between runs; None keeps nothing.
    """

    def __init__(self, entries: Iterable[Entry], file: Path | None = None) -> None:
        self._entries = entries
        self._file = file
        self._maker = TermMaker()

    def keep(self) -> None:
        """Write the words where they are kept.

        Raises:
            OSError: They cannot be written.
        """
        if self._file is not None:
            self._file.write_text(json.dumps(sorted(self._words)), encoding="ascii")

    def strangeness(self, text: str) -> float:
        """Return the share of a sentence's words that nobody uses for what the cookbook knows, from 0 to 1.

        Values (names of files, numbers, addresses, quoted texts) and the little words of both languages do not count.
        """
        tokens = (token.strip(_EDGES) for token in _folded(_QUOTED.sub(" ", text)).split())
        counted = [token.partition("'")[0] for token in tokens if token and not self._is_value(token)]
        strange = [self._strange(word) for word in counted if word not in _LITTLE]
        return sum(strange) / len(strange) if strange else 0.0

    def _is_value(self, token: str) -> bool:
        return _NAME.search(token) is not None or self._maker.count_values(token) > 0

    def _strange(self, word: str) -> float:
        if word in self._words:
            return 0.0
        if word[:_LONG_STEM] in self._stems or (len(word) == _LONG_STEM and word[:_STEM] in self._stems):
            return _INFLECTED
        if len(word) >= _STEM and not _slips(word).isdisjoint(self._near):
            return _SLIPPED
        return 1.0 if len(word) > 2 else _SHORT

    @cached_property
    def _words(self) -> frozenset[str]:
        if self._file is not None:
            # What is damaged or not there is as good as built anew.
            with suppress(OSError, ValidationError):
                return frozenset(_WORDS.validate_json(self._file.read_bytes()))
        known = (
            SLOT.sub(" ", phrasing)
            for entry in self._entries
            if entry.kind != "repair" and not entry.id.startswith("answers.beyond")
            for phrasing in (*entry.pt, *entry.en)
        )
        return frozenset(_WORD.findall(_folded("\n".join(known))))

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(word[:length] for word in self._words for length in (_STEM, _LONG_STEM) if len(word) >= length)

    @cached_property
    def _near(self) -> frozenset[str]:
        return frozenset(slip for word in self._words if len(word) >= _STEM for slip in _slips(word))


def _slips(word: str) -> frozenset[str]:
    """Return the word and what is left of it without one letter: words that share one are a slip apart."""
    return frozenset((word, *(word[:at] + word[at + 1 :] for at in range(len(word)))))


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char))

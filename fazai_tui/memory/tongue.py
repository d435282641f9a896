"""Telling Portuguese from English by the little words."""

import re

from fazai_tui.core.cookbook import Language

_WORD = re.compile(r"[a-zà-ÿ]+")
_PORTUGUESE = frozenset(
    "a o os as e é de da do das dos em na no nas nos um uma que para pra por com se não como ou ao à depois antes "
    "quando este esta isso seu sua ser está são foi pelo pela também já mais todos todas sem entre nova novo".split()
)
_ENGLISH = frozenset(
    "the and is of to in for on with as by it this that from or an be are at not if when after before your you all "
    "then we can new run into out up how using".split()
)
_ENDINGS = re.compile(r"(?:ção|ções|ões|ar|er|ir|ando|endo|mente|ável|ório|ário)$|[ãõçáâéêíóôú]")


def language_of(text: str) -> Language | None:
    """Return the language of a text; None when its words do not tell."""
    words = _WORD.findall(text.lower())
    portuguese = sum(2 * (word in _PORTUGUESE) + bool(_ENDINGS.search(word)) for word in words)
    english = sum(2 * (word in _ENGLISH) for word in words)
    if portuguese == english:
        return None
    return "pt" if portuguese > english else "en"

"""Filling phrasings and command templates with the same values."""

import random
from collections.abc import Mapping

from fazai_tui.core.cookbook import SLOT, Entry, Language
from fazai_tui.core.filling import fill
from training.values import Value, ValueMaker


def draw_values(entry: Entry, phrasing: str, maker: ValueMaker, language: Language) -> dict[str, Value]:
    """Return a value for each slot: drawn where the phrasing names it, the default elsewhere."""
    named = entry.slots_in(phrasing)
    values: dict[str, Value] = {}
    for name, slot in entry.slots.items():
        if name in named or slot.default is None:
            values[name] = _distinct(maker, slot_of=entry, name=name, language=language, taken=values)
        else:
            values[name] = Value(slot.default, slot.default, _parts_of(slot.default))
    return values


def said(phrasing: str, values: Mapping[str, Value]) -> str:
    """Return a phrasing as a user would type it."""
    return SLOT.sub(lambda match: values[match[1]].said if match[1] in values else match[0], phrasing)


def written(template: str, values: Mapping[str, Value]) -> str:
    """Return a command with the values in it, quoted where the shell needs it."""

    def value(name: str, part: str | None) -> str | None:
        if name not in values:
            return None
        return dict(values[name].parts).get(part, values[name].written) if part else values[name].written

    return fill(template, value)


def _distinct(maker: ValueMaker, *, slot_of: Entry, name: str, language: Language, taken: Mapping[str, Value]) -> Value:
    used = {value.written for value in taken.values()}
    value = maker.draw(slot_of.slots[name], language)
    for _ in range(4):
        if value.written not in used:
            break
        value = maker.draw(slot_of.slots[name], language)
    return value


def _parts_of(default: str) -> tuple[tuple[str, str], ...]:
    hour, _, minute = default.partition(":")
    return (("h", str(int(hour))), ("m", str(int(minute)))) if hour.isdigit() and minute.isdigit() else ()


class Typist:
    """Types a sentence as people do: without accents, in lower case, with typos and courtesies."""

    _COURTESIES: Mapping[Language, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "pt": (
            ("por favor ", "preciso que você ", "pode ", "me ajuda: ", "oi, ", "quero que ", "da pra ", "aí, "),
            (" por favor", " pfv", ", blz?", " pra mim", " agora", " aí", ", por favor", " aqui"),
        ),
        "en": (
            ("please ", "can you ", "could you ", "hey, ", "i need you to ", "pls "),
            (" please", " pls", " for me", " now", ", thanks", " here"),
        ),
    }
    _ACCENTS = str.maketrans("áàâãéêíóôõúüçÁÀÂÃÉÊÍÓÔÕÚÇ", "aaaaeeiooouucAAAAEEIOOOUC")
    _SHORT: Mapping[str, str] = {
        "que": "q",
        "você": "vc",
        "quantos": "qtos",
        "quantas": "qtas",
        "também": "tb",
        "não": "nao",
        "arquivo": "arq",
        "diretório": "dir",
        "está": "ta",
        "para": "pra",
        "porque": "pq",
        "até": "ateh",
    }

    def __init__(self, rng: random.Random, *, typo_share: float = 0.18) -> None:
        """Take the source of chance, and how many sentences hold typos."""
        self._rng = rng
        self._typo_share = typo_share

    def type(self, phrasing: str, language: Language) -> str:
        """Return the phrasing as somebody might type it; slots stay as they are."""
        rng = self._rng
        words = phrasing.split(" ")
        if rng.random() < self._typo_share:
            words = [self._typo(word) if rng.random() < 0.25 else word for word in words]
        if language == "pt" and rng.random() < 0.25:
            words = [self._SHORT.get(word, word) if rng.random() < 0.5 else word for word in words]
        text = " ".join(words)
        if language == "pt" and rng.random() < 0.45:
            text = text.translate(self._ACCENTS)
        text = self._framed(text, language)
        draw = rng.random()
        if draw < 0.3:
            text = text[:1].lower() + text[1:]
        elif draw < 0.5:
            text = text[:1].upper() + text[1:]
        if rng.random() < 0.15:
            text = text.rstrip("?.! ") + rng.choice(("", ".", "!", "?"))
        return text

    def _framed(self, text: str, language: Language) -> str:
        before, after = self._COURTESIES[language]
        draw = self._rng.random()
        if draw < 0.07:
            return self._rng.choice(before) + text
        if draw < 0.16 and not text.rstrip().endswith((">", "?")):
            return text + self._rng.choice(after)
        return text

    def _typo(self, word: str) -> str:
        if len(word) < 4 or "<" in word or not word.isalpha():
            return word
        rng = self._rng
        at = rng.randrange(1, len(word) - 1)
        kind = rng.randrange(3)
        if kind == 0:
            return word[:at] + word[at + 1 :]
        if kind == 1:
            return word[:at] + word[at] + word[at:]
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

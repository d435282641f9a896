"""Values for slots: of their type's shape, said and written alike, the same for the same seed."""

import random
import re

import pytest

from fazai_tui.core.cookbook import LANGUAGES, Choice, Entry, Slot
from training.values import NUMBER_WORDS, WEEKDAYS, ValueMaker

SHAPES = {
    "file": r".*[^/]\.[a-z0-9]+",
    "script": r".*\.sh",
    "archive": r".*\.(tar|zip|tgz|tar\.gz|tar\.xz)",
    "glob": r"\*\.[a-z0-9]+",
    "ext": r"[a-z0-9]+",
    "number": r"\d+",
    "port": r"\d+",
    "mode": r"[0-7]{3,4}",
    "size": r"\d+[KMG]",
    "ip": r"(\d{1,3}\.){3}\d{1,3}",
    "cidr": r"10\.\d+\.\d+\.0/24",
    "url": r"https?://\S+",
    "email": r"\S+@\S+\.\S+",
    "device": r"/dev/\w+",
    "weekday": r"[0-6]",
    "time": r"\d\d:\d\d",
}


def drawn(kind: str, count: int = 60) -> list[tuple[str, str]]:
    """Return values as they are said and written."""
    maker = ValueMaker(random.Random(5))
    values = [maker.draw(Slot(type=kind), language) for _ in range(count) for language in LANGUAGES]
    return [(value.said, value.written) for value in values]


@pytest.mark.parametrize("kind", SHAPES)
def test_values_have_their_types_shape(kind: str) -> None:
    wrong = [written for _, written in drawn(kind) if not re.fullmatch(SHAPES[kind], written)]

    assert wrong == []
    assert len({written for _, written in drawn(kind)}) > 4


@pytest.mark.parametrize("kind", ["file", "dir", "user", "service", "package", "port", "unheard-of"])
def test_what_is_said_is_what_is_written(kind: str) -> None:
    assert all(said == written for said, written in drawn(kind))


def test_a_number_may_be_said_in_words() -> None:
    words = {word: str(number) for language in LANGUAGES for number, word in NUMBER_WORDS[language].items()}
    values = drawn("number", 200)

    assert any(said in words for said, _ in values)
    assert all(written == words.get(said, said) for said, written in values)


def test_a_time_has_its_parts() -> None:
    maker = ValueMaker(random.Random(5))
    for _ in range(100):
        value = maker.draw(Slot(type="time"), "pt")
        parts = dict(value.parts)
        assert value.written == f"{int(parts['h']):02}:{int(parts['m']):02}"
        assert int(parts["h"]) < 24 and int(parts["m"]) < 60
        assert str(int(parts["h"])) in value.said


def test_a_weekday_is_written_as_cron_counts() -> None:
    for said, written in drawn("weekday"):
        names = [names[int(written)].lower() for names in WEEKDAYS.values()]
        assert any(name.startswith(said.lower()) for name in names)


def test_a_choice_is_said_in_the_language() -> None:
    slot = Slot(type="choice", values=(Choice(value="-r", pt="ao contrário", en="reversed"),))
    maker = ValueMaker(random.Random(1))

    assert (maker.draw(slot, "pt").said, maker.draw(slot, "en").said) == ("ao contrário", "reversed")
    assert maker.draw(slot, "pt").written == "-r"


def test_quoted_text_is_written_without_its_quotes() -> None:
    values = drawn("text", 200)

    assert any(said[0] in "'\"" for said, _ in values)
    assert all(written == said.strip("'\"") for said, written in values)


def test_the_same_seed_gives_the_same_values(entries: tuple[Entry, ...]) -> None:
    slots = [slot for entry in entries for slot in entry.slots.values()]

    def values() -> list[str]:
        maker = ValueMaker(random.Random(9))
        return [maker.draw(slot, "en").written for slot in slots]

    assert values() == values()
    assert all(values())

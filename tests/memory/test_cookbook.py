"""Every entry that ships is read, and what breaks the schema is one line that names the file."""

import re
from pathlib import Path

import pytest

from fazai_tui.core.cookbook import LANGUAGES, SLOT, Entry
from fazai_tui.core.errors import ConfigurationError, ErrorKind
from fazai_tui.memory.cookbook import load_cookbook, shipped_cookbook

_LETTER = re.compile(r"(?<![\w<.'-])[bdghijklmnpqrtuvwxyBDNX](?![\w>.'-])")

ENTRY = """
[[entry]]
id = "x.y"
title = { pt = "x", en = "x" }
pt = ["faça x"]
en = ["do x"]
steps = ["true"]
"""


def test_the_cookbook_is_large_and_in_both_languages(entries: tuple[Entry, ...]) -> None:
    assert sum(entry.kind == "command" for entry in entries) >= 250
    assert {entry.kind for entry in entries} == {"command", "answer", "repair"}
    for entry in entries:
        assert all(len(entry.phrasings(language)) >= (1 if entry.kind == "repair" else 3) for language in LANGUAGES), (
            entry.id
        )


def test_ids_are_unique_and_named_by_their_file(entries: tuple[Entry, ...]) -> None:
    ids = [entry.id for entry in entries]
    files = {file.name.removesuffix(".toml") for file in shipped_cookbook().iterdir()}

    assert len(set(ids)) == len(ids)
    assert {name.partition(".")[0] for name in ids} == files


def test_every_slot_of_a_text_is_declared_and_every_declared_one_used(entries: tuple[Entry, ...]) -> None:
    wrong: list[str] = []
    for entry in entries:
        commands = [step.run for steps in (entry.steps, *entry.variants.values()) for step in steps]
        words = [*entry.pt, *entry.en, entry.title.pt, entry.title.en]
        wrong += [f"{entry.id}: {text}" for text in words if {m[1] for m in SLOT.finditer(text)} - set(entry.slots)]
        used = {name for command in (*commands, *words) for name in entry.slots_in(command)}
        wrong += [f"{entry.id}: <{name}> is not used" for name in set(entry.slots) - used]

    assert wrong == []


def test_each_step_says_in_its_title_what_it_does(entries: tuple[Entry, ...]) -> None:
    wrong: list[str] = []
    for entry in entries:
        for steps in (entry.steps, *entry.variants.values()):
            for language in LANGUAGES:
                titles = [step.title(language) for step in steps]
                slots = {match[1] for title in titles for match in SLOT.finditer(title)}
                written = {name for step in steps for name in entry.slots_in(step.run)}
                defaults = {name for name, slot in entry.slots.items() if slot.default is not None}
                wrong += [f"{entry.id}: <{name}> has no value" for name in slots - written - defaults]
                if len(steps) > 1 and (not all(titles) or len(set(titles)) < len(titles)):
                    wrong.append(f"{entry.id}: {titles}")

    assert wrong == []


def test_titles_that_people_read_hold_values_and_no_letters_for_them(entries: tuple[Entry, ...]) -> None:
    """`a` and `o` are words, `C` a language, `7z` a program; `until n` is nothing."""
    wrong = [
        f"{entry.id}: {title}"
        for entry in entries
        for step in entry.steps
        for language in LANGUAGES
        for title in (step.title(language) or ("" if len(entry.steps) > 1 else entry.title.text(language)),)
        if _LETTER.search(title)
    ]

    assert wrong == []


def test_the_same_words_never_mean_another_risk(entries: tuple[Entry, ...]) -> None:
    """Two entries may know the same words for the same task; which of them is found must not matter."""
    seen: dict[str, Entry] = {}
    for entry in (entry for entry in entries if entry.kind != "repair"):
        for phrasing in {*entry.pt, *entry.en}:
            other = seen.setdefault(phrasing, entry)
            assert (other.kind, other.risk) == (entry.kind, entry.risk), (phrasing, other.id, entry.id)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[[entry]\n", "broken.toml"),
        (ENTRY.replace("steps", "stepz"), "stepz"),
        (ENTRY + ENTRY, "the id x.y is taken"),
        (ENTRY.replace('["faça x"]', "[]"), "broken.toml"),
        (ENTRY.replace('"true"', "7"), "broken.toml"),
    ],
)
def test_a_broken_cookbook_names_its_file(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "broken.toml").write_text(content)

    with pytest.raises(ConfigurationError, match=r"broken\.toml") as caught:
        load_cookbook(tmp_path)

    assert told in str(caught.value) and caught.value.kind is ErrorKind.CONFIGURATION


def test_files_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text(ENTRY)
    (tmp_path / "a.toml").write_text(ENTRY.replace("x.y", "a.b"))
    (tmp_path / "notes.txt").write_text("no cookbook")
    (tmp_path / "empty.toml").write_text("")

    assert [entry.id for entry in load_cookbook(tmp_path)] == ["a.b", "x.y"]

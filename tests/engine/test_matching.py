"""Recognising cookbook entries in a model's commands."""

import time
from typing import Any

import pytest

from fazai_tui.core.cookbook import SLOT, Entry, Retrieved
from fazai_tui.core.host import HostFacts
from fazai_tui.core.plan import Risk
from fazai_tui.engine.matching import steps_from_commands
from fazai_tui.memory.cookbook import load_cookbook

HOST = HostFacts(is_root=False)
COPY: dict[str, Any] = {
    "id": "files.copy",
    "title": {"pt": "Copiar <source>", "en": "Copy <source>"},
    "pt": ["copie <source> para <target>"],
    "en": ["copy <source> to <target>"],
    "steps": ["cp -a <source> <target>"],
    "explain": {"pt": "Copia <source>.", "en": "Copies <source>."},
    "risk": "medium",
    "rollback": "rm -r <target>",
    "check": "test -e <target>",
    "slots": {"source": {"type": "file"}, "target": {"type": "path"}},
}


def found(**fields: Any) -> Retrieved:
    """Return a retrieved entry."""
    entry = Entry.model_validate({**COPY, **fields})
    return Retrieved(entry=entry, phrasing=entry.en[0], language="en", score=1)


def test_an_entry_filled_in_lends_its_words() -> None:
    (step,) = steps_from_commands(["cp -a 'my notes.txt' /tmp/x"], [found()], HOST, "en")

    assert step.model_dump(exclude={"status"}) == {
        "id": "s1",
        "title": "Copy my notes.txt",
        "command": "cp -a 'my notes.txt' /tmp/x",
        "explain": "Copies my notes.txt.",
        "risk": Risk.MEDIUM,
        "needs": (),
        "rollback": "rm -r /tmp/x",
        "check": "test -e /tmp/x",
        "provenance": "files.copy",
        "is_imported": False,
    }


def test_the_language_is_the_orders() -> None:
    (step,) = steps_from_commands(["cp -a a b"], [found()], HOST, "pt")

    assert (step.title, step.explain) == ("Copiar a", "Copia a.")


@pytest.mark.parametrize(
    "command", ["cp a b", "cp -a a", "mv -a a b", " cp -a a b", "cp -a  b", "xcp -a a b", "cp -a a b\nrm -rf /\n"]
)
def test_a_command_of_nobodys_stands_for_itself(command: str) -> None:
    (step,) = steps_from_commands([command], [found(steps=["cp -a <source> <target>;"])], HOST, "en")

    assert step.provenance == step.rollback == step.check == step.explain == ""
    assert step.title == command.strip().splitlines()[0]


def test_a_slot_has_one_value_everywhere() -> None:
    entry = found(steps=["tar czf <target> <source>", "tar tzf <target>"])

    matching = steps_from_commands(["tar czf b.tgz a", "tar tzf b.tgz"], [entry], HOST, "en")
    other = steps_from_commands(["tar czf b.tgz a", "tar tzf c.tgz"], [entry], HOST, "en")

    assert [step.provenance for step in matching] == ["files.copy"] * 2
    # The entry's undoing and its check belong to its end.
    assert [(step.rollback, step.check) for step in matching] == [("", ""), ("rm -r b.tgz", "test -e b.tgz")]
    assert [step.provenance for step in other] == ["", ""]
    assert [step.needs for step in other] == [(), ("s1",)]


@pytest.mark.parametrize(
    ("command", "rollback", "check"),
    [
        ("printf '%s' 'hello there' > f; grep -q 'hello there' f", "x 'hello there'", 'y "hello there"'),
        ("printf '%s' hello > f; grep -q 'hello' f", "x hello", 'y "hello"'),
        ("printf '%s' *.log > f; grep -q '*.log' f", "x *.log", 'y "*.log"'),
        ("printf '%s' hello > f; grep -q 'other' f", "", ""),
    ],
)
def test_a_value_is_the_same_in_quotes_and_without(command: str, rollback: str, check: str) -> None:
    entry = found(
        pt=["diga <text>"],
        en=["say <text>"],
        steps=["printf '%s' <text> > f; grep -q '<text>' f"],
        slots={"text": {"type": "text"}},
        title={"pt": "Dizer", "en": "Say <text>"},
        rollback="x <text>",
        check='y "<text>"',
    )

    (step,) = steps_from_commands([command], [entry], HOST, "en")

    assert (step.rollback, step.check) == (rollback, check)
    assert not rollback or "'" not in step.title


def test_a_value_in_double_quotes_is_escaped_there_and_nowhere_else() -> None:
    entry = found(
        pt=["diga <text>"],
        en=["say <text>"],
        steps=['git commit -m "<text>"'],
        slots={"text": {"type": "text"}},
        title={"pt": "Dizer", "en": "Say <text>"},
        rollback="x <text>",
        check="y '<text>'",
    )

    (step,) = steps_from_commands([r'git commit -m "it\'s \$5 \"net\""'.replace("\\'", "'")], [entry], HOST, "en")

    assert step.title == 'Say it\'s $5 "net"'
    assert step.rollback == """x 'it'\\''s $5 "net"'"""
    assert step.check == """y 'it'\\''s $5 "net"'"""


@pytest.mark.parametrize("value", ["a'b", "'a b'", '"x y"', r"a\ b", "$(date +%s)", "a b"])
def test_what_a_rollback_names_is_one_word(value: str) -> None:
    """Whatever the model wrote, no part of a value becomes another operand of what undoes it."""
    (step,) = steps_from_commands([f"cp -a source {value}"], [found()], HOST, "en")

    assert step.rollback in ("", f"rm -r {value}")
    assert (step.rollback == "") == (value in ("a'b", "a b", "$(date +%s)"))


def test_parts_of_a_slot_are_told_apart() -> None:
    entry = found(
        pt=["às <at>"],
        en=["at <at>"],
        title={"pt": "Agendar <at:h>h<at:m>", "en": "Schedule at <at:h>:<at:m>"},
        steps=["echo '<at:m> <at:h> * * * true' | crontab -"],
        slots={"at": {"type": "time"}},
        rollback="",
        check="",
    )

    (step,) = steps_from_commands(["echo '30 7 * * * true' | crontab -"], [entry], HOST, "en")

    assert step.title == "Schedule at 7:30"


@pytest.mark.parametrize(
    ("template", "command", "title"),
    [
        ("echo '<at:m> <at:h> * * *'", "echo '5 7 * * *'", "Schedule at 07:05"),
        ("echo '0 <at:h> * * *'", "echo '0 7 * * *'", "Schedule at 7"),
        ("at <at>", "at 19:05", "Schedule at 19:05"),
    ],
)
def test_a_time_in_words_is_the_one_that_the_command_says_in_parts(template: str, command: str, title: str) -> None:
    entry = found(
        pt=["às <at>"],
        en=["at <at>"],
        title={"pt": "Agendar às <at>", "en": "Schedule at <at>"},
        steps=[template],
        explain={"pt": "Às <at>.", "en": "At <at>."},
        slots={"at": {"type": "time", "default": "3:00"}},
        rollback="",
        check="",
    )

    (step,) = steps_from_commands([command], [entry], HOST, "en")

    assert (step.title, step.explain) == (title, title.replace("Schedule at", "At") + ".")


def test_a_text_whose_slot_has_no_value_is_not_shown() -> None:
    entry = found(
        title={"pt": "Copiar", "en": "Copy <source>"},
        steps=[{"run": "cp -a <source> /backup", "pt": "Copiar", "en": "Copy <source> to <target>"}],
        explain={"pt": "Copia.", "en": "Copies to <target>."},
        rollback="rm -r <target>",
        check="test -e <target> && test <x> -nt <source>",
    )

    (step,) = steps_from_commands(["cp -a a /backup"], [entry], HOST, "en")

    assert (step.title, step.explain, step.rollback, step.check) == ("Copy a", "", "", "")


def test_titles_are_those_of_the_package_managers_steps() -> None:
    entry = found(
        steps=[{"run": "apt-get update", "pt": "Atualizar", "en": "Refresh"}, "apt-get install <source>"],
        variants={"dnf": ["dnf install <source>"]},
        title={"pt": "Instalar <source>", "en": "Install <source>"},
    )
    host = HostFacts(is_root=False, package_manager="dnf")

    (step,) = steps_from_commands(["dnf install jq"], [entry], host, "en")

    assert step.title == "Install jq"


def test_defaults_fill_what_no_command_says() -> None:
    entry = found(
        pt=["copie <source>"],
        en=["copy <source>"],
        steps=["cp -a <source> /backup"],
        title={"pt": "Copiar", "en": "Copy to <target>"},
        slots={"source": {"type": "file"}, "target": {"type": "path", "default": "/backup"}},
    )

    (step,) = steps_from_commands(["cp -a a /backup"], [entry], HOST, "en")

    assert (step.title, step.check) == ("Copy to /backup", "test -e /backup")


def test_the_first_that_matches_lends_its_words() -> None:
    entries = [found(id="a", steps=["mv <source> <target>"]), found(id="b"), found(id="c")]

    (step,) = steps_from_commands(["cp -a x y"], entries, HOST, "en")

    assert step.provenance == "b"


def test_the_hosts_variant_is_the_one_compared() -> None:
    entry = found(
        steps=["sudo apt-get install -y <source>"],
        variants={"dnf": ["sudo dnf install -y <source>"]},
        slots={"source": {"type": "package"}, "target": {"type": "path", "default": "x"}},
    )
    dnf = HostFacts(package_manager="dnf", is_root=True)

    assert steps_from_commands(["dnf install -y htop"], [entry], dnf, "en")[0].provenance
    assert not steps_from_commands(["dnf install -y htop"], [entry], HOST, "en")[0].provenance
    assert steps_from_commands(["sudo apt-get install -y htop"], [entry], HOST, "en")[0].provenance


def test_each_of_several_steps_has_its_own_title_or_its_command() -> None:
    """The title of the whole says of none of them what it does."""
    entry = found(steps=[{"run": "cp -a <source> <target>", "en": "First, copy <source>"}, "sync"])

    steps = steps_from_commands(["cp -a x y", "sync"], [entry], HOST, "en")

    assert [step.title for step in steps] == ["First, copy x", "sync"]


def test_a_long_command_is_a_short_title() -> None:
    (step,) = steps_from_commands(["echo " + "x" * 100 + "\nmore"], [], HOST, "en")

    assert len(step.title) == 60 and step.title.endswith("…") and step.risk is Risk.LOW


def test_one_command_is_not_two() -> None:
    entry = found(steps=["cat <source>", "ls <target>"])

    steps = steps_from_commands(["cat a", "ls b"], [entry], HOST, "en")
    strange = steps_from_commands(["cat a\0ls b", "ls c"], [entry], HOST, "en")

    assert steps[0].provenance and not strange[0].provenance


NOISE = ["a " * 250, "a" * 500, "'a' " * 120, "/" * 500, '"' * 301, "\\" * 501, "<<x\n" + "a\n" * 250, "$(" * 200]


@pytest.mark.parametrize("noise", NOISE, ids=range(len(NOISE)))
def test_comparing_takes_no_time_whatever_the_model_wrote(noise: str) -> None:
    """Slots match nearly anything: a long command that is like a template must not keep the event loop."""
    entries = [Retrieved(entry=e, phrasing="", language="en", score=1) for e in load_cookbook() if e.steps]
    slowest = 0.0
    for item in entries:
        beginnings = [SLOT.split(template)[0] for template in item.entry.commands(HOST)]
        began = time.perf_counter()
        steps_from_commands([beginning + noise for beginning in beginnings], [item], HOST, "en")
        slowest = max(slowest, time.perf_counter() - began)

    assert slowest < 10

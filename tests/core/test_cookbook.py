"""What an entry of the cookbook may say."""

from typing import Any

import pytest
from pydantic import ValidationError

from fazai_tui.core.cookbook import Entry, Localized, Retrieved
from fazai_tui.core.host import HostFacts
from fazai_tui.core.plan import Risk


def raw(**fields: Any) -> dict[str, Any]:
    """Return an entry as a file holds it."""
    return {
        "id": "x.copy",
        "title": {"pt": "Copiar", "en": "Copy"},
        "pt": ["copie <source> para <target>"],
        "en": ["copy <source> to <target>"],
        "steps": ["cp <source> <target>"],
        "slots": {"source": {"type": "file"}, "target": {"type": "path"}},
        **fields,
    }


def test_short_forms_are_read() -> None:
    entry = Entry.model_validate(
        raw(
            steps=["true", {"run": "cp <source> <target>", "en": "Copy it"}],
            slots={
                "source": {"type": "file"},
                "target": {"type": "path"},
                "times": {"type": "number", "default": 3},
                "way": {"type": "choice", "values": ["a", {"value": "b", "pt": "bê", "en": "bee"}], "default": "a"},
            },
        )
    )

    assert [(step.run, step.title("en"), step.title("pt")) for step in entry.steps] == [
        ("true", "", ""),
        ("cp <source> <target>", "Copy it", ""),
    ]
    assert entry.slots["times"].default == "3"
    assert [(choice.value, choice.pt) for choice in entry.slots["way"].values] == [("a", "a"), ("b", "bê")]
    assert entry.risk is Risk.LOW
    assert entry.slots_in("<source> <target:dir> <unknown> 2>&1 </dev/null") == {"source", "target"}


@pytest.mark.parametrize(
    "broken",
    [
        raw(pt=[]),
        raw(steps=[]),
        raw(answer={"pt": "a", "en": "b"}),
        raw(kind="answer", steps=[]),
        raw(kind="answer", answer={"pt": "a", "en": "b"}),
        raw(en=["copy <source>"]),
        raw(risk="enormous"),
        raw(unknown="field"),
        raw(title={"pt": "only one"}),
        {name: value for name, value in raw().items() if name != "id"},
    ],
)
def test_what_is_inconsistent_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Entry.model_validate(broken)


def test_a_slot_with_a_default_may_be_left_unsaid() -> None:
    slots = {"source": {"type": "file"}, "target": {"type": "path", "default": "/tmp"}}

    assert Entry.model_validate(raw(en=["copy <source>"], slots=slots)).steps


def test_commands_fit_the_host() -> None:
    entry = Entry.model_validate(
        raw(
            pt=["instale"],
            en=["install"],
            slots={},
            steps=["sudo apt-get install -y x && sudo -u ana true"],
            variants={"dnf": ["sudo dnf install -y x"]},
        )
    )

    user = HostFacts(is_root=False)
    assert entry.commands(user) == ("sudo apt-get install -y x && sudo -u ana true",)
    assert entry.commands(HostFacts(is_root=True)) == ("apt-get install -y x && sudo -u ana true",)
    assert entry.commands(user.model_copy(update={"package_manager": "dnf"})) == ("sudo dnf install -y x",)
    assert entry.commands(user.model_copy(update={"package_manager": "apk"})) == entry.commands(user)


@pytest.mark.parametrize(
    ("command", "as_root"),
    [
        ("sudo usermod -aG sudo <source>", "usermod -aG sudo <source>"),
        ("getent group sudo wheel | sudo tee <source>", "getent group sudo wheel | tee <source>"),
        ("xargs -r -a <source> sudo apt-get install -y", "xargs -r -a <source> apt-get install -y"),
        ("for f in a b; do\n  sudo rm $f\ndone", "for f in a b; do\n  rm $f\ndone"),
    ],
)
def test_root_needs_no_sudo_but_the_group_keeps_its_name(command: str, as_root: str) -> None:
    entry = Entry.model_validate(raw(steps=[command]))

    assert entry.commands(HostFacts(is_root=True)) == (as_root,)


def test_what_was_found_survives_json() -> None:
    entry = Entry.model_validate(raw(explain={"pt": "a", "en": "b"}, variants={"apk": ["true"]}))
    found = Retrieved(entry=entry, phrasing=entry.pt[0], language="pt", score=1.5)

    assert Retrieved.model_validate_json(found.model_dump_json()) == found
    assert entry.explain == Localized(pt="a", en="b")
    assert entry.title.text("pt") == "Copiar"

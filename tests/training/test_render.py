"""Orders and commands rendered from entries, and that the product recognises them again."""

import random
import subprocess
from collections.abc import Iterator

from fazai_tui.core.cookbook import LANGUAGES, SLOT, Entry, Language, Retrieved
from fazai_tui.core.host import HostFacts
from fazai_tui.core.plan import Risk
from fazai_tui.core.policy import Decision
from fazai_tui.engine.matching import steps_from_commands
from fazai_tui.policy.bash import BashPolicy
from training.render import Typist, draw_values, said, written
from training.values import Value, ValueMaker

MANAGERS = ("apt", "dnf", "pacman", "zypper", "apk")
CHUNK = 60


def renderings(entries: tuple[Entry, ...], seed: int) -> Iterator[tuple[Entry, str, dict[str, Value]]]:
    """Yield each entry that has commands with a phrasing and values for it."""
    rng = random.Random(seed)
    maker = ValueMaker(rng)
    for entry in (entry for entry in entries if entry.steps):
        language: Language = rng.choice(LANGUAGES)
        phrasing = rng.choice(entry.phrasings(language))
        yield entry, phrasing, draw_values(entry, phrasing, maker, language)


def is_bash(*commands: str) -> bool:
    """Tell whether bash can read commands, each by itself; nothing is run."""
    functions = "\n".join(f"f{number}() {{\n{command}\n}}" for number, command in enumerate(commands))
    ended = subprocess.run(["bash", "-n"], input=functions.encode(), capture_output=True, timeout=20, check=False)
    return ended.returncode == 0 and not ended.stderr


def test_every_template_is_bash_when_filled(entries: tuple[Entry, ...]) -> None:
    commands: list[tuple[str, str]] = []
    for entry, _, values in renderings(entries, 1):
        templates = {command for manager in MANAGERS for command in entry.commands(HostFacts(package_manager=manager))}
        templates |= {text for text in (entry.rollback, entry.check) if text}
        commands += [(entry.id, written(template, values)) for template in sorted(templates)]
    wrong: list[tuple[str, str]] = []
    for start in range(0, len(commands), CHUNK):
        chunk = commands[start : start + CHUNK]
        if not is_bash(*(command for _, command in chunk)):
            wrong += [(name, command) for name, command in chunk if not is_bash(command)]

    assert len(commands) > 1500
    assert wrong == []
    assert not is_bash("echo 'open") and not is_bash("if true") and not is_bash("}; echo {")


def test_nothing_is_left_unfilled(entries: tuple[Entry, ...]) -> None:
    for entry, phrasing, values in renderings(entries, 2):
        texts = [said(phrasing, values), *(written(step.run, values) for step in entry.steps)]
        assert not [match[0] for text in texts for match in SLOT.finditer(text) if match[1] in entry.slots], entry.id


def test_the_product_recognises_what_was_rendered(entries: tuple[Entry, ...]) -> None:
    """With the very values that went in: the rollback and the check name what the command names."""
    for seed in (3, 4):
        host = HostFacts(is_root=seed == 3)
        for entry, phrasing, values in renderings(entries, seed):
            commands = [written(command, values) for command in entry.commands(host)]
            found = Retrieved(entry=entry, phrasing=phrasing, language="en", score=1)
            steps = steps_from_commands(commands, [found], host, "en")
            assert [step.command for step in steps] == commands
            assert {step.provenance for step in steps} == {entry.id}
            assert (steps[-1].rollback, steps[-1].check) == (
                written(entry.rollback, values),
                written(entry.check, values),
            ), entry.id


def test_what_only_reads_is_of_low_risk(entries: tuple[Entry, ...]) -> None:
    """An entry that the policy lets run unasked must not frighten anybody."""
    policy = BashPolicy(home="/home/ana", user="ana")
    wrong: list[str] = []
    reading = 0
    for entry, _, values in renderings(entries, 5):
        commands = [written(step.run, values) for step in entry.steps]
        if all(policy.assess(command).decision is Decision.ALLOW for command in commands):
            reading += 1
            # Reading with more rights, to mend what failed without, is something to be told of.
            if entry.risk is not Risk.LOW and entry.kind != "repair":
                wrong.append(f"{entry.id}: {entry.risk} {commands}")

    assert reading > 300
    assert wrong == []


def test_checks_only_read(entries: tuple[Entry, ...]) -> None:
    """A check that does more than read would never be run."""
    policy = BashPolicy(home="/home/ana", user="ana")
    wrong = [
        f"{entry.id}: {written(entry.check, values)}"
        for entry, _, values in renderings(entries, 6)
        if entry.check and policy.assess(written(entry.check, values)).decision is not Decision.ALLOW
    ]

    assert wrong == []


def test_defaults_fill_what_the_order_leaves_out() -> None:
    entry = Entry.model_validate(
        {
            "id": "x",
            "title": {"pt": "x", "en": "x"},
            "pt": ["rode <script>"],
            "en": ["run <script>"],
            "steps": ["echo '<at:m> <at:h> * * * <script>'"],
            "slots": {"script": {"type": "script"}, "at": {"type": "time", "default": "03:05"}},
        }
    )

    values = draw_values(entry, "run <script>", ValueMaker(random.Random(1)), "en")

    script = values["script"].written
    assert said("run <script>", values) == f"run {script}"
    assert written(entry.steps[0].run, values) == f"echo '5 3 * * * {script}'"


def test_two_slots_get_two_values() -> None:
    slots = {name: {"type": "mode"} for name in ("a", "b")}
    entry = Entry.model_validate(
        {
            "id": "x",
            "title": {"pt": "x", "en": "x"},
            "pt": ["<a> <b>"],
            "en": ["<a> <b>"],
            "steps": ["x"],
            "slots": slots,
        }
    )
    pairs = [draw_values(entry, "<a> <b>", ValueMaker(random.Random(seed)), "en") for seed in range(60)]

    assert all(pair["a"].written != pair["b"].written for pair in pairs)


def test_typing_keeps_slots_and_most_letters() -> None:
    typist = Typist(random.Random(2))
    phrasing = "compacte a pasta <dir> para o arquivo <archive>"
    typed = [typist.type(phrasing, "pt") for _ in range(300)]

    assert all("<dir>" in text and "<archive>" in text for text in typed)
    assert phrasing in typed and len(set(typed)) > 50
    assert any(text != text.lower() for text in typed) and any("á" not in text for text in typed)
    assert Typist(random.Random(2)).type(phrasing, "pt") == typed[0]

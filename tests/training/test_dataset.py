"""Training examples: the product's own prompts, the outputs that its grammar allows, and nothing held out."""

import json
from pathlib import Path

import pytest

from fazai_tui.core.cookbook import Entry
from fazai_tui.engine import prompts_compact as compact
from training.dataset import QUESTIONS, Example, ExampleMaker, entries_from_pairs, is_held_out, without_held_out

HELD_OUT = {0, 3, 6, 7, 10, 19, 41, 63, 97, 136, 170, 173}
"""Which of 200 phrasings are held out."""


@pytest.fixture(scope="module")
def part(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return a part of the cookbook with entries of every kind."""
    return tuple(
        entry for entry in entries if entry.id.startswith(("files.m", "disks.d", "answers.h", "repairs.", "cron."))
    )


@pytest.fixture(scope="module")
def examples(part: tuple[Entry, ...]) -> list[Example]:
    """Return the examples of one pass."""
    return list(ExampleMaker(part, 1).from_cookbook())


def test_every_phrasing_that_is_not_held_out_gives_an_example(part: tuple[Entry, ...], examples: list[Example]) -> None:
    phrasings = [p for entry in part for p in (*entry.pt, *entry.en)]

    assert len(examples) == sum(not is_held_out(phrasing) for phrasing in phrasings)
    assert {example.entry_id for example in examples} == {entry.id for entry in part}


def test_prompts_end_as_the_product_asks(examples: list[Example]) -> None:
    for example in examples:
        lines = example.content.split("\n")
        asked = next(n for n, line in enumerate(lines) if line.startswith(compact.ORDER_MARK))
        assert all("=>" in line for line in lines[:asked])
        assert asked <= compact.EXAMPLES
        assert len(lines) - asked in (1, 3)


def test_outputs_of_orders_are_what_the_product_reads(examples: list[Example]) -> None:
    kinds: set[str] = set()
    for example in examples:
        if compact.ORDER_MARK in example.content:
            output = compact.CompactOutput.model_validate_json(example.output)
            kinds |= output.model_fields_set
            assert output.plan is None or all(command.strip() for command in output.plan)

    assert {"plan", "answer"} <= kinds


def test_a_plan_is_that_of_a_shown_example(examples: list[Example]) -> None:
    """What the prompt does not show, the model is not asked to know: it learns to say so."""
    shown_programs = 0
    for example in (example for example in examples if example.output.startswith('{"plan"')):
        first = json.loads(example.output)["plan"][0].split()[0]
        known = [line.partition("=>")[2] for line in example.content.split("\n") if "=>" in line]
        shown_programs += any(first in line or line.startswith('{"plan":["<') for line in known)
    plans = sum(example.output.startswith('{"plan"') for example in examples)
    unknown = [example for example in examples if QUESTIONS.unknown(example.language) in example.output]

    assert shown_programs == plans > 100
    assert len(unknown) < len(examples) // 4


def test_orders_that_lack_a_value_teach_to_ask_for_it(part: tuple[Entry, ...], examples: list[Example]) -> None:
    types = {slot.type for entry in part for slot in entry.slots.values()}
    asked = [e for e in examples if any(QUESTIONS.about(kind, e.language) in e.output for kind in types)]

    assert 3 < len(asked) < len(examples) // 10
    assert all(example.output in example.alternatives() for example in asked)


def test_nearly_every_output_is_one_that_the_products_grammar_allows(examples: list[Example]) -> None:
    allowed = sum(example.output in example.alternatives() for example in examples)

    assert allowed > 0.85 * len(examples)


def test_held_out_phrasings_are_few_and_always_the_same(entries: tuple[Entry, ...]) -> None:
    phrasings = [phrasing for entry in entries for phrasing in (*entry.pt, *entry.en)]
    share = sum(is_held_out(phrasing) for phrasing in phrasings) / len(phrasings)

    assert 0.025 < share < 0.055
    # It is of the text alone, so that no run of training sees what another one measured.
    assert {number for number in range(200) if is_held_out(f"phrase {number}")} == HELD_OUT


def test_measuring_sees_only_what_was_held_out(entries: tuple[Entry, ...]) -> None:
    part = entries[:150]
    measured = list(ExampleMaker(part, 1).held_out(1))

    assert len(measured) == sum(is_held_out(p) for entry in part for p in (*entry.pt, *entry.en))


def test_measuring_searches_entries_that_hold_nothing_held_out(entries: tuple[Entry, ...]) -> None:
    part = entries[:150]
    known = without_held_out(part)
    measured = list(ExampleMaker(part, 1).held_out(1))

    assert [entry.id for entry in known] == [entry.id for entry in part]
    assert not any(is_held_out(p) for entry in known for p in (*entry.pt, *entry.en))
    found = [item for example in measured for item in example.context.retrieved]
    assert len(found) > len(measured)
    assert not any(is_held_out(p) for item in found for p in (*item.entry.pt, *item.entry.en, item.phrasing))


def test_a_sample_of_the_held_out_hardly_changes_when_the_cookbook_grows(entries: tuple[Entry, ...]) -> None:
    before = [example.context.order for example in ExampleMaker(entries[:140], 1).held_out(1)]
    after = [example.context.order for example in ExampleMaker(entries[:150], 1).held_out(1)]

    assert [order for order in after if order in before] == before


def test_the_same_seed_makes_the_same_examples(part: tuple[Entry, ...], examples: list[Example]) -> None:
    assert list(ExampleMaker(part, 1).from_cookbook()) == examples
    assert list(ExampleMaker(part, 2).from_cookbook()) != examples


def test_pairs_become_entries(tmp_path: Path) -> None:
    rows = [
        {
            "lang": "en",
            "page": "tar",
            "description": "Create an [a]rchive:",
            "command": "tar cf {{path/to/x.tar}} {{file}}",
        },
        {"lang": "pt", "page": "x", "description": "Lista tudo.", "command": "ls {{[-a|--all]}}"},
        {"lang": "en", "page": "y", "description": "Too long", "command": "x " * 90},
        {"lang": "en", "page": "tldr", "description": "Help", "command": "tldr {{x}}"},
    ]
    (tmp_path / "pairs.jsonl").write_text("\n".join(json.dumps(row) for row in rows))

    first, second = entries_from_pairs(tmp_path / "pairs.jsonl")

    assert first.steps[0].run == "tar cf <x_tar> <file>"
    assert {name: slot.type for name, slot in first.slots.items()} == {"x_tar": "archive", "file": "file"}
    assert first.en == ("Create an archive: <x_tar> <file>",) and first.pt == ()
    assert (second.pt, second.steps[0].run) == (("Lista tudo",), "ls --all")
    made = list(ExampleMaker((first, second), 1).from_pairs())
    assert [json.loads(example.output).keys() for example in made]

"""The grammar of a compact prompt: only the examples, filled in with what the order holds."""

import re

from fazai_tui.core.cookbook import Entry, Localized, RecipeStep, Retrieved, Slot
from fazai_tui.core.host import HostFacts
from fazai_tui.engine.grammar_compact import grammar_of

COPY = Entry(
    id="files.copy",
    title=Localized(pt="Copiar", en="Copy"),
    pt=("copia <a> para <b>",),
    en=("copy <a> to <b>",),
    steps=(RecipeStep(run="cp <a> <b>"),),
    slots={"a": Slot(type="file"), "b": Slot(type="file")},
)
GREETING = Entry(
    id="answers.hello",
    kind="answer",
    title=Localized(pt="Oi", en="Hello"),
    pt=("oi",),
    en=("hello",),
    answer=Localized(pt="Olá!", en="Hello!"),
)


def outputs(entry: Entry, order: str) -> list[str]:
    shown = Retrieved(entry=entry, phrasing=entry.en[0], language="en", score=1)
    root = grammar_of([shown], HostFacts(), order).splitlines()[0]
    return re.findall(r'"((?:[^"\\]|\\.)*)"', root)


def test_slots_take_the_orders_values_in_every_order_but_never_one_value_twice() -> None:
    assert outputs(COPY, "copy budget.csv to plan.csv") == [
        r"{\"plan\":[\"cp budget.csv plan.csv\"]}",
        r"{\"plan\":[\"cp plan.csv budget.csv\"]}",
    ]


def test_an_example_whose_slots_cannot_be_filled_is_not_offered() -> None:
    assert outputs(COPY, "copy") == []


def test_a_value_with_quotes_stays_one_shell_word() -> None:
    (first, *_) = outputs(COPY, 'copy "my file\'s copy.txt" to b.txt')

    assert "'my file'" in first


def test_an_answer_is_offered_as_it_stands() -> None:
    assert outputs(GREETING, "hello") == [r"{\"answer\":\"Hello!\"}"]


def test_nothing_shown_leaves_only_a_question_back() -> None:
    assert grammar_of([], HostFacts(), "x").startswith("root ::= ask\n")

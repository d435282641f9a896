"""The grammar of a compact prompt: only the examples, filled in with what the order holds."""

import pytest

from fazai_tui.core.cookbook import Entry, Language, Localized, RecipeStep, Retrieved, Slot
from fazai_tui.core.host import HostFacts
from fazai_tui.engine import prompts_compact as compact
from fazai_tui.engine.grammar_compact import grammar_of, outputs_of
from fazai_tui.engine.questions import Questions

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


def outputs(entry: Entry, order: str, language: Language = "en") -> list[str]:
    shown = Retrieved(entry=entry, phrasing=entry.en[0], language="en", score=1)
    return [output for output in outputs_of([shown], HostFacts(), order, language) if '"ask"' not in output]


def test_slots_take_the_orders_values_but_never_one_value_twice() -> None:
    assert outputs(COPY, "budget.csv plan.csv, copy") == [
        '{"plan":["cp budget.csv plan.csv"]}',
        '{"plan":["cp plan.csv budget.csv"]}',
    ]


def test_values_that_stand_where_the_phrasings_have_them_come_alone() -> None:
    assert outputs(COPY, "copy budget.csv to plan.csv") == ['{"plan":["cp budget.csv plan.csv"]}']


def test_an_example_whose_slots_cannot_be_filled_is_not_offered() -> None:
    assert outputs(COPY, "copy") == []


def test_a_value_with_quotes_stays_one_shell_word() -> None:
    (first, *_) = outputs(COPY, 'copy "my file\'s copy.txt" to b.txt')

    assert "'my file'" in first


@pytest.mark.parametrize(("language", "text"), [("en", "Hello!"), ("pt", "Olá!")])
def test_an_answer_is_offered_in_the_orders_language(language: Language, text: str) -> None:
    assert outputs(GREETING, "hello", language) == [compact.answer_output(text)]


def test_what_an_example_needs_may_always_be_asked_for() -> None:
    shown = Retrieved(entry=COPY, phrasing=COPY.en[0], language="en", score=1)

    assert '{"ask":"Which file?"}' in outputs_of([shown], HostFacts(), "copy", "en")
    assert '{"ask":"Qual é o arquivo?"}' in outputs_of([shown], HostFacts(), "copia", "pt")


def test_nothing_shown_leaves_only_the_plain_word_that_it_is_not_known() -> None:
    (only,) = outputs_of([], HostFacts(), "x", "en")

    assert only == compact.ask_output(Questions().unknown("en"))
    assert grammar_of([only]).startswith("root ::= ")

"""Where a value stands in an order tells which slot it fills."""

import pytest

from fazai_tui.core.cookbook import Entry, Localized, RecipeStep, Slot
from fazai_tui.engine.alignment import Alignment, words_of

LINK = Entry(
    id="files.link",
    title=Localized(pt="Link", en="Link"),
    pt=("cria um link chamado <link> apontando pra pasta <target>", "link <link> para <target>"),
    en=("make a link called <link> that points to <target>", "link <target> as <link>"),
    steps=(RecipeStep(run="ln -s <target> <link>"),),
    slots={"link": Slot(type="file"), "target": Slot(type="path")},
)
ORDER = words_of("Cria um link simbólico chamado 'atual' apontando pra pasta versao-3.2.")


@pytest.mark.parametrize(
    ("slot", "right", "wrong"), [("link", "atual", "versao-3.2"), ("target", "versao-3.2", "atual")]
)
def test_the_words_around_a_value_decide(slot: str, right: str, wrong: str) -> None:
    alignment = Alignment(LINK)

    assert alignment.fit(slot, right, ORDER) > alignment.fit(slot, wrong, ORDER)


def test_what_does_not_stand_in_the_order_or_is_no_slot_says_nothing() -> None:
    alignment = Alignment(LINK)

    assert alignment.fit("link", "elsewhere", ORDER) == 0
    assert alignment.fit("mode", "atual", ORDER) == 0
    assert alignment.fit("link", "", ORDER) == 0


def test_accents_case_and_punctuation_do_not_matter() -> None:
    alignment = Alignment(LINK)

    assert alignment.fit("link", "ÁGUA", words_of("link chamado água.")) > 0

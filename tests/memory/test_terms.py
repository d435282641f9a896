"""From sentences to terms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fazai_tui.core.cookbook import Choice, Slot
from fazai_tui.memory.terms import TermMaker

MAKER = TermMaker()


def shapes(text: str) -> set[str]:
    """Return the shapes of the values in a text."""
    return {term for term in MAKER.terms(text) if term.startswith("{")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("conta.sh", {"{sh}", "{file}"}),
        ("notas.txt", {"{file}"}),
        ("backup.tar.gz", {"{archive}", "{file}"}),
        ("/var/log", {"{path}"}),
        ("*.log", {"{glob}"}),
        (".csv", {"{ext}"}),
        ("10.0.0.1", {"{ip}"}),
        ("192.168.0.0/24", {"{ip}"}),
        ("https://x.org/a.iso", {"{url}"}),
        ("ana@x.org", {"{email}"}),
        ("8080", {"{number}"}),
        ("755", {"{number}", "{mode}"}),
        ("03:15", {"{time}"}),
        ("7h", {"{time}"}),
        ("'some words'", {"{quoted}"}),
        ("plain words", set[str]()),
        ("end.", set[str]()),
    ],
)
def test_values_give_their_shape(text: str, expected: set[str]) -> None:
    assert shapes(text) == expected
    assert shapes(f"(({text}), please!") >= expected - {"{quoted}"}


@pytest.mark.parametrize(
    ("one", "other"),
    [("apagar", "delete"), ("diretório", "pasta"), ("memória", "memory"), ("usuário", "user"), ("instale", "install")],
)
def test_synonyms_and_languages_meet_in_concepts(one: str, other: str) -> None:
    common = set(MAKER.terms(one)) & set(MAKER.terms(other))

    assert any(term.startswith("#") for term in common)


@pytest.mark.parametrize(
    ("one", "other"),
    [("diretório", "DIRETORIO"), ("espaço", "espaco"), ("São\u00a0Paulo", "sao paulo"), ("é", "e\u0301")],
)
def test_accents_and_case_do_not_matter(one: str, other: str) -> None:
    assert MAKER.terms(one) == MAKER.terms(other)


@pytest.mark.parametrize(
    ("right", "wrong"), [("processos", "processsos"), ("instalar", "instlar"), ("memory", "memroy")]
)
def test_a_typo_leaves_something_in_common(right: str, wrong: str) -> None:
    assert set(MAKER.terms(right)) & set(MAKER.terms(wrong))


def test_a_slot_looks_like_the_value_it_stands_for() -> None:
    slots = {"file": Slot(type="script"), "n": Slot(type="number"), "c": Slot(type="choice", values=(_choice(),))}

    phrasing = MAKER.terms("make <file> count to <n> <c> <unknown>", slots)
    order = MAKER.terms("make conta.sh count to 10")

    assert {"{sh}", "{number}"} <= set(phrasing) & set(order)
    assert "unknown" in phrasing, "what is no slot is a word"


def _choice() -> Choice:
    return Choice(value="a", pt="a", en="a")


def test_a_services_name_weighs_less_than_a_word() -> None:
    assert MAKER.terms("nginx") == ["nginx", "_ngi"]
    assert len(MAKER.terms("restart")) > 4


@given(st.text(max_size=80))
def test_any_text_gives_terms(text: str) -> None:
    assert MAKER.terms(text) == MAKER.terms(text)
    assert all(term and not term.isspace() for term in MAKER.terms(text))

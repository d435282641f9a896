"""Questions and orders are told apart by how they begin."""

import pytest

from fazai_tui.core.asking import asks_how, is_question


@pytest.mark.parametrize(
    "text",
    [
        "quanto de memória livre tem?",
        "Qual é o meu IP",
        "e quem está logado?",
        "tem swap aqui?",
        "há quanto tempo está ligado?",
        "o que é isso?",
        "what’s the hostname",
        "do I have swap?",
        "is nginx running?",
        "so, how many cores?",
    ],
)
def test_questions(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "do it",
        "apague a pasta velha?",
        "tem que apagar a pasta",
        "tem como apagar a pasta?",
        "list the files",
        "crie um script",
        "",
        "isto",
        "dolly",
    ],
)
def test_orders(text: str) -> None:
    assert not is_question(text)


@pytest.mark.parametrize(
    "text",
    ["como apago uma pasta?", "Como eu faço um backup", "how do I delete x?", "how to zip x", "qual o comando x"],
)
def test_what_asks_how_is_told_from_what_asks_for_it(text: str) -> None:
    assert asks_how(text)
    for other in (
        "como está o disco?",
        "how many files?",
        "how big is x?",
        "apague x como root",
        "como root, apague x",
    ):
        assert not asks_how(other)

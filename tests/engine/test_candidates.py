"""What an order offers for each kind of slot."""

import pytest

from fazai_tui.core.cookbook import Choice, Slot
from fazai_tui.engine.candidates import candidates, known_words

KNOWN = known_words(["copia o <file> pra pasta <dir>", "cria um script <script> que conte até <n>"])


def texts(slot: Slot, order: str) -> list[str]:
    return [candidate.text for candidate in candidates(slot, order, KNOWN)]


@pytest.mark.parametrize(
    ("kind", "order", "expected"),
    [
        ("file", "copia o ata.txt pra pasta arquivo-morto", ["ata.txt"]),
        ("dir", "copia o ata.txt pra pasta arquivo-morto", ["arquivo-morto"]),
        ("number", "crie conta.sh que conte até dez", ["10"]),
        ("number", "conte ateh 10", ["10"]),
        ("size", "maiores que 100 MB", ["100M"]),
        ("ip", "bloqueia o 10.1.2.3 agora", ["10.1.2.3"]),
        ("ext", "apaga os .log daqui", ["log"]),
        ("mode", "chmod 750 no deploy.py", ["750"]),
        ("weekday", "toda segunda-feira às 7:45", ["1"]),
        ("url", "baixa https://exemplo.test/a.iso aqui", ["https://exemplo.test/a.iso"]),
    ],
)
def test_values_are_found_by_their_shape(kind: str, order: str, expected: list[str]) -> None:
    assert texts(Slot(type=kind), order) == expected


@pytest.mark.parametrize(
    ("order", "hour", "minute"),
    [("às 7:45", "7", "45"), ("at 3pm", "15", "0"), ("8 da noite", "20", "0"), ("at midnight", "0", "0")],
)
def test_clock_times_have_parts(order: str, hour: str, minute: str) -> None:
    first = candidates(Slot(type="time"), order, KNOWN)[0]

    assert (first.part("h"), first.part("m")) == (hour, minute)


def test_quoted_text_is_one_value() -> None:
    assert texts(Slot(type="message"), "commit com a mensagem 'ajusta o rodape'")[0] == "ajusta o rodape"


def test_a_default_is_offered_unless_the_order_names_a_value() -> None:
    slot = Slot(type="script", default="script.sh")

    assert "script.sh" in texts(slot, "crie um script que conte até 3")
    assert texts(slot, "crie tally.sh") == ["tally.sh"]


def test_choices_are_those_the_order_says() -> None:
    slot = Slot(
        type="choice",
        values=(
            Choice(value="INFO", pt="informação", en="information"),
            Choice(value="WARN", pt="aviso", en="warning"),
        ),
    )

    assert texts(slot, "só os de aviso") == ["WARN"]
    assert texts(slot, "todos") == ["INFO", "WARN"]

"""Which memories become examples of a prompt, and which must not."""

import pytest

from fazai_tui.core.cookbook import Entry, Localized, RecipeStep, Retrieved
from fazai_tui.core.memory import MemoryDraft, MemoryKind, MemoryMatch, Recalled
from fazai_tui.memory.longterm.examples import entry_ids, is_about_the_same, with_remembered
from fazai_tui.memory.longterm.payload import new_entry

COOKBOOK = Retrieved(
    entry=Entry(
        id="files.list",
        title=Localized(pt="Listar", en="List"),
        pt=("liste os arquivos",),
        en=("list the files",),
        steps=(RecipeStep(run="ls"),),
    ),
    phrasing="liste os arquivos",
    language="pt",
    score=1.1,
)


def _recalled(
    text: str,
    *commands: str,
    kind: MemoryKind = "plan",
    score: float = 0.8,
    match: MemoryMatch = "words",
    failures: int = 0,
) -> Recalled:
    entry = new_entry(MemoryDraft(kind=kind, text=text, commands=commands))
    return Recalled(entry=entry.model_copy(update={"failures": failures}), score=score, match=match)


def test_the_same_order_stands_so_far_ahead_that_it_is_shown_alone() -> None:
    same = _recalled("liste tudo", "ls -la", match="same", score=1.0)
    first, second = with_remembered([COOKBOOK], [same], "liste tudo")
    assert (first.entry.id, [step.run for step in first.entry.steps]) == (f"memory:{same.entry.id}", ["ls -la"])
    assert first.score - second.score > 0.1


def test_a_like_order_stands_beside_the_cookbook() -> None:
    first, second = with_remembered([COOKBOOK], [_recalled("liste tudo mesmo", "ls -la")], "liste mesmo tudo")
    assert first.entry.is_remembered and second is COOKBOOK
    assert 0 < first.score - second.score < 0.1


@pytest.mark.parametrize(
    "unfit",
    [
        _recalled("liste tudo", "ls -la", score=0.59),
        _recalled("liste tudo", "ls -la", failures=1, match="same", score=1.0),
        _recalled("liste tudo"),
        _recalled("prefiro ls", kind="preference", score=1.0),
        _recalled("aqui há arquivos", kind="fact", score=0.6),
    ],
)
def test_what_does_not_fit_is_not_shown(unfit: Recalled) -> None:
    assert with_remembered([COOKBOOK], [unfit], "liste tudo") == (COOKBOOK,)


def test_a_statement_answers_a_question() -> None:
    fact = _recalled("o banco escuta na porta 5433", kind="fact", score=0.7)
    first, _ = with_remembered([COOKBOOK], [fact], "qual a porta do banco?")
    assert first.entry.answer is not None and first.entry.answer.pt == "o banco escuta na porta 5433"


@pytest.mark.parametrize(
    ("order", "remembered", "command", "expected"),
    [
        ("apague o arquivo b.txt", "apague o arquivo a.txt", "rm a.txt", False),
        ("pare o apache", "pare o nginx", "systemctl stop nginx", False),
        ("remova a usuária maria", "remova a usuária joana", "userdel joana", False),
        ("mate o processo 12", "mate o processo 13", "kill 13", False),
        ("quero o nginx parado", "pare o nginx", "systemctl stop nginx", True),
        ("apaga a.txt", "apague o arquivo a.txt", "rm a.txt", True),
    ],
)
def test_a_plan_is_only_for_what_it_names(order: str, remembered: str, command: str, expected: bool) -> None:
    entry = new_entry(MemoryDraft(kind="plan", text=remembered, commands=(command,)))
    assert is_about_the_same(order, entry) is expected


def test_steps_say_which_entry_they_are_from() -> None:
    assert entry_ids(["memory:a", "files.list", "", "memory:a", "memory:b"]) == ("a", "b")

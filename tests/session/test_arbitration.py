"""Who leads, and why."""

from pathlib import Path

import pytest

from fazai_tui.config.persona_files import load_personas
from fazai_tui.config.texts import Texts
from fazai_tui.core.persona import Persona
from fazai_tui.core.surroundings import Workspace
from fazai_tui.session.arbitration import Situation, arbitrate

TEXTS = Texts("en")
PERSONAS = load_personas(Path("there-are-none"), TEXTS).personas
RUST = Workspace(folder="/srv", files=9, languages=(("Rust", 8), ("Shell", 1)))
NOTES = Workspace(folder="/srv", files=9, languages=(("Markdown", 8), ("Rust", 1)))


@pytest.mark.parametrize(
    ("situation", "leader", "reason"),
    [
        (Situation("reinicie o nginx"), "claudio", "nothing asks"),
        (Situation("debug this"), "heathcliff", "“debug”"),
        (Situation("sugira um papel de parede"), "yui", "“sugir”"),
        (Situation("sugira um script bonito"), "hybrid", "yui + heathcliff"),
        (Situation("description of the disk", RUST), "claudio", "nothing asks"),
        (Situation("liste", RUST, has_errors=True), "heathcliff", "Rust; there were errors"),
        (Situation("liste", NOTES, has_errors=True), "claudio", "nothing asks"),
        (Situation("debug", RUST, has_errors=True), "heathcliff", "“debug”; a directory with Rust; there were"),
        (Situation("sugira cores", memory_share=0.91), "heathcliff", "memory at 91 %"),
        (Situation("sugira cores", memory_share=0.79), "yui", "“sugir”"),
    ],
)
def test_the_situation_chooses(situation: Situation, leader: str, reason: str) -> None:
    lead = arbitrate("auto", PERSONAS, situation, TEXTS)

    assert lead.persona.name == leader
    assert reason in lead.reason
    assert lead.is_auto


def test_the_users_choice_wins_over_everything() -> None:
    lead = arbitrate("yui", PERSONAS, Situation("debug", RUST, 0.99, has_errors=True), TEXTS)

    assert (lead.persona.name, lead.is_auto) == ("yui", False)


def test_a_users_persona_leads_by_its_own_words() -> None:
    ana = Persona(name="ana", words=("backup",), text="x")

    assert arbitrate("auto", {**PERSONAS, "ana": ana}, Situation("faça um backup"), TEXTS).persona == ana


def test_one_that_is_gone_counts_as_the_default() -> None:
    assert arbitrate("ana", PERSONAS, Situation("x"), TEXTS).persona.name == "claudio"

"""Values of an order beside the slots of entries."""

import numpy as np
import pytest

from fazai_tui.core.cookbook import Entry
from fazai_tui.memory.slot_fit import Floats, SlotFit
from fazai_tui.memory.terms import TermMaker

PLAIN, UNZIP, BZIP, REPLACE = range(4)
UNUSED, LACKING, LACKING_SHAPED, EXTRA_SHAPES, LACKING_SHAPES, ENDING = range(6)


def entry(name: str, slots: dict[str, dict[str, object]]) -> Entry:
    """Return an entry with slots."""
    said = " ".join(f"<{slot}>" for slot in slots) or "x"
    return Entry.model_validate(
        {
            "id": name,
            "title": {"pt": name, "en": name},
            "pt": [said],
            "en": [said],
            "steps": [f"true {said}"],
            "slots": slots,
        }
    )


@pytest.fixture
def fit() -> SlotFit:
    """Return entries with no slot, with archives of two endings, and with a file and two texts."""
    return SlotFit(
        (
            entry("a.plain", {}),
            entry("a.unzip", {"archive": {"type": "archive", "ends": [".zip"]}}),
            entry("a.bzip", {"archive": {"type": "archive", "ends": [".tar.bz2", ".bz2"]}}),
            entry("a.replace", {"old": {"type": "text"}, "new": {"type": "text"}, "file": {"type": "file"}}),
        )
    )


def columns(fit: SlotFit, order: str) -> Floats:
    """Return what is said of an order."""
    maker = TermMaker()
    return fit.columns(maker.terms(order), maker.count_values(order), np.arange(4))


def test_a_value_wants_a_slot_of_its_ending(fit: SlotFit) -> None:
    rows = columns(fit, "abre o fotos.zip")

    assert rows[:, ENDING].tolist() == [0, 1, -1, 0]
    assert rows[:, UNUSED].tolist() == [1, 0, 0, 0]
    assert rows[UNZIP, EXTRA_SHAPES] == 0 < rows[PLAIN, EXTRA_SHAPES]


def test_a_slot_wants_a_value_unless_it_may_look_like_anything(fit: SlotFit) -> None:
    rows = columns(fit, "troca foo por bar no notas.txt")

    assert rows[REPLACE, LACKING] == 2 and rows[REPLACE, LACKING_SHAPED] == 0
    assert rows[UNZIP, LACKING_SHAPES] > 0 == rows[REPLACE, LACKING_SHAPES]


def test_an_order_without_values_lacks_what_is_required(fit: SlotFit) -> None:
    rows = columns(fit, "mostra tudo")

    assert rows[:, LACKING].tolist() == [0, 1, 1, 3]
    assert rows[:, ENDING].tolist() == [0, -1, -1, 0]

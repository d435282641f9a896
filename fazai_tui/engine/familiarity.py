"""Telling what the shipped model can plan from what has one answer, and from what is beyond it."""

from fazai_tui.core.asking import is_question
from fazai_tui.core.cookbook import Localized
from fazai_tui.core.generation import PlanningContext
from fazai_tui.engine.alignment import words_of

_QUESTION_WEIGHT, _LEAST_QUESTION = 0.6, 0.87
_ORDER_WEIGHT, _LEAST_ORDER = 0.5, 0.7
"""How much strange words count against the best entry's score, and what must be left of it.

More is asked of a question, as most that is beyond the model is one. Chosen on phrasings the cookbook does not hold and
on general questions; `python -m training.questions` measures both.
"""


def is_familiar(context: PlanningContext) -> bool:
    """Tell whether an order resembles something that retrieval knows, in words that people use for it."""
    if not context.retrieved:
        return False
    best = max(context.retrieved, key=lambda item: item.score)
    if best.entry.source:
        # Imported documents come first only when they cover the order, in whatever words they have.
        return True
    if is_question(context.order):
        return best.score - _QUESTION_WEIGHT * context.strangeness >= _LEAST_QUESTION
    return best.score - _ORDER_WEIGHT * context.strangeness >= _LEAST_ORDER


def known_answer(context: PlanningContext) -> Localized | None:
    """Return the answer to a question in exactly the words of one of its phrasings; None where there is none.

    Little words tell "who are you?" from "who is logged in?", and retrieval counts none of them.
    """
    asked = words_of(context.order)
    answers = (item.entry for item in context.retrieved if item.entry.answer is not None)
    for entry in answers:
        if any(words_of(phrasing) == asked for phrasing in (*entry.pt, *entry.en)):
            return entry.answer
    return None

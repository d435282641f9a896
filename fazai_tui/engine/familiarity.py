"""Telling an order that the shipped model can plan from one that is beyond it."""

from fazai_tui.core.asking import is_question
from fazai_tui.core.generation import PlanningContext

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
